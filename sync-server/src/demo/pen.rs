//! Choosing sentences for one note, with the memory of what the chart has said before.

use std::collections::{BTreeMap, BTreeSet};

use super::bank::{Bank, Line, upper_first};
use super::fill::Facts;
use super::random::{Dice, fingerprint};

/// Notes that must lie between two uses of a line in one chart.
const REST: usize = 10;
/// The same, when nothing else is left.
const SHORT_REST: usize = 4;
/// Two notes may share this many of every ten sentences, counted on the shorter of them.
const SHARED_TENTHS: usize = 5;

/// What one chart has used.
#[derive(Debug, Clone)]
pub(super) struct ChartMemory {
    /// By line: the number of the note that last used it, and how often it was used.
    used: Vec<Option<(usize, usize)>>,
    /// Marks of the lines used so far.
    done: BTreeSet<&'static str>,
    /// Number of the note being written.
    pub(super) note: usize,
}

impl ChartMemory {
    pub(super) fn new(lines: usize) -> Self {
        Self { used: vec![None; lines], done: BTreeSet::new(), note: 0 }
    }
}

/// What the whole practice has used: how often each line, and which note has which sentence.
#[derive(Debug)]
pub(super) struct PracticeMemory {
    pub(super) uses: Vec<u32>,
    sentences: BTreeMap<u64, Vec<u32>>,
    lengths: Vec<usize>,
}

impl PracticeMemory {
    pub(super) fn new(lines: usize) -> Self {
        Self { uses: vec![0; lines], sentences: BTreeMap::new(), lengths: Vec::new() }
    }

    /// Whether a body is too close to one that exists.
    pub(super) fn resembles(&self, body: &str) -> bool {
        let own = sentence_set(body);
        let mut shared = vec![0_usize; self.lengths.len()];
        for sentence in &own {
            for note in self.sentences.get(sentence).map_or(&[][..], Vec::as_slice) {
                shared[*note as usize] += 1;
            }
        }
        shared
            .iter()
            .zip(&self.lengths)
            .any(|(count, length)| *count * 10 > (*length).min(own.len()) * SHARED_TENTHS)
    }

    pub(super) fn remember(&mut self, body: &str) {
        let note = self.lengths.len() as u32;
        let own = sentence_set(body);
        self.lengths.push(own.len());
        for sentence in own {
            self.sentences.entry(sentence).or_default().push(note);
        }
    }
}

/// Fingerprints of the sentences of a text, without regard to capitals.
pub(super) fn sentence_set(text: &str) -> BTreeSet<u64> {
    sentences(text).into_iter().map(|sentence| fingerprint(&sentence.to_lowercase())).collect()
}

/// Splits at full stops, question and exclamation marks that are followed by a space and no small
/// letter (which would mean "a.m." or a quotation inside a sentence).
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let mut from = 0;
    let mut ended = false;
    for (at, letter) in text.char_indices() {
        let goes_on = || text[at..].trim_start().starts_with(char::is_lowercase);
        if ended && letter.is_whitespace() && !goes_on() {
            let sentence = text[from..at].trim();
            if !sentence.is_empty() {
                list.push(sentence);
            }
            from = at;
            ended = false;
        } else if matches!(letter, '.' | '?' | '!') || letter == '\n' {
            ended = true;
        } else if !matches!(letter, '"' | ')' | '\'') {
            ended = false;
        }
    }
    let rest = text[from..].trim();
    if !rest.is_empty() {
        list.push(rest);
    }
    list
}

/// Writes one note.
#[derive(Debug)]
pub(super) struct Pen<'a> {
    bank: &'a Bank,
    practice: &'a PracticeMemory,
    chart: &'a ChartMemory,
    pub(super) facts: Facts,
    pub(super) dice: Dice,
    taken: Vec<usize>,
    topics: BTreeSet<&'static str>,
    marks: BTreeSet<&'static str>,
}

/// Lines that a finished note has used, to be entered into both memories.
#[derive(Debug)]
pub(super) struct Used {
    lines: Vec<usize>,
    marks: BTreeSet<&'static str>,
}

impl Used {
    pub(super) fn enter(&self, practice: &mut PracticeMemory, chart: &mut ChartMemory) {
        chart.done.extend(&self.marks);
        for line in &self.lines {
            practice.uses[*line] += 1;
            let count = chart.used[*line].map_or(0, |(_, count)| count);
            chart.used[*line] = Some((chart.note, count + 1));
        }
    }
}

impl<'a> Pen<'a> {
    pub(super) fn new(
        bank: &'a Bank,
        practice: &'a PracticeMemory,
        chart: &'a ChartMemory,
        mut facts: Facts,
        dice: Dice,
    ) -> Self {
        for mark in &chart.done {
            facts.flag(format!("did:{mark}"));
        }
        let (taken, topics, marks) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        Self { bank, practice, chart, facts, dice, taken, topics, marks }
    }

    pub(super) fn lift(self) -> Used {
        Used { lines: self.taken, marks: self.marks }
    }

    /// One filled sentence (or line of sentences) from the pools; none when nothing fits.
    pub(super) fn say(&mut self, pools: &[(&str, &str)]) -> Option<String> {
        let text = self.line(pools)?;
        self.facts.sentence(text, &mut self.dice)
    }

    /// As [`Self::say`], from the lines that ask for a flag beginning with `start` if any are left.
    pub(super) fn say_flagged(&mut self, start: &str, pools: &[(&str, &str)]) -> Option<String> {
        let asks = |line: &Line| line.flags.iter().any(|(flag, wanted)| *wanted && flag.starts_with(start));
        let candidates = self.candidates(pools, false).into_iter().filter(|line| asks(line)).collect();
        match self.choose(candidates) {
            Some(text) => self.facts.sentence(text, &mut self.dice),
            None => self.say(pools),
        }
    }

    /// As [`Self::say_some`], where a section must not stay empty: lines need no rest.
    pub(super) fn say_routine(&mut self, pool: (&str, &str), count: usize) -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..count {
            let candidates = self.candidates(&[pool], true);
            let line = self.choose(candidates);
            said.extend(line.and_then(|text| self.facts.sentence(text, &mut self.dice)));
        }
        said
    }

    /// For phrases of routine, which may come back as often as they like.
    pub(super) fn stock(&mut self, heading: &str) -> Option<String> {
        let pools = [("common", heading)];
        let candidates = self.candidates(&pools, true);
        let text = self.choose(candidates)?;
        self.facts.sentence(text, &mut self.dice)
    }

    /// Up to `count` sentences.
    pub(super) fn say_some(&mut self, pools: &[(&str, &str)], count: usize) -> Vec<String> {
        (0..count).filter_map(|_| self.say(pools)).collect()
    }

    /// With the given chance in percent, one sentence.
    pub(super) fn maybe(&mut self, percent: u32, pools: &[(&str, &str)]) -> Option<String> {
        if self.dice.chance(percent) { self.say(pools) } else { None }
    }

    /// Joins sentences, with a pronoun now and then in place of a name that would be repeated.
    pub(super) fn join(&mut self, sentences: &[String]) -> String {
        let subject = format!("{} ", self.facts.get("C").unwrap_or("Client"));
        let pronoun = self.facts.get("they").unwrap_or("they").to_owned();
        let mut text = String::new();
        let mut about_client = false;
        for sentence in sentences {
            if !text.is_empty() {
                text.push(' ');
            }
            // "They" would need another form of the verb, and the sentence is finished by now.
            match sentence.strip_prefix(&subject) {
                Some(rest) if about_client && pronoun != "they" && self.dice.chance(62) => {
                    text.push_str(&upper_first(&pronoun));
                    text.push(' ');
                    text.push_str(rest);
                }
                found => {
                    about_client = found.is_some();
                    text.push_str(sentence);
                }
            }
        }
        text
    }

    /// One unfilled line, marked as used.
    pub(super) fn line(&mut self, pools: &[(&str, &str)]) -> Option<&'static str> {
        let candidates = self.candidates(pools, false);
        self.choose(candidates)
    }

    fn choose(&mut self, candidates: Vec<&'a Line>) -> Option<&'static str> {
        let fewest = candidates.iter().map(|line| self.uses_here(line)).min()?;
        let best: Vec<&Line> = candidates.into_iter().filter(|line| self.uses_here(line) == fewest).collect();
        // Of three drawn lines the one that the practice has used least: evens out the use of
        // the text without making it predictable.
        let drawn: Vec<&Line> = (0..3).filter_map(|_| self.dice.pick(&best).copied()).collect();
        let line = drawn.into_iter().min_by_key(|line| self.practice.uses[line.number])?;
        self.taken.push(line.number);
        if let Some(topic) = line.topic {
            self.topics.insert(topic);
        }
        if let Some(mark) = line.mark {
            self.marks.insert(mark);
            self.facts.flag(format!("now:{mark}"));
            self.facts.flag(format!("did:{mark}"));
        }
        Some(line.text)
    }

    fn uses_here(&self, line: &Line) -> usize {
        self.chart.used[line.number].map_or(0, |(_, count)| count)
    }

    /// Lines that fit and have rested, by turns: long enough, a little, and, for `routine`, not at all.
    fn candidates(&self, pools: &[(&str, &str)], routine: bool) -> Vec<&'a Line> {
        let bank = self.bank;
        let (mut rested, mut short, mut tired) = (Vec::new(), Vec::new(), Vec::new());
        for line in pools.iter().flat_map(|(file, heading)| bank.pool(file, heading)) {
            let list = match self.chart.used[line.number] {
                None => &mut rested,
                Some(_) if line.once => continue,
                Some((last, _)) if self.chart.note >= last + REST => &mut rested,
                Some((last, _)) if self.chart.note >= last + SHORT_REST => &mut short,
                Some(_) if routine => &mut tired,
                Some(_) => continue,
            };
            let said = self.taken.contains(&line.number)
                || line.topic.is_some_and(|topic| self.topics.contains(topic));
            if !said && self.facts.allow(line) {
                list.push(line);
            }
        }
        [rested, short, tired].into_iter().find(|list| !list.is_empty()).unwrap_or_default()
    }
}

impl Pen<'_> {
    /// Position of a line's text in its pool.
    pub(super) fn place(&self, file: &str, heading: &str, text: &str) -> usize {
        let pool = self.bank.pool(file, heading);
        pool.iter().position(|line| line.text == text).unwrap_or(pool.len())
    }
}
