//! Laying records out on the desk: what decisions need is looked up, locked and opened, in three reads however many
//! needs there are.

use super::desk::{Desk, KnownBucket, Place, Sheaf, Sheet, Standing};
use super::statements::{BUCKET_STATES, BUSY_DAYS, CHILDREN, LOCK_RECORDS, StoredRecord};
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use mentalspace_crypto::Sha256;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::BucketId;
use mentalspace_domain::record::{self, Record, RecordKey, RecordKind};
use mentalspace_domain::world::Need;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

impl Desk<'_> {
    /// Lays out what these needs ask for and is not here yet: three reads, however many needs.
    pub(crate) async fn fetch(&mut self, tx: &Tx, needs: &[Need]) -> Outcome<()> {
        self.learn_buckets(tx, needs.iter().map(Need::bucket)).await?;
        let mut records = BTreeSet::new();
        let mut children = BTreeSet::new();
        let mut days = BTreeSet::new();
        for need in needs {
            let bucket = need.bucket().id(self.practice);
            match *need {
                Need::Record { key, .. } if !self.sheets.contains_key(&(bucket, key)) => {
                    if self.is_open(bucket) {
                        records.insert((bucket, key));
                    } else if !self.exists(bucket) {
                        self.lay((bucket, key), Standing::Never, None);
                    }
                }
                Need::Children { kind, parent, .. }
                    if !self.sheaves.contains_key(&(bucket, kind, parent)) =>
                {
                    if self.is_open(bucket) {
                        children.insert((bucket, kind, parent));
                    } else if !self.exists(bucket) {
                        self.sheaves.insert((bucket, kind, parent), BTreeSet::new());
                    } else if kind == RecordKind::BusyBlock {
                        days.insert((bucket, kind, parent));
                    }
                }
                Need::Record { .. } | Need::Children { .. } => {}
            }
        }
        self.fetch_records(tx, &records).await?;
        self.fetch_children(tx, children, days).await
    }

    /// Looks up buckets that are not known yet.
    pub(crate) async fn learn_buckets(
        &mut self,
        tx: &Tx,
        wanted: impl Iterator<Item = Bucket>,
    ) -> Outcome<()> {
        let fresh: BTreeMap<BucketId, Bucket> = wanted
            .map(|bucket| (bucket.id(self.practice), bucket))
            .filter(|(id, _)| !self.buckets.get(id).is_some_and(|known| known.looked_up))
            .collect();
        self.look_up_buckets(tx, fresh).await
    }

    /// Looks all known buckets up again, after grants have changed.
    pub(crate) async fn relearn_buckets(&mut self, tx: &Tx) -> Outcome<()> {
        let known: Vec<Bucket> = self.buckets.values().map(|known| known.about).collect();
        self.relearn(tx, known.into_iter()).await
    }

    /// Looks buckets up again, after grants on them have changed.
    pub(crate) async fn relearn(&mut self, tx: &Tx, about: impl Iterator<Item = Bucket>) -> Outcome<()> {
        let wanted = about.map(|bucket| (bucket.id(self.practice), bucket)).collect();
        self.look_up_buckets(tx, wanted).await
    }

    async fn look_up_buckets(&mut self, tx: &Tx, wanted: BTreeMap<BucketId, Bucket>) -> Outcome<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = wanted.keys().map(|id| id.uuid()).collect();
        let found = tx.rows(&BUCKET_STATES, &[&ids]).await?;
        for (id, about) in wanted {
            self.buckets.insert(
                id,
                KnownBucket { about, looked_up: true, key: None, granted: false, writable: false },
            );
        }
        for state in found {
            let id = BucketId::new(state.bucket_id);
            let key = self.server.sealing.bucket_key(self.practice, id, &state.data_key)?;
            if let Some(known) = self.buckets.get_mut(&id) {
                known.key = Some(key);
                known.granted = state.granted;
                known.writable = state.writable;
            }
        }
        Ok(())
    }

    fn exists(&self, bucket: BucketId) -> bool {
        self.buckets.get(&bucket).is_some_and(|known| known.key.is_some())
    }

    fn is_open(&self, bucket: BucketId) -> bool {
        self.buckets.get(&bucket).is_some_and(|known| known.granted)
    }

    async fn fetch_records(&mut self, tx: &Tx, wanted: &BTreeSet<Place>) -> Outcome<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let (buckets, kinds, ids) = columns(wanted.iter().map(|(bucket, key)| (*bucket, key.kind, key.id)));
        for found in tx.rows(&LOCK_RECORDS, &[&self.practice.uuid(), &buckets, &kinds, &ids]).await? {
            let place = place(found.bucket_id, &found.kind, found.id)?;
            self.lay_stored(place, found.rev, found.content_sha.as_deref(), found.sealed_body.as_deref())?;
        }
        for place in wanted {
            if !self.sheets.contains_key(place) {
                self.lay(*place, Standing::Never, None);
            }
        }
        Ok(())
    }

    async fn fetch_children(
        &mut self,
        tx: &Tx,
        wanted: BTreeSet<Sheaf>,
        days: BTreeSet<Sheaf>,
    ) -> Outcome<()> {
        let mut found: Vec<StoredRecord> = Vec::new();
        if !wanted.is_empty() {
            let (buckets, kinds, parents) = columns(wanted.iter().copied());
            found = tx.rows(&CHILDREN, &[&self.practice.uuid(), &buckets, &kinds, &parents]).await?;
        }
        if !days.is_empty() {
            let (calendars, _, parents) = columns(days.iter().copied());
            found.extend(tx.rows(&BUSY_DAYS, &[&calendars, &parents]).await?);
        }
        let mut sheaves: BTreeMap<Sheaf, BTreeSet<Uuid>> =
            wanted.into_iter().chain(days).map(|sheaf| (sheaf, BTreeSet::new())).collect();
        for child in found {
            let place = place(child.bucket_id, &child.kind, child.id)?;
            // What a decision of this batch has made of it already stands; its place under a parent as well.
            if !self.sheets.contains_key(&place) {
                self.lay_stored(
                    place,
                    child.rev,
                    child.content_sha.as_deref(),
                    child.sealed_body.as_deref(),
                )?;
            }
        }
        for (place, sheet) in &self.sheets {
            if let Some(record) = &sheet.record
                && let Some(parent) = record.parent()
                && let Some(sheaf) = sheaves.get_mut(&(place.0, place.1.kind, parent))
            {
                sheaf.insert(place.1.id);
            }
        }
        self.sheaves.extend(sheaves);
        Ok(())
    }

    fn lay(&mut self, place: Place, standing: Standing, record: Option<Record>) {
        self.sheets.insert(place, Sheet { standing, record, changed: false });
    }

    fn lay_stored(
        &mut self,
        place: Place,
        rev: i64,
        sha: Option<&[u8]>,
        sealed: Option<&[u8]>,
    ) -> Outcome<()> {
        let record = sealed.map(|sealed| self.open_body(place, rev, sealed)).transpose()?;
        self.lay(place, standing_at(rev, sha)?, record);
        Ok(())
    }

    fn open_body(&self, (bucket, key): Place, rev: i64, sealed: &[u8]) -> Outcome<Record> {
        let known =
            self.buckets.get(&bucket).ok_or_else(|| Failure::internal("a record of an unknown bucket"))?;
        let data_key =
            known.key.as_ref().ok_or_else(|| Failure::internal("a record of a bucket without a key"))?;
        let associated = record::associated_data(self.practice, known.about, key, rev);
        let body = data_key.open(&associated, sealed).map_err(Failure::internal)?;
        Record::from_bytes(key.kind, &body).map_err(Failure::internal)
    }
}

pub(super) fn standing_at(rev: i64, sha: Option<&[u8]>) -> Outcome<Standing> {
    let sha = sha.map(Sha256::try_from).transpose().map_err(Failure::internal)?;
    Ok(Standing::At { rev, sha })
}

pub(super) fn place(bucket: Uuid, kind: &str, id: Uuid) -> Outcome<Place> {
    let kind = RecordKind::parse(kind)
        .ok_or_else(|| Failure::internal("a record of a kind unknown to this release"))?;
    Ok((BucketId::new(bucket), RecordKey { kind, id }))
}

type Columns = (Vec<Uuid>, Vec<&'static str>, Vec<Uuid>);

/// The three columns that name records or sheaves to PostgreSQL.
pub(super) fn columns(rows: impl Iterator<Item = (BucketId, RecordKind, Uuid)>) -> Columns {
    let mut columns = Columns::default();
    for (bucket, kind, id) in rows {
        columns.0.push(bucket.uuid());
        columns.1.push(kind.as_str());
        columns.2.push(id);
    }
    columns
}
