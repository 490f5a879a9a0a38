//! Where a clinical sentence ends.
//!
//! The rule behind every line here: *when in doubt, do not split*. Two sentences held for one only make the merge more
//! cautious; one sentence cut in two could let two people's edits meet inside it. So a full stop ends a sentence only
//! before white space and something that looks like a beginning, never after what may be an abbreviation, and never
//! inside an open quotation or bracket.

use std::ops::Range;

use serde::Serialize;

/// A piece of a text as [`segment`] cuts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "text")]
pub enum Segment<'a> {
    /// One sentence, list item or short line: no white space at either end, never empty.
    Sentence(&'a str),
    /// The white space before, between or after sentences, never empty.
    Gap(&'a str),
}

/// Cuts a text into sentences and the white space around them. Nothing is lost: the pieces put one after the other are
/// the text, byte for byte. Two sentences may follow each other without a gap (`。` needs none).
#[must_use]
pub fn segment(text: &str) -> Vec<Segment<'_>> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for sentence in sentences(text) {
        if done < sentence.start {
            pieces.push(Segment::Gap(&text[done..sentence.start]));
        }
        done = sentence.end;
        pieces.push(Segment::Sentence(&text[sentence]));
    }
    if done < text.len() {
        pieces.push(Segment::Gap(&text[done..]));
    }
    pieces
}

/// The byte ranges of the sentences of a text, in order and without overlap; between them is only white space.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut awaited = Vec::new();
    let mut before = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() {
            while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            let rest = chars.peek().map_or("", |&(next, _)| &text[next..]);
            let gap = &text[at..text.len() - rest.len()];
            if let Some(from) = start
                && (rest.is_empty() || ends(text, from..at, gap, rest, &awaited))
            {
                found.push(from..at);
                start = None;
                awaited.clear();
            }
        } else {
            let from = *start.get_or_insert(at);
            let after = chars.peek().map(|&(_, next)| next);
            track_quotation(&mut awaited, before, c, after);
            let spaceless_stop = SPACELESS_STOPS.contains(c) && awaited.is_empty();
            if spaceless_stop && after.is_some_and(|next| !next.is_whitespace() && !closes_or_stops(next)) {
                found.push(from..at + c.len_utf8());
                start = None;
            }
        }
        before = Some(c);
    }
    found.extend(start.map(|from| from..text.len()));
    found
}

/// Does the sentence that opened at `piece.start` end at `piece.end`, before this gap? `awaited` holds the closing marks
/// still due, `rest` is the text after the gap, not empty.
fn ends(text: &str, piece: Range<usize>, gap: &str, rest: &str, awaited: &[char]) -> bool {
    let breaks = line_breaks(gap);
    if breaks > 1 || (breaks == 1 && starts_list_item(rest)) {
        return true;
    }
    if !awaited.is_empty() {
        return false;
    }
    let (before, piece) = (&text[..piece.start], &text[piece]);
    // A stop inside brackets, "(?) PTSD", or alone, "? PTSD ? ADHD", marks a doubt and not an end.
    let body = piece.trim_end_matches(|c| CLOSING_QUOTES.contains(c));
    let ends_word =
        body.split_whitespace().next_back().is_some_and(|word| word.contains(char::is_alphanumeric));
    // Looking ahead and back is bounded, here and below, so that no page costs more than its length.
    let Some(next) = rest.chars().take(16).find(|c| c.is_alphanumeric()) else { return false };
    if body.ends_with(|c| STOPS.contains(c) || SPACELESS_STOPS.contains(c)) {
        ends_word && (breaks == 1 || !next.is_lowercase())
    } else if body.ends_with('.') {
        !body.ends_with("..")
            && !may_abbreviate(body)
            && (breaks == 1 || !(next.is_lowercase() || next.is_numeric()))
    } else {
        // No stop at all: a list kept as short lines, or prose broken by hand or by a mail program. Such programs break
        // later than column 40, and prose seldom breaks before a capital.
        breaks == 1
            && piece.chars().nth(39).is_none()
            && begins_line(before)
            && !piece.ends_with(|c| UNFINISHED.contains(c))
            && !piece
                .split_whitespace()
                .next_back()
                .is_some_and(|word| LEADS_ON.contains(&word.to_lowercase().as_str()))
            && !next.is_lowercase()
    }
}

/// May the full stop at the end of this piece belong to a shortened word, an initial or a number of a list?
fn may_abbreviate(piece: &str) -> bool {
    let word = piece
        .trim_end_matches('.')
        .rsplit(|c: char| c.is_whitespace() || OPENERS.contains(c))
        .next()
        .unwrap_or("");
    if !word.is_empty() && word.chars().all(char::is_numeric) {
        let lead = piece[..piece.len() - word.len() - 1].trim_end();
        return !lead.chars().rev().take(16).any(char::is_alphanumeric)
            || lead.ends_with(|c| c == '.' || STOPS.contains(c));
    }
    let lower = word.to_lowercase();
    let letters = word.chars().count();
    let vowelless = word.is_ascii() && !lower.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let acronym = letters > 1 && word.chars().all(|c| c.is_uppercase() || c.is_numeric());
    letters <= 1
        || ABBREVIATIONS.contains(&lower.as_str())
        // b.i.d., Ph.D., e.g.
        || (word.contains('.') && word.split('.').all(|part| part.len() <= 2 && part.chars().all(char::is_alphabetic)))
        // Pt., Hx., wks., but not PTSD. or CBT.
        || (vowelless && letters <= 4 && !acronym)
        // "Assoc. Clin. Prof.": so far only short words with a stop, so this is hardly a sentence yet.
        || piece.split_whitespace().take(8).all(|word| word.ends_with('.') && word.chars().count() <= 6)
}

/// Follows quotations and brackets: `awaited` is the stack of marks that would close what is open at this point. A mark
/// that was never opened (`a)`, `5'4"`, `patients'`) closes nothing.
fn track_quotation(awaited: &mut Vec<char>, before: Option<char>, c: char, after: Option<char>) {
    let opens_word = before.is_none_or(|b| b.is_whitespace() || OPENERS.contains(b))
        && after.is_some_and(|a| !a.is_whitespace());
    let straight = matches!(c, '"' | '\'');
    let apostrophe = matches!(c, '\'' | '’') && after.is_some_and(char::is_alphanumeric);
    if let Some(open) = awaited.iter().rposition(|&mark| mark == c)
        && !apostrophe
        && !(straight && opens_word)
    {
        awaited.truncate(open);
        return;
    }
    let closing = match c {
        '"' | '\'' if opens_word => c,
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '“' => '”',
        '‘' => '’',
        '„' => '“',
        '«' => '»',
        '「' => '」',
        '『' => '』',
        '（' => '）',
        _ => return,
    };
    if awaited.len() < DEEPEST {
        awaited.push(closing);
    }
}

/// Does this line open with the mark of a list item: a bullet, a box, `1.`, `12)`, `(3)`, `b)`?
pub(super) fn starts_list_item(line: &str) -> bool {
    let mark = line.split_whitespace().next().unwrap_or("");
    let label = mark.strip_prefix('(').unwrap_or(mark);
    let number =
        |label: &str| label.len() <= 2 && !label.is_empty() && label.chars().all(|c| c.is_ascii_digit());
    ["[", "[]", "[x]", "[X]"].contains(&mark)
        || (mark.chars().count() == 1 && mark.starts_with(|c| BULLETS.contains(c)))
        || mark.strip_suffix('.').is_some_and(number)
        || label.strip_suffix(')').is_some_and(|label| number(label) || label.chars().count() == 1)
}

/// Is the next character the first of its line, given everything before it?
fn begins_line(before: &str) -> bool {
    let before = before.trim_end_matches(|c: char| c.is_whitespace() && !LINE_BREAKS.contains(c));
    before.is_empty() || before.ends_with(|c| LINE_BREAKS.contains(c))
}

/// How many line breaks a gap holds; CR LF counts once, a paragraph separator twice.
fn line_breaks(gap: &str) -> usize {
    let breaks = gap.chars().filter(|&c| LINE_BREAKS.contains(c)).count();
    breaks + gap.matches('\u{2029}').count() - gap.matches("\r\n").count()
}

fn closes_or_stops(c: char) -> bool {
    CLOSING_QUOTES.contains(c)
        || CLOSING_BRACKETS.contains(c)
        || SPACELESS_STOPS.contains(c)
        || STOPS.contains(c)
}

/// Sentence ends that are nothing else: Latin, Arabic, Urdu, Devanagari, Armenian, Ethiopic.
const STOPS: &str = "!?؟۔।॥։።‼⁇⁈⁉";
/// Sentence ends of scripts that write no space after them.
const SPACELESS_STOPS: &str = "。！？｡";
/// Nobody nests deeper; what a page of brackets opens beyond this is not followed, so that it costs no more than prose.
const DEEPEST: usize = 16;
const LINE_BREAKS: &str = "\n\r\u{b}\u{c}\u{85}\u{2028}\u{2029}";
const OPENERS: &str = "([{\"'“‘„«「『（—–-/";
const CLOSING_QUOTES: &str = "\"'“”’»」』";
const CLOSING_BRACKETS: &str = ")]}）";
const BULLETS: &str = "-*+•‣◦▪·●○–—☐☑☒";
/// A line that ends on one of these goes on in the next.
const UNFINISHED: &str = ",;:([{-–—/&+=<>.…";
/// A line that ends on one of these words goes on in the next.
const LEADS_ON: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "but", "by", "denied", "denies", "for", "from", "had", "has",
    "her", "his", "in", "is", "no", "not", "of", "on", "or", "per", "that", "the", "their", "to", "was",
    "were", "with", "without", "x",
];
/// Shortened words that hold a vowel; those without one are recognised by that.
const ABBREVIATIONS: &[&str] = &[
    "abn", "accom", "adm", "admin", "al", "amt", "appt", "appts", "approx", "apr", "assoc", "aug", "ave",
    "avg", "bilat", "ca", "capt", "clin", "co", "cont", "corp", "dec", "dept", "diag", "dir", "disc", "ea",
    "esp", "est", "etc", "eval", "ext", "feb", "fig", "freq", "fri", "gen", "gov", "hon", "hosp", "inc",
    "incl", "incr", "jan", "jul", "jun", "lic", "mar", "max", "meas", "med", "meds", "mil", "min", "mins",
    "misc", "mo", "mon", "mos", "neg", "neuro", "nov", "oct", "occ", "orig", "pos", "prev", "prof", "psych",
    "re", "ref", "rep", "resp", "rev", "sat", "sep", "sept", "sun", "temp", "tue", "univ",
];
