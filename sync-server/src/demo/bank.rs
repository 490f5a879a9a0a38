//! The sentences, read from `sync-server/demo/*.txt`. The format is described in the README there.

use std::collections::BTreeMap;

/// One line of a pool.
#[derive(Debug)]
pub(super) struct Line {
    /// Unique over all files, so that a chart can remember what it has used.
    pub(super) number: usize,
    pub(super) text: &'static str,
    /// Flags that the client or visit must have (`true`) or must not have.
    pub(super) flags: Vec<(&'static str, bool)>,
    /// Facts without which the line cannot be filled.
    pub(super) slots: Vec<String>,
    pub(super) topic: Option<&'static str>,
    /// What is done by this line, for later lines to refer to.
    pub(super) mark: Option<&'static str>,
    pub(super) once: bool,
}

/// All pools, by file and heading.
#[derive(Debug)]
pub(super) struct Bank {
    pools: BTreeMap<&'static str, BTreeMap<&'static str, Vec<Line>>>,
    pub(super) size: usize,
}

const FILES: [(&str, &str); 21] = [
    ("common", include_str!("../../demo/common.txt")),
    ("events", include_str!("../../demo/events.txt")),
    ("people", include_str!("../../demo/people.txt")),
    ("intake", include_str!("../../demo/intake.txt")),
    ("contact", include_str!("../../demo/contact.txt")),
    ("missed", include_str!("../../demo/missed.txt")),
    ("gad", include_str!("../../demo/gad.txt")),
    ("panic", include_str!("../../demo/panic.txt")),
    ("social", include_str!("../../demo/social.txt")),
    ("depression", include_str!("../../demo/depression.txt")),
    ("grief", include_str!("../../demo/grief.txt")),
    ("trauma", include_str!("../../demo/trauma.txt")),
    ("adjustment", include_str!("../../demo/adjustment.txt")),
    ("ocd", include_str!("../../demo/ocd.txt")),
    ("adhd", include_str!("../../demo/adhd.txt")),
    ("couple", include_str!("../../demo/couple.txt")),
    ("school", include_str!("../../demo/school.txt")),
    ("postpartum", include_str!("../../demo/postpartum.txt")),
    ("recovery", include_str!("../../demo/recovery.txt")),
    ("illness", include_str!("../../demo/illness.txt")),
    ("burnout", include_str!("../../demo/burnout.txt")),
];

impl Bank {
    pub(super) fn read() -> Self {
        let mut pools: BTreeMap<&'static str, BTreeMap<&'static str, Vec<Line>>> = BTreeMap::new();
        let mut number = 0;
        for (file, content) in FILES {
            let mut heading = "";
            for raw in content.lines().map(str::trim) {
                if raw.is_empty() || raw.starts_with("//") {
                    continue;
                }
                if let Some(name) = raw.strip_prefix("::") {
                    heading = name.trim();
                    continue;
                }
                pools.entry(file).or_default().entry(heading).or_default().push(Line::parse(number, raw));
                number += 1;
            }
        }
        Self { pools, size: number }
    }

    /// The lines under `heading` in `file`; empty when there is no such heading.
    pub(super) fn pool(&self, file: &str, heading: &str) -> &[Line] {
        self.pools.get(file).and_then(|file| file.get(heading)).map_or(&[], Vec::as_slice)
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, &Vec<Line>)> {
        self.pools
            .iter()
            .flat_map(|(file, headings)| headings.iter().map(|(heading, lines)| (*file, *heading, lines)))
    }
}

impl Line {
    fn parse(number: usize, raw: &'static str) -> Self {
        let mut text = raw;
        let mut flags = Vec::new();
        let mut once = false;
        if let Some((inside, rest)) = text.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            text = rest.trim();
            for flag in inside.split(',').map(str::trim) {
                match flag.strip_prefix('!') {
                    Some(absent) => flags.push((absent, false)),
                    None if flag == "once" => once = true,
                    None => flags.push((flag, true)),
                }
            }
        }
        if let Some(rest) = text.strip_suffix("<once>") {
            text = rest.trim();
            once = true;
        }
        let mut topic = None;
        if let Some((before, after)) = text.rsplit_once(" #")
            && after.chars().all(char::is_alphanumeric)
        {
            text = before.trim();
            topic = Some(after);
        }
        // Two lists of the same reasons for living in one note would read like a form.
        if topic.is_none() && text.contains("{protect}") {
            topic = Some("protect");
        }
        let mut mark = None;
        if let Some((before, after)) = text.rsplit_once(" =")
            && after.chars().all(char::is_alphanumeric)
        {
            text = before.trim();
            mark = Some(after);
        }
        Self { number, text, flags, slots: required_slots(text), topic, mark, once }
    }
}

/// Slots that are filled for every client.
const ALWAYS: [&str; 12] =
    ["c", "they", "them", "their", "theirs", "themself", "was", "is", "has", "does", "s", "es"];

/// Names of the facts that `text` needs beyond [`ALWAYS`], without capital and possessive ending.
fn required_slots(text: &str) -> Vec<String> {
    let mut slots = Vec::new();
    for part in text.split('{').skip(1) {
        let Some((name, _)) = part.split_once('}') else { continue };
        let name = name.strip_suffix("'s").unwrap_or(name);
        if name.contains(':') {
            continue;
        }
        let name = lower_first(name);
        // Known of every client; not asking each time makes choosing a line twice as fast.
        if ALWAYS.contains(&name.as_str()) {
            continue;
        }
        if !slots.contains(&name) {
            slots.push(name);
        }
    }
    slots
}

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

pub(super) fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
