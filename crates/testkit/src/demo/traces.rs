//! Looking for words where they must not be: on the disks of the devices, in the server's log, in the database.

use super::day::{Day, list};
use super::narrator::Narrator;
use crate::clinic::Clinic;
use crate::failure::{Doing as _, Failure, Outcome};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

const CANARIES: usize = 100;

/// A hundred phrases that occur nowhere else.
pub(super) fn canaries() -> Vec<String> {
    (0..CANARIES).map(|n| format!("zephyrquill{n:02}ember")).collect()
}

/// Finds every phrase through the device, and none on any disk or in the database.
pub(super) fn seek(day: &mut Day, narrator: &mut Narrator) -> Outcome<()> {
    for device in [&mut day.laptop, &mut day.office] {
        let mut found = 0;
        for phrase in canaries() {
            found += usize::from(!list(device, &json!({"command": "search", "query": phrase}))?.is_empty());
        }
        narrator.prove(found == CANARIES, "search finds all of 100 phrases on an unlocked device", found)?;
    }
    let home = day.practice.clinic.home().to_path_buf();
    let control = home.join("devices/control.txt");
    fs::write(&control, format!("Spoke of {}.", canaries()[7])).doing("write the control file")?;
    let with_control = found_in(&home, &canaries())?;
    fs::remove_file(&control).doing("remove the control file")?;
    narrator.prove(
        with_control == [control],
        "a phrase put on the disk in the open is found by the scan",
        with_control.len(),
    )?;
    let found = found_in(&home, &canaries())?;
    narrator.prove(
        found.is_empty(),
        "none is readable in the devices' files or the server's log",
        format!("{found:?}"),
    )?;
    let control = format!("SELECT convert_to('Spoke of {}.', 'UTF8')", canaries()[7]);
    let text = rows_as_text(&day.practice.clinic, Some(&control))?;
    narrator.prove(
        is_readable(&text, &canaries()),
        "a phrase that the database gives in the open is found by the scan",
        text.len(),
    )?;
    let text = rows_as_text(&day.practice.clinic, None)?;
    let what = format!("none is readable in a dump of the database ({} KB)", text.len() / 1024);
    narrator.prove(text.len() > 1_000_000 && !is_readable(&text, &canaries()), &what, text.len())
}

/// The files under `dir` in which one of the phrases can be read.
pub fn found_in(dir: &Path, phrases: &[String]) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).doing(format!("list {}", dir.display()))? {
        let path = entry.doing("list a directory")?.path();
        if path.is_dir() {
            found.extend(found_in(&path, phrases)?);
        } else if path.is_file() {
            let bytes = fs::read(&path).doing(format!("read {}", path.display()))?;
            if is_readable(&bytes, phrases) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// Whether a phrase stands in `bytes`, as it is or as the hexadecimal digits of a dump.
fn is_readable(bytes: &[u8], phrases: &[String]) -> bool {
    // All phrases share their beginning: one pass finds whether any may be there.
    let common = common_beginning(phrases).to_ascii_lowercase();
    let hex: String = common.bytes().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    !common.is_empty() && (text.contains(&common) || text.contains(&hex))
}

fn common_beginning(phrases: &[String]) -> &str {
    let Some((first, rest)) = phrases.split_first() else { return "" };
    let same = |other: &String| first.bytes().zip(other.bytes()).take_while(|(one, two)| one == two).count();
    let length = rest.iter().map(same).min().unwrap_or(first.len());
    first.get(..length).unwrap_or(first)
}

/// Every table of the practice's database as a dump writes it.
pub fn database_as_text(clinic: &Clinic) -> Outcome<Vec<u8>> {
    rows_as_text(clinic, None)
}

/// What one query gives, or every table.
fn rows_as_text(clinic: &Clinic, only: Option<&str>) -> Outcome<Vec<u8>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().doing("start a runtime")?;
    runtime.block_on(copy_all(&clinic.postgres().connection_string("postgres"), only))
}

async fn copy_all(connection: &str, only: Option<&str>) -> Outcome<Vec<u8>> {
    let (client, driver) =
        tokio_postgres::connect(connection, tokio_postgres::NoTls).await.doing("take a connection")?;
    let driver = tokio::spawn(driver);
    let tables = client
        .query(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
            &[],
        )
        .await
        .doing("list the tables")?;
    if tables.is_empty() {
        return Err(Failure::Said("the database has no tables".into()));
    }
    let queries: Vec<String> = match only {
        Some(query) => vec![query.to_owned()],
        None => tables.iter().map(|row| format!("SELECT * FROM {}", row.get::<_, String>(0))).collect(),
    };
    let mut text = Vec::new();
    for query in queries {
        // Rows as text, one query at a time: no further crate for a stream of COPY.
        for message in client.simple_query(&query).await.doing("read a table")? {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                for column in 0..row.len() {
                    text.extend_from_slice(row.get(column).unwrap_or_default().as_bytes());
                    text.push(b'\t');
                }
                text.push(b'\n');
            }
        }
    }
    driver.abort();
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_as_they_are_and_in_the_digits_of_a_dump() {
        let phrases = canaries();
        assert!(is_readable(b"she said ZephyrQuill07ember twice", &phrases));
        assert!(is_readable(
            br"\x7a657068797271756 ... 7a657068797271 7a657068797271756c",
            &["zephyrqul".to_owned()]
        ));
        assert!(!is_readable(b"nothing of the kind", &phrases));
    }
}
