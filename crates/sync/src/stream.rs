//! Reading the answer to a pull: a zstd stream of JSON lines.

use crate::failure::SyncFailure;
use mentalspace_domain::ids::BucketId;
use mentalspace_protocol::limits::MAX_PULL_DECOMPRESSED;
use mentalspace_protocol::pull::{ManifestBucket, Page, PullEnd, PullLine, Row};
use std::io::{BufRead as _, BufReader, Read as _};

/// What arrived of an answer.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Buckets with something new.
    pub buckets: Vec<ManifestBucket>,
    /// Buckets that the device may no longer hold.
    pub revoked: Vec<BucketId>,
    /// Complete pages, in order.
    pub pages: Vec<(Page, Vec<Row>)>,
    /// The end; absent when the stream was cut.
    pub end: Option<PullEnd>,
}

/// Reads an answer. A stream that breaks off gives its complete pages and no end: the cursors say how far it came.
///
/// # Errors
/// [`SyncFailure::Incomplete`] when not even the manifest arrived.
pub fn read(compressed: &[u8]) -> Result<Pulled, SyncFailure> {
    let decoder = zstd::Decoder::new(compressed).map_err(|_| SyncFailure::Incomplete)?;
    let mut lines = BufReader::with_capacity(64 * 1024, decoder.take(MAX_PULL_DECOMPRESSED as u64));
    let mut pulled = Pulled::default();
    let mut manifest_seen = false;
    let mut open: Option<(Page, Vec<Row>)> = None;
    let mut line = String::new();
    loop {
        line.clear();
        if !matches!(lines.read_line(&mut line), Ok(read) if read > 0) {
            break;
        }
        let Ok(message) = serde_json::from_str::<PullLine>(&line) else { break };
        match message {
            PullLine::Manifest { buckets, revoked } if !manifest_seen => {
                manifest_seen = true;
                pulled.buckets = buckets;
                pulled.revoked = revoked;
            }
            PullLine::Page(page) if manifest_seen && open.is_none() => {
                if page.rows == 0 {
                    pulled.pages.push((page, Vec::new()));
                } else {
                    open = Some((page, Vec::new()));
                }
            }
            PullLine::Row(row) => {
                let Some((page, rows)) = &mut open else { break };
                rows.push(row);
                if rows.len() == page.rows as usize {
                    pulled.pages.extend(open.take());
                }
            }
            PullLine::End(end) if manifest_seen && open.is_none() => {
                pulled.end = Some(end);
                break;
            }
            PullLine::Manifest { .. } | PullLine::Page(_) | PullLine::End(_) => break,
        }
    }
    if manifest_seen { Ok(pulled) } else { Err(SyncFailure::Incomplete) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> (String, usize) {
        let bucket = "00000000-0000-8000-8000-000000000001";
        let row = |i: u32| {
            format!(
                r#"{{"row":{{"k":"note","i":"00000000-0000-7000-8000-00000000000{i}","s":{i},"r":1,"b":{{"a":{i}}}}}}}"#
            )
        };
        let lines = [
            r#"{"manifest":{"buckets":[],"revoked":[]}}"#.to_owned(),
            format!(r#"{{"page":{{"bucket":"{bucket}","from":0,"to":2,"rows":2}}}}"#),
            row(1),
            row(2),
            format!(r#"{{"page":{{"bucket":"{bucket}","from":2,"to":3,"rows":1}}}}"#),
            row(3),
            r#"{"end":{"processed_seq":7,"results":[],"more":false,"grants":4}}"#.to_owned(),
        ];
        let upto_first_page: usize = lines[..4].iter().map(|line| line.len() + 1).sum();
        (lines.join("\n") + "\n", upto_first_page)
    }

    fn pack(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    #[test]
    fn a_whole_answer_has_its_pages_and_its_end() {
        let pulled = read(&pack(answer().0.as_bytes())).unwrap();
        assert_eq!(pulled.pages.len(), 2);
        assert_eq!(pulled.end.unwrap().processed_seq, 7);
        let body = pulled.pages[0].1[1].body.as_ref().unwrap();
        assert_eq!(body.get(), r#"{"a":2}"#, "the bytes must be the server's own, to the letter");
    }

    #[test]
    fn an_answer_cut_at_any_byte_gives_whole_pages_only_and_never_an_end() {
        let (text, upto_first_page) = answer();
        for cut in 0..text.len() - 1 {
            match read(&pack(&text.as_bytes()[..cut])) {
                Err(_) => assert!(cut < 45, "the manifest had arrived whole at byte {cut}"),
                Ok(pulled) => {
                    assert!(pulled.end.is_none(), "an end was invented at byte {cut}");
                    assert!(pulled.pages.iter().all(|(page, rows)| rows.len() == page.rows as usize));
                    assert!(
                        cut >= upto_first_page - 1 || pulled.pages.is_empty(),
                        "a page was invented at byte {cut}"
                    );
                }
            }
        }
        let whole = pack(text.as_bytes());
        for cut in 0..whole.len() {
            if let Ok(pulled) = read(&whole[..cut]) {
                assert!(pulled.pages.iter().all(|(page, rows)| rows.len() == page.rows as usize));
            }
        }
    }
}
