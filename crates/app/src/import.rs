//! Importing a client list from CSV: a dry run first, then what is free of errors.

use crate::api::ApiError;
use crate::api::input::{ClientCreateInput, ImportInput};
use crate::api::view::{ImportPreview, ImportReport, ImportRow};
use crate::civil;
use crate::clients::{self, fold};
use crate::desktop::{Desktop, Open};
use chrono::{Datelike as _, NaiveDate};
use mentalspace_domain::client::create::fact_error;
use mentalspace_domain::client::{Client, ClientField};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Most rows of one file.
const MOST_ROWS: usize = 5_000;

pub(crate) async fn preview(desktop: &Desktop, input: ImportInput) -> Result<ImportPreview, ApiError> {
    let open = desktop.open()?;
    read(desktop, &open, input)
}

pub(crate) async fn run(desktop: &Desktop, input: ImportInput) -> Result<ImportReport, ApiError> {
    let _one_at_a_time = desktop.importing.lock().await;
    let open = desktop.open()?;
    let preview = read(desktop, &open, input)?;
    let mut report = ImportReport { created: 0, skipped: Vec::new() };
    for mut row in preview.rows {
        if !row.problems.is_empty() || row.duplicate_of.is_some() {
            report.skipped.push(row);
            continue;
        }
        let input = ClientCreateInput { facts: row.facts.clone(), ..ClientCreateInput::default() };
        match clients::create(desktop, input).await {
            Ok(_) => report.created += 1,
            // What was made stays made: whoever imports has to learn which rows are left.
            Err(error) => {
                row.problems.push(error.message);
                report.skipped.push(row);
            }
        }
    }
    Ok(report)
}

fn read(desktop: &Desktop, open: &Open, input: ImportInput) -> Result<ImportPreview, ApiError> {
    let zone = open.store.identity()?.practice.zone;
    let today = desktop.edge.now().with_timezone(&zone).date_naive();
    let mut lines =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(input.csv.as_bytes());
    let columns: Vec<String> = lines
        .headers()
        .map_err(|_| civil::invalid("csv", "a table with a heading line, its columns parted by commas"))?
        .iter()
        .map(str::to_owned)
        .collect();
    let mapping = if input.mapping.is_empty() { propose(&columns) } else { input.mapping };
    for field in mapping.values().filter(|field| !field.is_empty()) {
        clients::field(field)?;
    }
    let known: Vec<(String, Option<NaiveDate>, String)> = open
        .store
        .all::<Client>()?
        .iter()
        .map(|client| (full_name(client), client.birth_date(), client.id.to_string()))
        .collect();
    let mut rows: Vec<ImportRow> = Vec::new();
    let mut place = Place::default();
    let mut record = csv::StringRecord::new();
    loop {
        let begins = lines.position().byte();
        let read = lines.read_record(&mut record);
        if matches!(read, Ok(false)) {
            break;
        }
        let line = place.line(&input.csv, begins);
        if rows.len() >= MOST_ROWS {
            return Err(civil::invalid("csv", "at most 5,000 rows at a time"));
        }
        if read.is_err() {
            rows.push(ImportRow {
                line,
                name: String::new(),
                problems: vec!["This line cannot be read. Check its quotation marks.".to_owned()],
                duplicate_of: None,
                facts: BTreeMap::new(),
            });
            continue;
        };
        let mut facts: BTreeMap<String, String> = BTreeMap::new();
        for (column, value) in columns.iter().zip(record.iter()) {
            if let Some(field) = mapping.get(column).filter(|field| !field.is_empty())
                && !value.is_empty()
            {
                facts.insert(field.clone(), value.to_owned());
            }
        }
        rows.push(checked(line, facts, &known, today));
    }
    note_repeated(&mut rows);
    let ready = rows.iter().filter(|row| row.problems.is_empty() && row.duplicate_of.is_none()).count();
    let faulty = rows.iter().filter(|row| !row.problems.is_empty()).count();
    Ok(ImportPreview {
        columns,
        mapping,
        rows,
        ready: u32::try_from(ready).unwrap_or(u32::MAX),
        faulty: u32::try_from(faulty).unwrap_or(u32::MAX),
    })
}

/// Says of a row that repeats an earlier one of the same file that it does.
fn note_repeated(rows: &mut [ImportRow]) {
    let mut seen: HashMap<(String, Option<String>), u32> = HashMap::new();
    for row in rows.iter_mut().filter(|row| !row.name.is_empty()) {
        let whose = (fold(&row.name), row.facts.get("birth_date").cloned());
        match seen.entry(whose) {
            Entry::Occupied(first) => row.problems.push(format!(
                "Line {} of this file has the same name and date of birth. Keep one of the two, or write down what tells them apart.",
                first.get()
            )),
            Entry::Vacant(place) => {
                place.insert(row.line);
            }
        }
    }
}

/// Counts lines as an editor shows them: a row's own, where blank lines and cells of several lines come before it.
#[derive(Default)]
struct Place {
    byte: usize,
    lines: u32,
}

impl Place {
    /// The line of the row that is read from `begins` on; `begins` only grows.
    fn line(&mut self, text: &str, begins: u64) -> u32 {
        let bytes = text.as_bytes();
        let begins = usize::try_from(begins).unwrap_or(usize::MAX).min(bytes.len());
        let blank = bytes[begins..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let feeds = bytes[self.byte..begins + blank].iter().filter(|byte| **byte == b'\n').count();
        self.lines += u32::try_from(feeds).unwrap_or(u32::MAX);
        self.byte = begins + blank;
        self.lines + 1
    }
}

fn checked(
    line: u32,
    mut facts: BTreeMap<String, String>,
    known: &[(String, Option<NaiveDate>, String)],
    today: NaiveDate,
) -> ImportRow {
    let mut problems = Vec::new();
    let get = |facts: &BTreeMap<String, String>, name: &str| facts.get(name).cloned().unwrap_or_default();
    if get(&facts, "family_name").is_empty() && get(&facts, "given_name").is_empty() {
        problems.push("There is no name. Give a given or a family name.".to_owned());
    }
    let mut birth = None;
    if let Some(text) = facts.get("birth_date").cloned() {
        match birth_date(&text) {
            Some(day) if day.year() < 1900 || day > today => problems.push(format!(
                "The date of birth would be {day}. Write the year with four digits, as 1990-04-23 or 04/23/1990."
            )),
            Some(day) => {
                birth = Some(day);
                facts.insert("birth_date".to_owned(), day.to_string());
            }
            None => problems.push("Write the date of birth as 1990-04-23 or 04/23/1990.".to_owned()),
        }
    }
    if get(&facts, "email").chars().filter(|c| *c == '@').count() != usize::from(facts.contains_key("email"))
    {
        problems.push("The e-mail address is not one. Correct or empty it.".to_owned());
    }
    if problems.is_empty() {
        // The rule that the record itself is made by, so that what is ready here is taken.
        problems.extend(facts.iter().filter_map(|(name, value)| {
            fact_error(clients::field(name).ok()?, value, today).map(|error| error.message)
        }));
    }
    let name = format!("{} {}", get(&facts, "given_name"), get(&facts, "family_name")).trim().to_owned();
    let duplicate_of = known
        .iter()
        .find(|(other, day, _)| fold(other) == fold(&name) && *day == birth)
        .map(|(_, _, id)| id.clone());
    ImportRow { line, name, problems, duplicate_of, facts }
}

/// ISO dates, and the month-first form usual in the United States. Nothing is guessed beyond these.
fn birth_date(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%m/%d/%Y").ok())
}

fn full_name(client: &Client) -> String {
    format!("{} {}", client.fact(ClientField::GivenName), client.fact(ClientField::FamilyName))
        .trim()
        .to_owned()
}

/// The usual headings of other systems' exports.
fn propose(columns: &[String]) -> BTreeMap<String, String> {
    const USUAL: &[(&str, &[&str])] = &[
        ("given_name", &["first name", "firstname", "given name", "first"]),
        ("family_name", &["last name", "lastname", "surname", "family name", "last"]),
        ("preferred_name", &["preferred name", "goes by", "nickname"]),
        ("pronouns", &["pronouns"]),
        ("birth_date", &["date of birth", "dob", "birth date", "birthdate", "birthday"]),
        ("gender", &["gender", "gender identity"]),
        ("phone", &["phone", "mobile", "mobile phone", "phone number", "cell"]),
        ("email", &["email", "e mail", "email address", "e mail address"]),
        ("address", &["address", "street address"]),
        ("language", &["language", "preferred language"]),
        ("chart_number", &["chart number", "client id", "mrn", "id", "record number"]),
        ("referral_note", &["referral", "referral note", "notes"]),
    ];
    columns
        .iter()
        .map(|column| {
            let plain = column.to_lowercase().replace(['_', '-'], " ");
            let field = USUAL
                .iter()
                .find(|(name, usual)| name.replace('_', " ") == plain || usual.contains(&plain.as_str()));
            (column.clone(), field.map_or(String::new(), |(name, _)| (*name).to_owned()))
        })
        .collect()
}
