//! Writing a pull's answer: JSON lines, compressed as they are made. A record's canonical bytes go out as they are.

use super::{Answer, Sheaf};
use crate::http::failure::{Failure, Outcome};
use mentalspace_crypto::DataKey;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::PracticeId;
use mentalspace_domain::record::{RecordKey, RecordKind, associated_data};
use mentalspace_protocol::pull::{Page, PullLine};
use std::io::{self, Write};
use zstd::stream::write::Encoder;

use super::statements::StoredRow;

/// Of 54 MB of notes level 1 makes 20.7 MB in 0.27 s, level 2 makes 18.8 MB in 0.28 s, level 3 makes 18.0 MB in 0.40 s
/// (one core, notes whose words repeat like those of prose).
const LEVEL: i32 = 2;

/// Bytes of bodies after which a page ends: a device keeps whole pages only, and a line that carries 20 kbit/s and breaks
/// off three times a minute has to bring one of them.
const PAGE_BYTES: i64 = 48 * 1024;

/// The stream.
pub(super) fn written(answer: Answer) -> Outcome<Vec<u8>> {
    let mut out = Encoder::new(Vec::new(), LEVEL).map_err(Failure::internal)?;
    let Answer { practice, manifest, revoked, sheaves, end } = answer;
    line(&mut out, &PullLine::Manifest { buckets: manifest, revoked })?;
    let mut held_back = 0;
    for Sheaf { bucket, key, page, rows } in sheaves {
        for (page, rows) in pages(&page, rows) {
            line(&mut out, &PullLine::Page(page))?;
            for stored in rows {
                held_back += i64::from(stored.body_len);
                row(&mut out, practice, bucket, &key, stored)?;
            }
            // Without it a page would end somewhere in the next one's bytes.
            if held_back >= PAGE_BYTES {
                out.flush().map_err(Failure::internal)?;
                held_back = 0;
            }
        }
    }
    line(&mut out, &PullLine::End(end))?;
    out.finish().map_err(Failure::internal)
}

/// A bucket's rows in pages that each continue the one before. Where there is nothing to send, one page says so.
fn pages(whole: &Page, rows: Vec<StoredRow>) -> Vec<(Page, Vec<StoredRow>)> {
    let page = |from, to, rows: Vec<StoredRow>| {
        let number = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        (Page { bucket: whole.bucket, from, to, rows: number }, rows)
    };
    let mut pages = Vec::new();
    let (mut from, mut open, mut bytes) = (whole.from, Vec::new(), 0);
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let to = row.seq;
        bytes += i64::from(row.body_len);
        open.push(row);
        if bytes >= PAGE_BYTES && rows.peek().is_some() {
            pages.push(page(from, to, std::mem::take(&mut open)));
            (from, bytes) = (to, 0);
        }
    }
    pages.push(page(from, whole.to, open));
    pages
}

fn line(out: &mut impl Write, line: &PullLine) -> Outcome<()> {
    serde_json::to_writer(&mut *out, line).map_err(Failure::internal)?;
    out.write_all(b"\n").map_err(Failure::internal)
}

/// One [`PullLine::Row`], put together by hand: the body is already JSON, and checking megabytes of it again would
/// cost more than opening it.
fn row(
    out: &mut impl Write,
    practice: PracticeId,
    bucket: Bucket,
    key: &DataKey,
    row: StoredRow,
) -> Outcome<()> {
    let kind =
        RecordKind::parse(&row.kind).ok_or_else(|| Failure::internal("a record of an unknown kind"))?;
    let body = row
        .sealed_body
        .map(|sealed| {
            let associated = associated_data(practice, bucket, RecordKey { kind, id: row.id }, row.rev);
            key.open(&associated, &sealed).map_err(Failure::internal)
        })
        .transpose()?;
    let mut write = || -> io::Result<()> {
        write!(out, "{{\"row\":{{\"k\":\"{kind}\",\"i\":\"{}\",\"s\":{},\"r\":{}", row.id, row.seq, row.rev)?;
        if let Some(parent) = row.parent_id {
            write!(out, ",\"p\":\"{parent}\"")?;
        }
        if let Some(body) = &body {
            out.write_all(b",\"b\":")?;
            out.write_all(body)?;
        }
        out.write_all(b"}}\n")
    };
    write().map_err(Failure::internal)
}
