//! A client as a person: circumstances that stay the same from note to note.

use chrono::{Datelike, Days, NaiveDate};

use super::bank::{Bank, Line};
use super::fill::Facts;
use super::model::DemoDiagnosis;
use super::problems::{ALCOHOL_REMISSION, CAREGIVING, OPIOID_REMISSION, Problem, SEPARATION};
use super::random::Dice;

/// How a clinician writes about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// "Client reported".
    Client,
    /// "Marisol reported".
    Name,
}

/// Age, pronouns and everything that the sentences refer to.
#[derive(Debug)]
pub(super) struct Persona {
    pub(super) problem: &'static Problem,
    pub(super) given: &'static str,
    pub(super) preferred: Option<&'static str>,
    pub(super) gender: &'static str,
    pub(super) pronouns: &'static str,
    pub(super) birth_date: NaiveDate,
    pub(super) minor: bool,
    pub(super) diagnoses: Vec<DemoDiagnosis>,
    pub(super) facts: Facts,
    /// Two skills that this client takes to.
    pub(super) skills: Vec<&'static str>,
    pub(super) goals: Vec<String>,
}

const PRONOUNS: [(&str, [&str; 11]); 3] = [
    ("she/her", ["she", "her", "her", "hers", "herself", "was", "is", "has", "does", "s", "es"]),
    ("he/him", ["he", "him", "his", "his", "himself", "was", "is", "has", "does", "s", "es"]),
    ("they/them", ["they", "them", "their", "theirs", "themself", "were", "are", "have", "do", "", ""]),
];
const PRONOUN_SLOTS: [&str; 11] =
    ["they", "them", "their", "theirs", "themself", "was", "is", "has", "does", "s", "es"];
const GRADES: [&str; 5] = ["eighth", "ninth", "tenth", "eleventh", "twelfth"];

/// Given names of one list, handed out once each.
#[derive(Debug)]
pub(super) struct Names {
    women: Vec<&'static str>,
    men: Vec<&'static str>,
    neutral: Vec<&'static str>,
}

impl Names {
    pub(super) fn new(bank: &Bank, dice: &mut Dice) -> Self {
        let mut list = |heading| {
            let mut names: Vec<&'static str> =
                bank.pool("people", heading).iter().map(|line| line.text).collect();
            dice.shuffle(&mut names);
            names
        };
        Self { women: list("given woman"), men: list("given man"), neutral: list("given neutral") }
    }

    fn take(&mut self, gender: &str) -> &'static str {
        let (first, second, third) = match gender {
            "woman" => (&mut self.women, &mut self.neutral, &mut self.men),
            "man" => (&mut self.men, &mut self.neutral, &mut self.women),
            _ => (&mut self.neutral, &mut self.women, &mut self.men),
        };
        first.pop().or_else(|| second.pop()).or_else(|| third.pop()).unwrap_or("Demo")
    }
}

impl Persona {
    pub(super) fn imagine(
        bank: &Bank,
        problem: &'static Problem,
        minor: bool,
        as_of: NaiveDate,
        names: &mut Names,
        voice: Voice,
        dice: &mut Dice,
    ) -> Self {
        let gender = match dice.below(100) {
            _ if problem.file == "postpartum" => "woman",
            0..51 => "woman",
            51..93 => "man",
            _ => "nonbinary",
        };
        let pronouns = match gender {
            "woman" => 0,
            "man" => 1,
            _ => 2,
        };
        let age = if minor { dice.between(13, 17) } else { dice.between(problem.ages.0, problem.ages.1) };
        let birth_date = as_of
            .with_day(1)
            .and_then(|day| day.with_year(as_of.year() - age))
            .and_then(|day| day.checked_sub_days(Days::new(dice.below(330) as u64 + 1)))
            .unwrap_or(as_of);
        let given = names.take(gender);
        let preferred = bank
            .pool("people", "preferred")
            .iter()
            .filter_map(|line| line.text.split_once('='))
            .find(|(full, _)| *full == given)
            .map(|(_, short)| short);

        let mut facts = Facts::default();
        for (slot, word) in PRONOUN_SLOTS.iter().zip(PRONOUNS[pronouns].1) {
            facts.set(slot, word);
        }
        let (start, inside) = match voice {
            Voice::Client => ("Client", "client"),
            Voice::Name => (preferred.unwrap_or(given), preferred.unwrap_or(given)),
        };
        facts.set("C", start);
        facts.set("c", inside);
        facts.set("instrument", problem.instrument.name);
        let mut draft = Draft { bank, dice, facts };
        if minor {
            draft.minor(age, problem.file);
        } else {
            draft.adult(age, problem.file);
        }
        draft.anyone(minor, age);
        draft.variant(problem.file);
        draft.relatives_and_protection(minor);
        let goals = draft.goals(problem.file);
        let skills = draft.two("common", "skills");
        let Draft { dice, mut facts, .. } = draft;
        if problem.passive > 0 && dice.chance(15) {
            facts.flag("riskpast");
        }
        if problem.file == "trauma" {
            facts.flag("trauma");
        }
        if problem.file == "recovery" {
            facts.flag("recovery");
        }
        let diagnoses = diagnoses(problem, &facts, dice);
        Self {
            problem,
            given,
            preferred,
            gender,
            pronouns: PRONOUNS[pronouns].0,
            birth_date,
            minor,
            diagnoses,
            facts,
            skills,
            goals,
        }
    }
}

fn diagnoses(problem: &Problem, facts: &Facts, dice: &mut Dice) -> Vec<DemoDiagnosis> {
    let mut list = dice.pick(problem.diagnoses).map_or_else(Vec::new, |chosen| chosen.to_vec());
    if facts.has_flag("opioid") {
        list.push(OPIOID_REMISSION);
    } else if facts.has_flag("alcohol") {
        list.push(ALCOHOL_REMISSION);
    }
    if facts.has_flag("caregiver") {
        list.push(CAREGIVING);
    }
    if facts.has_flag("divorce") {
        list.push(SEPARATION);
    }
    list
}

/// A persona in the making.
struct Draft<'a> {
    bank: &'a Bank,
    dice: &'a mut Dice,
    facts: Facts,
}

impl Draft<'_> {
    fn one(&mut self, file: &str, heading: &str) -> Option<&'static str> {
        let allowed: Vec<&Line> =
            self.bank.pool(file, heading).iter().filter(|line| self.facts.allow(line)).collect();
        self.dice.pick(&allowed).map(|line| line.text)
    }

    fn two(&mut self, file: &str, heading: &str) -> Vec<&'static str> {
        let mut lines: Vec<&'static str> =
            self.bank.pool(file, heading).iter().map(|line| line.text).collect();
        self.dice.shuffle(&mut lines);
        lines.truncate(2);
        lines
    }

    /// Sets a fact from a pool, and the flag of the same name.
    fn fact(&mut self, key: &'static str, heading: &str) {
        if let Some(text) = self.one("people", heading) {
            self.facts.set(key, text);
            self.facts.flag(key);
        }
    }

    /// Reads a bundle `key=value; +flag; -fact`.
    fn bundle(&mut self, text: &'static str) {
        for part in text.split(';').map(str::trim) {
            if let Some(flag) = part.strip_prefix('+') {
                self.facts.flag(flag);
            } else if let Some(fact) = part.strip_prefix('-') {
                self.facts.remove(fact);
                if fact == "job" {
                    for gone in ["ajob", "boss", "coworker", "task", "work"] {
                        self.facts.remove(gone);
                    }
                }
            } else if let Some((key, value)) = part.split_once('=') {
                self.facts.set(key, value);
                self.facts.flag(key);
            }
        }
    }

    fn variant(&mut self, file: &str) {
        if let Some(bundle) = self.one(file, "variant") {
            self.bundle(bundle);
        }
    }

    fn minor(&mut self, age: i32, file: &str) {
        self.facts.flag("minor");
        let guardian =
            *self.dice.pick(&["mother", "mother", "father", "grandmother", "aunt"]).unwrap_or(&"mother");
        self.facts.set("guardian", guardian);
        self.facts.set("work", "school");
        self.facts.set("gradeword", GRADES[(age - 13).clamp(0, 4) as usize]);
        self.fact("class", "class");
        self.fact("activity", "activity");
        self.fact("friend", "friend minor");
        self.fact("support", "support minor");
        if file == "adhd" {
            self.medication(file);
        }
    }

    fn adult(&mut self, age: i32, file: &str) {
        self.facts.flag("adult");
        for (flag, from) in [("grown", 32), ("over40", 40), ("senior", 60)] {
            if age >= from {
                self.facts.flag(flag);
            }
        }
        if file == "couple" {
            self.facts.flag("couple");
        }
        let partnered = matches!(file, "couple" | "postpartum") || (age >= 22 && self.dice.chance(56));
        if partnered {
            let (word, their, them) = match self.dice.below(if age < 30 { 7 } else { 6 }) {
                0 | 1 => ("husband", "his", "him"),
                2 | 3 => ("wife", "her", "her"),
                4 => ("partner", "their", "them"),
                5 => ("spouse", "their", "them"),
                _ => ("boyfriend", "his", "him"),
            };
            self.facts.set("partner", word);
            self.facts.set("partner_their", their);
            self.facts.set("partner_them", them);
            self.facts.flag("partner");
        }
        if age >= 27 && file != "postpartum" && self.dice.chance(if partnered { 62 } else { 30 }) {
            self.child(age);
        }
        if age < 60 || self.dice.chance(35) {
            let parent = *self.dice.pick(&["mother", "father", "mother", "stepfather"]).unwrap_or(&"mother");
            self.facts.set("parent", parent);
            self.facts.flag("parent");
        }
        if file == "burnout" || self.dice.chance(if age < 66 { 90 } else { 30 }) {
            if let Some(job) = self.one("people", "job") {
                self.bundle(job);
            }
            self.facts.flag("job");
        }
        self.fact("friend", "friend");
        self.fact("support", "support");
        self.medication(file);
    }

    /// One child is spoken of; how, depends on how old it can be.
    fn child(&mut self, age: i32) {
        let (children, flag): (&[(&str, &str)], &str) = if age < 45 {
            (
                &[
                    ("daughter", "one daughter"),
                    ("son", "one son"),
                    ("older daughter", "two daughters"),
                    ("younger son", "two sons"),
                    ("oldest child", "three children"),
                ],
                "schoolchild",
            )
        } else if age < 60 {
            (&[("daughter", "one daughter"), ("younger son", "two sons")], "collegechild")
        } else {
            (&[("daughter", "a grown daughter"), ("son", "two grown sons")], "grownchild")
        };
        let (child, kids) = *self.dice.pick(children).unwrap_or(&("son", "one son"));
        self.facts.set("child", child);
        self.facts.set("kids", kids);
        self.facts.flag("child");
        self.facts.flag(flag);
    }

    /// Generic names only, without dose.
    fn medication(&mut self, file: &str) {
        let (chance, choices): (u32, &[&str]) = match file {
            "adhd" => (70, &["methylphenidate", "atomoxetine", "lisdexamfetamine"]),
            // In recovery the medication depends on the substance and comes with the variant.
            "recovery" | "couple" | "school" => (0, &[]),
            _ => (38, &["sertraline", "escitalopram", "bupropion", "fluoxetine", "venlafaxine"]),
        };
        if self.dice.chance(chance)
            && let Some(name) = self.dice.pick(choices)
        {
            self.facts.set("med", *name);
            self.facts.flag("med");
        }
    }

    fn anyone(&mut self, minor: bool, age: i32) {
        if self.dice.chance(80) {
            let siblings: &[&str] = if minor {
                &["older sister", "younger brother", "brother", "sister"]
            } else {
                &["sister", "brother", "younger sister", "older brother"]
            };
            self.facts.set("sibling", *self.dice.pick(siblings).unwrap_or(&"sister"));
            self.facts.flag("sibling");
        }
        self.fact("hobby", "hobby");
        if minor && age < 15 && self.facts.get("hobby").is_some_and(|hobby| hobby.contains("restoring")) {
            self.facts.set("hobby", "sketching");
        }
        if self.dice.chance(45) {
            self.fact("pet", "pet");
        }
    }

    fn relatives_and_protection(&mut self, minor: bool) {
        if self.facts.has_flag("motherlost") {
            self.facts.set("parent", "father");
        } else if self.facts.has_flag("fatherlost") {
            self.facts.set("parent", "mother");
        }
        if self.facts.has_flag("caregiver") && self.facts.get("parent").is_none() {
            self.facts.set("parent", "mother");
        }
        let kin = ["partner", "sibling", "parent"]
            .into_iter()
            .find_map(|key| self.facts.get(key).map(str::to_owned));
        if let (Some(kin), false) = (kin, minor) {
            self.facts.set("kin", kin);
        }
        let mut reasons = vec!["the wish to get better".to_owned(), "plans for the coming year".to_owned()];
        for (key, phrase) in [
            ("child", "{their} {child}"),
            ("baby", "{their} {baby}"),
            ("partner", "{their} {partner}"),
            ("guardian", "closeness to {their} {guardian}"),
            ("sibling", "{their} {sibling}"),
            ("support", "{support}"),
            ("hobby", "{hobby}"),
            ("pet", "care of the {pet}"),
            ("activity", "{activity}"),
        ] {
            if self.facts.get(key).is_some() {
                reasons.push(phrase.to_owned());
            }
        }
        self.dice.shuffle(&mut reasons);
        let protect = match reasons.as_slice() {
            [first, second, ..] => format!("[{first} and {second}|{second} and {first}|{first}]"),
            _ => "future plans".to_owned(),
        };
        self.facts.set("protect", protect);
    }

    fn goals(&mut self, file: &str) -> Vec<String> {
        let lines: Vec<&'static str> = self
            .bank
            .pool(file, "goal")
            .iter()
            .filter(|line| self.facts.allow(line))
            .map(|line| line.text)
            .collect();
        lines.into_iter().filter_map(|line| self.facts.sentence(line, self.dice)).collect()
    }
}
