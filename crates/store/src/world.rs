//! Answers a command's needs from what this device holds.

use crate::error::Result;
use crate::rows;
use mentalspace_domain::ids::PracticeId;
use mentalspace_domain::world::{Lookup, Need, World};
use rusqlite::Connection;

/// Loads the world of a command. A bucket that is not here, or not wholly here, makes what is missing in it
/// `NotHeld`; a whole bucket makes it `Absent`. The bucket of a client who was begun here is whole: nobody else can
/// have written in it.
pub(crate) fn load(db: &Connection, practice: PracticeId, needs: &[Need]) -> Result<World> {
    let mut world = World::default();
    for need in needs {
        let whole = rows::whole(db, need.bucket().id(practice).uuid())?;
        match need {
            Need::Record { key, .. } => {
                let answer = match rows::effective(db, *key)? {
                    Some(record) => Lookup::Present(record),
                    None if whole => Lookup::Absent,
                    None => Lookup::NotHeld,
                };
                world.answer_record(*key, answer);
            }
            Need::Children { kind, parent, .. } => {
                let children = rows::effective_children(db, *kind, *parent)?;
                let answer =
                    if whole || !children.is_empty() { Lookup::Present(children) } else { Lookup::NotHeld };
                world.answer_children(*kind, *parent, answer);
            }
        }
    }
    Ok(world)
}
