//! Offering commands to the server, and what happens to their numbers when its history or this device's is not what
//! the other thinks.

use crate::error::Result;
use crate::meta::{self, MetaKey};
use crate::outbox::{self, Pending};
use crate::{Store, buckets};
use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use uuid::Uuid;

impl Store {
    /// The next commands above `after` to offer, at most `most` of them and about `bytes` of JSON. They are marked as
    /// offered, durably, before this returns: from then on they never change.
    ///
    /// # Errors
    /// The store fails.
    pub fn offer(&self, after: i64, most: u32, bytes: usize) -> Result<Vec<Pending>> {
        self.write(|writer| {
            if writer.typing.is_none() {
                // An open command that nobody types into any more would hold up everything behind it.
                writer.close_open()?;
            }
            let tx = writer.db.transaction()?;
            let mut batch: Vec<Pending> = Vec::new();
            {
                let mut statement = tx.prepare_cached(
                    "SELECT seq, envelope, offered, open, before FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                )?;
                let mut rows = statement.query(params![after, most])?;
                let mut size = 0;
                while let Some(row) = rows.next()? {
                    let text: String = row.get(1)?;
                    size += text.len();
                    let open: bool = row.get(3)?;
                    if open || (size > bytes && !batch.is_empty()) {
                        break;
                    }
                    let before: Option<String> = row.get(4)?;
                    batch.push(Pending {
                        seq: row.get(0)?,
                        envelope: outbox::decode(&text)?,
                        offered: row.get(2)?,
                        before: outbox::became(before.as_deref()),
                    });
                }
            }
            if batch.iter().any(|pending| !pending.offered) {
                let last = batch.last().map_or(0, |pending| pending.seq);
                tx.prepare_cached(
                    "UPDATE outbox SET offered = 1 WHERE seq > ?1 AND seq <= ?2 AND offered = 0",
                )?
                .execute(params![after, last])?;
                tx.commit()?;
                writer.flush_copy();
            }
            Ok(batch)
        })
    }

    /// Takes nothing more from now on, if everything that was taken has been offered; gives whether that is so. What
    /// a revoked device asks before it erases itself: a command that comes in at the last moment is refused to
    /// whoever made it, or is among those that are still to be sent, and never taken and erased.
    ///
    /// # Errors
    /// The store fails.
    pub fn end_writing(&self) -> Result<bool> {
        self.write(|writer| {
            writer.close_open()?;
            let unsent = writer.db.prepare_cached("SELECT 1 FROM outbox WHERE offered = 0")?.exists([])?;
            writer.ended = !unsent;
            Ok(writer.ended)
        })
    }

    /// The server's log was restored to an earlier state. Every bucket is fetched anew, and what the server had
    /// confirmed after `processed_seq` is offered again, before what is pending, under the same command identities. After
    /// an earlier restore it is everything confirmed since that one's number: above it, numbers mean another command in
    /// another history, and the server recognises what it has.
    ///
    /// # Errors
    /// The store fails.
    pub fn new_epoch(&self, epoch: Uuid, processed_seq: i64, now: DateTime<Utc>) -> Result<()> {
        self.write(|writer| {
            writer.close_open()?;
            let tx = writer.db.transaction()?;
            meta::set(&tx, MetaKey::LogEpoch, &epoch)?;
            let common = common_upto(&tx, processed_seq)?;
            outbox::offer_again(&tx, common, processed_seq)?;
            buckets::sweep_all(&tx)?;
            outbox::wait_for_rows(&tx, now)?;
            tx.commit()?;
            writer.try_renew_copy();
            Ok(())
        })
    }

    /// Gives every pending command a new number after `processed_seq`: this device was restored from an image and
    /// its numbers have been used by another life of it, or the server is behind what it had confirmed. Then what it
    /// had confirmed above that number goes first, under the same command identities: it recognises what it has.
    ///
    /// # Errors
    /// The store fails.
    pub fn renumber_after(&self, processed_seq: i64, now: DateTime<Utc>) -> Result<()> {
        self.write(|writer| {
            writer.close_open()?;
            let tx = writer.db.transaction()?;
            let common = common_upto(&tx, processed_seq)?;
            outbox::offer_again(&tx, common, processed_seq)?;
            outbox::wait_for_rows(&tx, now)?;
            tx.commit()?;
            writer.try_renew_copy();
            Ok(())
        })
    }
}

/// Up to which number a command means the same in every history that the server may have been restored to, now that it
/// was restored to one in which this device stands at `processed_seq`.
fn common_upto(tx: &Transaction<'_>, processed_seq: i64) -> Result<i64> {
    let earlier: Option<i64> = meta::get(tx, MetaKey::CommonUpTo)?;
    let common = earlier.map_or(processed_seq, |earlier| earlier.min(processed_seq));
    meta::set(tx, MetaKey::CommonUpTo, &common)?;
    Ok(common)
}
