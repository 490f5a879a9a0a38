//! Everything that can happen to two devices in up to six operations, with one fault at every place: gone through one
//! after the other, without chance.

use crate::bug::Bug;
use crate::deeds::Deed;
use crate::invariants::Broken;
use crate::network::Fault;
use crate::server::DeviceNo;
use crate::world::{Counts, World};

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A device writes in the note that both share.
    Edit(DeviceNo),
    /// A device sends the next request of its cycle that is not a hello, and takes the answer in.
    Exchange(DeviceNo),
    /// Access of the second device's user is taken, or given again.
    Regrant,
    /// The server is backed up the first time, and restored from there on.
    Restore,
    /// The first device's disk is copied the first time, and put back from there on.
    Image,
}

use Operation::{Edit, Exchange, Image, Regrant, Restore};

const OPERATIONS: [Operation; 7] = [Edit(0), Edit(1), Exchange(0), Exchange(1), Regrant, Restore, Image];
/// Operations in the longest schedule.
const LONGEST: u32 = 6;
/// What can go wrong with a request: for a late copy, with the number of operations that it is late by.
const FAULTS: [(Fault, usize); 9] = [
    (Fault::DropRequest, 0),
    (Fault::DropAnswer, 0),
    (Fault::Double, 0),
    (Fault::Late, 1),
    (Fault::Late, 2),
    (Fault::Late, 3),
    (Fault::Cut(0), 0),
    (Fault::Cut(1), 0),
    (Fault::Crash, 0),
];
/// Rows in one answer, and whether both devices are the same clinician's.
const SURROUNDINGS: [(usize, bool); 3] = [(1, true), (1, false), (50, false)];

/// What goes wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Misfortune {
    /// With which operation.
    pub place: usize,
    /// What.
    pub fault: Fault,
    /// After how many operations a late copy arrives.
    pub late_by: usize,
}

/// One schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// In order.
    pub operations: Vec<Operation>,
    /// At most one fault.
    pub misfortune: Option<Misfortune>,
    /// Rows in one answer.
    pub rows: usize,
    /// Whether both devices are the same clinician's.
    pub one_user: bool,
}

/// Every schedule, always in the same order, shorter ones first.
pub fn schedules() -> impl Iterator<Item = Schedule> {
    (2..=LONGEST).flat_map(sequences).flat_map(|operations| {
        let mut all = Vec::new();
        let sends = |place: &usize| matches!(operations[*place], Exchange(_));
        let misfortunes = (0..operations.len())
            .filter(sends)
            .flat_map(|place| FAULTS.map(|(fault, late_by)| Some(Misfortune { place, fault, late_by })));
        for misfortune in std::iter::once(None).chain(misfortunes) {
            for (rows, one_user) in SURROUNDINGS {
                all.push(Schedule { operations: operations.clone(), misfortune, rows, one_user });
            }
        }
        all
    })
}

fn sequences(length: u32) -> impl Iterator<Item = Vec<Operation>> {
    let base = OPERATIONS.len();
    (0..base.pow(length))
        .map(move |number| {
            let digit = |place| number / base.pow(place) % base;
            (0..length).map(|place| OPERATIONS[digit(place)]).collect::<Vec<_>>()
        })
        .filter(|operations| tells(operations))
}

/// Whether a sequence can tell anything: something is written before something is sent, and what has an effect only the
/// second time comes twice.
fn tells(operations: &[Operation]) -> bool {
    let first = |wanted: &dyn Fn(&Operation) -> bool| operations.iter().position(wanted);
    let times = |wanted| operations.iter().filter(|operation| **operation == wanted).count();
    let written = first(&|operation| matches!(operation, Edit(_)));
    let sent = operations.iter().rposition(|operation| matches!(operation, Exchange(_)));
    written < sent && written.is_some() && times(Restore) != 1 && times(Image) != 1
}

/// Runs a schedule from a world in which both devices have synced once, to rest.
///
/// # Errors
/// The invariant that is broken.
pub fn run(bug: Bug, schedule: &Schedule) -> Result<Counts, Broken> {
    let second = usize::from(!schedule.one_user);
    let mut granted = vec![(0, 1), (0, 2)];
    if second == 1 {
        granted.push((1, 1));
    }
    let mut world = World::new(&[0, second], &granted, bug);
    world.elsewhere(1, 0, false)?;
    world.cycle(0, 50)?;
    world.cycle(1, 50)?;
    let (mut live, mut backed_up, mut imaged) = (true, false, false);
    for (place, operation) in schedule.operations.iter().enumerate() {
        let misfortune = schedule.misfortune;
        if misfortune.is_some_and(|fate| fate.fault == Fault::Late && fate.place + fate.late_by == place) {
            world.straggle()?;
        }
        match *operation {
            Edit(device) => world.act(device, Deed::Write { bucket: 0, note: 0 })?,
            Exchange(device) => {
                let fault =
                    misfortune.filter(|fate| fate.place == place).map_or(Fault::None, |fate| fate.fault);
                world.exchange(device, fault, schedule.rows)?;
            }
            Regrant => {
                live = !live;
                world.regrant(second, 1, live)?;
            }
            Restore if backed_up => world.restore(0)?,
            Restore => {
                backed_up = true;
                world.back_up();
            }
            Image if imaged => world.put_back(0),
            Image => {
                imaged = true;
                world.image(0);
            }
        }
    }
    world.come_to_rest()?;
    Ok(world.counts)
}
