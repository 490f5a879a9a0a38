//! What the server holds, unsealed: every record of the practice and every command in its quarantine.

use crate::house::{House, Practice, refused, said};
use mentalspace_crypto::digest::BucketDigest;
use mentalspace_crypto::sha256;
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::ids::{BucketId, CommandId};
use mentalspace_domain::record::{RecordKey, RecordKind, associated_data};
use mentalspace_server::sealing::quarantine_data;
use mentalspace_testkit::failure::{Failure, Outcome};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A record as it stands.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its bucket.
    pub bucket: Uuid,
    /// Its kind.
    pub kind: String,
    /// Its identifier.
    pub id: Uuid,
    /// Its revision.
    pub rev: i64,
    /// Its canonical bytes.
    pub body: String,
}

/// Everything.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Live records.
    pub records: Vec<Kept>,
    /// Commands in quarantine, as JSON.
    pub quarantine: Vec<String>,
    /// What is wrong with the server's own books.
    pub wrong: Vec<String>,
}

impl Evidence {
    /// The signed versions, each with its record.
    pub fn versions(&self) -> impl Iterator<Item = (Uuid, &str)> {
        let versions = self.records.iter().filter(|kept| kept.kind == "note_version");
        versions.map(|kept| (kept.id, kept.body.as_str()))
    }

    /// Everything that can hold a sentence, in one text.
    #[must_use]
    pub fn everything(&self) -> String {
        let mut all = String::new();
        self.records.iter().map(|kept| &kept.body).chain(&self.quarantine).for_each(|text| {
            all.push_str(text);
            all.push('\n');
        });
        all
    }
}

/// Reads everything that the server holds of the practice, and checks its books on the way.
///
/// # Errors
/// PostgreSQL refuses, or something does not open under its key.
pub async fn gather(house: &House, practice: &Practice) -> Outcome<Evidence> {
    let mut evidence = Evidence::default();
    let sealing = &practice.server().sealing;
    let sql =
        "SELECT bucket_id, kind, subject, data_key, head, digest, live FROM bucket WHERE practice_id = $1";
    let rows = house.superuser.query(sql, &[&practice.id.uuid()]).await.map_err(said)?;
    let mut keys = BTreeMap::new();
    let mut books: BTreeMap<Uuid, (BucketDigest, i64, i64)> = BTreeMap::new();
    for row in &rows {
        let id = BucketId::new(row.get(0));
        let kind: String = row.get(1);
        let kind =
            BucketKind::parse(&kind).ok_or_else(|| Failure::Said(format!("a bucket of kind {kind}")))?;
        let wrapped: Vec<u8> = row.get(3);
        let key = sealing.bucket_key(practice.id, id, &wrapped).map_err(|why| refused(&why))?;
        keys.insert(id.uuid(), (Bucket { kind, subject: row.get(2) }, key));
    }
    let sql = "SELECT bucket_id, kind, id, rev, seq, deleted, sealed_body, content_sha FROM record \
               WHERE practice_id = $1 ORDER BY bucket_id, kind, id";
    for row in house.superuser.query(sql, &[&practice.id.uuid()]).await.map_err(said)? {
        let (bucket, kind, id, rev): (Uuid, String, Uuid, i64) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        let book = books.entry(bucket).or_default();
        book.2 = book.2.max(row.get(4));
        let Some(sealed) = row.get::<_, Option<Vec<u8>>>(6) else { continue };
        let Some((about, key)) = keys.get(&bucket) else { continue };
        let known =
            RecordKind::parse(&kind).ok_or_else(|| Failure::Said(format!("a record of kind {kind}")))?;
        let bound = associated_data(practice.id, *about, RecordKey { kind: known, id }, rev);
        let body =
            key.open(&bound, &sealed).map_err(|_| Failure::Said(format!("{kind} {id} does not open")))?;
        let sha = sha256(&body);
        if row.get::<_, Option<Vec<u8>>>(7).as_deref() != Some(sha.as_bytes().as_slice()) {
            evidence.wrong.push(format!("books: {kind} {id} has another hash than its body"));
        }
        let entry = mentalspace_crypto::digest::BucketEntry {
            kind: &kind,
            id: id.as_bytes(),
            rev: rev.unsigned_abs(),
            content: &sha,
        };
        book.0.add(&entry);
        book.1 += 1;
        let body = String::from_utf8_lossy(&body).into_owned();
        evidence.records.push(Kept { bucket, kind, id, rev, body });
    }
    for row in &rows {
        let id: Uuid = row.get(0);
        let (digest, live, highest) = books.remove(&id).unwrap_or_default();
        let (head, kept, count): (i64, Vec<u8>, i64) = (row.get(4), row.get(5), row.get(6));
        if kept != digest.to_bytes() || count != live {
            evidence.wrong.push(format!("I5 books: bucket {id} has another digest than its records"));
        }
        if head < highest {
            evidence
                .wrong
                .push(format!("I1 books: bucket {id} has a record at {highest} above its head {head}"));
        }
    }
    quarantine(house, practice, &keys, &mut evidence).await?;
    Ok(evidence)
}

type Keys = BTreeMap<Uuid, (Bucket, std::sync::Arc<mentalspace_crypto::DataKey>)>;

async fn quarantine(house: &House, practice: &Practice, keys: &Keys, evidence: &mut Evidence) -> Outcome<()> {
    let own = Bucket::practice(practice.id).id(practice.id).uuid();
    let sql = "SELECT command_id, sealed_payload FROM quarantine WHERE practice_id = $1 ORDER BY command_id";
    for row in house.superuser.query(sql, &[&practice.id.uuid()]).await.map_err(said)? {
        let command = CommandId::new(row.get(0));
        let sealed: Vec<u8> = row.get(1);
        let (_, key) = keys.get(&own).ok_or_else(|| Failure::Said("the practice has no bucket".into()))?;
        let bytes = key
            .open(&quarantine_data(practice.id, command), &sealed)
            .map_err(|_| Failure::Said(format!("the command {command} in quarantine does not open")))?;
        evidence.quarantine.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(())
}
