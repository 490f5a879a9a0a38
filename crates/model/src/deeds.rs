//! What people do on a device, and the commands that it comes to.

use crate::chart::{Body, Bucket, Intent, Key, Note};
use crate::device::{Status, Store};

/// What a person does on a device. Numbers choose among what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the intent of the same name")]
pub enum Deed {
    Open,
    Write { bucket: u8, note: u8 },
    Settle { bucket: u8 },
    Confirm { bucket: u8 },
    Sign { bucket: u8, note: u8 },
    SignAddendum { bucket: u8 },
    Book { bucket: u8, place: u8 },
    Cancel { bucket: u8, place: u8 },
}

/// What a deed comes to on a device as it stands.
pub(crate) fn intent(store: &Store, deed: Deed, id: u32) -> Option<(Bucket, Intent)> {
    let at = |pick: u8| {
        let here: Vec<Bucket> = store
            .buckets
            .iter()
            .filter(|(_, held)| held.status != Status::Purging)
            .map(|(bucket, _)| *bucket)
            .collect();
        here.get(usize::from(pick) % here.len().max(1)).copied()
    };
    let note_at = |bucket, number| match store.shown(bucket, Key::Note(number)) {
        Some(Body::Note(note)) => Some(note),
        _ => None,
    };
    let first = |bucket: Bucket, fits: &dyn Fn(&Note) -> bool| {
        (0..3).find_map(|number| note_at(bucket, number).filter(fits).map(|note| (number, note)))
    };
    Some(match deed {
        Deed::Open => (100 + id, Intent::Open),
        Deed::Write { bucket, note } => {
            let bucket = at(bucket)?;
            let from = note_at(bucket, note).unwrap_or_default().words;
            (bucket, Intent::Write { note, from })
        }
        Deed::Settle { bucket } => {
            let bucket = at(bucket)?;
            let (note, found) = first(bucket, &|note| !note.branches.is_empty())?;
            (bucket, Intent::Settle { note, branch: *found.branches.first()? })
        }
        Deed::Confirm { bucket } => {
            let bucket = at(bucket)?;
            let (note, found) = first(bucket, &|note| note.combined)?;
            (bucket, Intent::Confirm { note, words: found.words })
        }
        Deed::Sign { bucket, note } => {
            let bucket = at(bucket)?;
            (bucket, Intent::Sign { note, words: note_at(bucket, note)?.words })
        }
        Deed::SignAddendum { bucket } => {
            let bucket = at(bucket)?;
            (bucket, Intent::SignAddendum { addendum: unsigned_addendum(store, bucket)? })
        }
        Deed::Book { bucket, place } => (at(bucket)?, Intent::Book(place)),
        Deed::Cancel { bucket, place } => (at(bucket)?, Intent::Cancel(place)),
    })
}

fn unsigned_addendum(store: &Store, bucket: Bucket) -> Option<u32> {
    let base = store.buckets.get(&bucket)?.rows.keys().copied();
    let laid = store.overlay.keys().filter(|(place, _)| *place == bucket).map(|(_, key)| *key);
    base.chain(laid).find_map(|key| match (key, store.shown(bucket, key)) {
        (Key::Addendum(id), Some(Body::Addendum { signed: None, .. })) => Some(id),
        _ => None,
    })
}

/// The pending signature of the note that an addendum belongs to.
pub(crate) fn signature_below(store: &Store, bucket: Bucket, addendum: u32) -> Option<u32> {
    let Some(Body::Addendum { note, .. }) = store.shown(bucket, Key::Addendum(addendum)) else { return None };
    let signs = |intent: &Intent| matches!(intent, Intent::Sign { note: signed, .. } if *signed == note);
    let pending = store.outbox.values().map(|pending| &pending.command);
    pending
        .filter(|command| command.bucket == bucket && signs(&command.intent))
        .map(|command| command.id)
        .next_back()
}
