//! The model as a state machine: which transitions there are, how often each comes, and how a course of them is run.

use crate::bug::Bug;
use crate::chart::Bucket;
use crate::deeds::Deed;
use crate::invariants::Broken;
use crate::network::Fault;
use crate::server::{DeviceNo, User};
use crate::world::{Counts, World};
use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::ops::Range;

/// Whose each device is: a clinician with two, and a colleague with one.
pub const USERS: [User; 3] = [0, 0, 1];
/// Who holds what in the beginning.
const GRANTS: [(User, Bucket); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (1, 4)];
/// Transitions in one course.
const LENGTH: Range<usize> = 40..80;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the method of `World` of the same name")]
pub enum Transition {
    Act { device: DeviceNo, deed: Deed },
    Evening { device: DeviceNo, bucket: u8, note: u8 },
    Step { device: DeviceNo, fault: Fault, rows: usize },
    Cycle { device: DeviceNo, rows: usize },
    Regrant { user: User, bucket: Bucket, live: bool },
    Elsewhere { bucket: Bucket, place: u8, cancels: bool },
    Prune { bucket: Bucket, below: u8 },
    Housekeeping { bucket: Bucket },
    Straggle,
    Days(u8),
    BackUp,
    Restore(u8),
    Image(DeviceNo),
    PutBack(DeviceNo),
    DiskBreaks { device: DeviceNo, bucket: u8, while_pulling: bool },
    Restart(DeviceNo),
    RevokeDevice(DeviceNo),
}

/// What is known of a course beforehand: enough to let nothing happen that cannot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Course {
    backed_up: bool,
    images: [bool; USERS.len()],
    revoked: bool,
}

fn faults() -> BoxedStrategy<Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::DropRequest),
        2 => Just(Fault::DropAnswer),
        1 => Just(Fault::Double),
        3 => Just(Fault::Late),
        2 => (0..3_u8).prop_map(Fault::Cut),
        1 => Just(Fault::Crash),
    ]
    .boxed()
}

/// Which of two notes: mostly the same one, so that people meet in it.
fn note() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(0_u8), 1 => Just(1_u8)]
}

fn deeds() -> BoxedStrategy<Deed> {
    let bucket = || 0..5_u8;
    prop_oneof![
        10 => (bucket(), note()).prop_map(|(bucket, note)| Deed::Write { bucket, note }),
        2 => bucket().prop_map(|bucket| Deed::Settle { bucket }),
        2 => bucket().prop_map(|bucket| Deed::Confirm { bucket }),
        3 => (bucket(), note()).prop_map(|(bucket, note)| Deed::Sign { bucket, note }),
        3 => bucket().prop_map(|bucket| Deed::SignAddendum { bucket }),
        2 => (bucket(), 0..2_u8).prop_map(|(bucket, place)| Deed::Book { bucket, place }),
        3 => (bucket(), 0..2_u8).prop_map(|(bucket, place)| Deed::Cancel { bucket, place }),
        1 => Just(Deed::Open),
    ]
    .boxed()
}

impl ReferenceStateMachine for Course {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(course: &Self) -> BoxedStrategy<Transition> {
        let device = || 0..USERS.len();
        let rows = || prop_oneof![Just(1_usize), Just(2), Just(4), Just(50)];
        let mut weighed = vec![
            (26, (device(), deeds()).prop_map(|(device, deed)| Transition::Act { device, deed }).boxed()),
            (
                4,
                (device(), 0..5_u8, note())
                    .prop_map(|(device, bucket, note)| Transition::Evening { device, bucket, note })
                    .boxed(),
            ),
            (
                24,
                (device(), faults(), rows())
                    .prop_map(|(device, fault, rows)| Transition::Step { device, fault, rows })
                    .boxed(),
            ),
            (16, (device(), rows()).prop_map(|(device, rows)| Transition::Cycle { device, rows }).boxed()),
            (
                6,
                (0..2_usize, 1..5_u32, any::<bool>())
                    .prop_map(|(user, bucket, live)| Transition::Regrant { user, bucket, live })
                    .boxed(),
            ),
            (
                6,
                (1..5_u32, 0..2_u8, any::<bool>())
                    .prop_map(|(bucket, place, cancels)| Transition::Elsewhere { bucket, place, cancels })
                    .boxed(),
            ),
            (4, (1..5_u32, 0..2_u8).prop_map(|(bucket, below)| Transition::Prune { bucket, below }).boxed()),
            (2, (1..5_u32).prop_map(|bucket| Transition::Housekeeping { bucket }).boxed()),
            (
                1,
                (device(), 0..5_u8, any::<bool>())
                    .prop_map(|(device, bucket, while_pulling)| Transition::DiskBreaks {
                        device,
                        bucket,
                        while_pulling,
                    })
                    .boxed(),
            ),
            (6, Just(Transition::Straggle).boxed()),
            (2, (1..4_u8).prop_map(Transition::Days).boxed()),
            (3, Just(Transition::BackUp).boxed()),
            (3, device().prop_map(Transition::Image).boxed()),
            (1, device().prop_map(Transition::Restart).boxed()),
        ];
        if course.backed_up {
            weighed.push((3, any::<u8>().prop_map(Transition::Restore).boxed()));
        }
        for imaged in device().filter(|device| course.images[*device]) {
            weighed.push((2, Just(Transition::PutBack(imaged)).boxed()));
        }
        if !course.revoked {
            weighed.push((1, device().prop_map(Transition::RevokeDevice).boxed()));
        }
        Union::new_weighted(weighed).boxed()
    }

    fn apply(mut course: Self, transition: &Transition) -> Self {
        match transition {
            Transition::BackUp => course.backed_up = true,
            Transition::Image(device) => course.images[*device] = true,
            Transition::RevokeDevice(_) => course.revoked = true,
            _ => {}
        }
        course
    }

    fn preconditions(course: &Self, transition: &Transition) -> bool {
        match transition {
            Transition::Restore(_) => course.backed_up,
            Transition::PutBack(device) => course.images[*device],
            _ => true,
        }
    }
}

impl World {
    /// The practice that every course begins with.
    #[must_use]
    pub fn beginning(bug: Bug) -> Self {
        Self::new(&USERS, &GRANTS, bug)
    }

    /// One transition.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn take(&mut self, transition: Transition) -> Result<(), Broken> {
        match transition {
            Transition::Act { device, deed } => self.act(device, deed)?,
            Transition::Evening { device, bucket, note } => self.evening(device, bucket, note)?,
            Transition::Step { device, fault, rows } => self.step(device, fault, rows)?,
            Transition::Cycle { device, rows } => self.cycle(device, rows)?,
            Transition::Regrant { user, bucket, live } => self.regrant(user, bucket, live)?,
            Transition::Elsewhere { bucket, place, cancels } => self.elsewhere(bucket, place, cancels)?,
            Transition::Prune { bucket, below } => self.prune(bucket, below),
            Transition::Housekeeping { bucket } => self.housekeeping(bucket)?,
            Transition::Straggle => self.straggle()?,
            Transition::Days(days) => self.days(days),
            Transition::BackUp => self.back_up(),
            Transition::Restore(which) => self.restore(which)?,
            Transition::Image(device) => self.image(device),
            Transition::PutBack(device) => self.put_back(device),
            Transition::DiskBreaks { device, bucket, while_pulling } => {
                self.disk_breaks(device, bucket, while_pulling)?;
            }
            Transition::Restart(device) => self.devices[device].restart(),
            Transition::RevokeDevice(device) => self.revoke_device(device),
        }
        self.counts.add("transitions", 1);
        Ok(())
    }
}

/// The model under test by proptest's own runner.
#[derive(Clone, Copy, Debug)]
pub struct RightModel;

impl StateMachineTest for RightModel {
    type SystemUnderTest = World;
    type Reference = Course;

    fn init_test(_: &Course) -> World {
        World::beginning(Bug::None)
    }

    fn apply(mut world: World, _: &Course, transition: Transition) -> World {
        let done = world.take(transition);
        assert_eq!(done, Ok(()), "after {transition:?}");
        world
    }

    fn teardown(mut world: World, _: Course) {
        assert_eq!(world.come_to_rest(), Ok(()), "at rest");
    }
}

/// The course of a seed: the same on every machine.
///
/// # Errors
/// The generator finds no course, which would be a mistake in its preconditions.
pub fn course(seed: u64) -> Result<Vec<Transition>, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tree = Course::sequential_strategy(LENGTH).new_tree(&mut runner).map_err(|why| why.to_string())?;
    Ok(tree.current().1)
}

/// A course that chance hardly finds: the server is restored to a backup, and then to a later one that knows nothing of
/// what came between, while numbers have moved because access to a chart ended.
#[must_use]
pub fn two_restores() -> Vec<Transition> {
    let write = |bucket| Transition::Act { device: 0, deed: Deed::Write { bucket, note: 0 } };
    let cycle = Transition::Cycle { device: 0, rows: 50 };
    let access = |live| Transition::Regrant { user: 0, bucket: 1, live };
    vec![
        cycle,
        Transition::BackUp,
        write(0),
        write(1),
        cycle,
        Transition::BackUp,
        access(false),
        cycle,
        access(true),
        cycle,
        Transition::Restore(0),
        write(2),
        cycle,
        Transition::Restore(1),
    ]
}

/// Runs a course from the beginning to rest, and gives how often what happened.
///
/// # Errors
/// The invariant that is broken.
pub fn run(bug: Bug, transitions: &[Transition]) -> Result<Counts, Broken> {
    let mut world = World::beginning(bug);
    for transition in transitions {
        world.take(*transition)?;
    }
    world.come_to_rest()?;
    Ok(world.counts)
}

/// The shortest course to the same broken invariant that leaving out one transition after the other leads to.
#[must_use]
pub fn shortened(bug: Bug, mut transitions: Vec<Transition>, broken: Broken) -> (Vec<Transition>, Broken) {
    let mut shown = broken;
    let mut at = 0;
    while at < transitions.len() {
        let mut fewer = transitions.clone();
        fewer.remove(at);
        match run(bug, &fewer) {
            Err(same) if same.invariant == shown.invariant => {
                transitions = fewer;
                shown = same;
                // What stood before may be needless now.
                at = 0;
            }
            _ => at += 1,
        }
    }
    (transitions, shown)
}
