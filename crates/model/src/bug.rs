//! The switches that turn the model into a wrong one. Each is a mistake that somebody has shipped or could make here.

use super::invariants::Invariant;

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident caught by $invariant:ident;)+) => {
        /// One deliberate mistake in an otherwise right model.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            /// The protocol as it is meant.
            None,
            $($(#[$doc])* $name,)+
        }

        impl Bug {
            /// Every mistake.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The invariant whose assertion finds it.
            #[must_use]
            pub const fn caught_by(self) -> Option<Invariant> {
                match self {
                    Self::None => None,
                    $(Self::$name => Some(Invariant::$invariant),)+
                }
            }
        }
    };
}

bugs! {
    /// Two rows of one batch take the same number.
    OneNumberForTwoRows caught by I1;
    /// A command that comes again is decided again.
    NoIdempotency caught by I2;
    /// The words of a conflict go into no branch.
    ConflictDropped caught by I3;
    /// What a sender may not do is answered as quarantined and not kept.
    QuarantineDropped caught by I3;
    /// A device that loses access forgets what it has not sent.
    PurgeForgetsUnsent caught by I3;
    /// A device takes every number up to the server's as its own, whether or not it was ever offered.
    ForkUnnoticed caught by I3;
    /// The outcomes of an answer that is not the last are thrown away with it.
    ResultsDropped caught by I3;
    /// The last processed number is newer than the rows beside it.
    ProcessedAheadOfRows caught by I4;
    /// Commands are confirmed before every bucket of the manifest is whole.
    ConfirmedBeforeWhole caught by I4;
    /// A cursor below what tombstones are kept for is served as if nothing had been pruned.
    NoResetAfterPruning caught by I5;
    /// A device on its way from 0 is reset by what was pruned before it began.
    ResetRestartsLoading caught by I15;
    /// A reset removes nothing at its end.
    ResetWithoutSweep caught by I5;
    /// A bucket that a restored server holds empty is never swept: it is in no manifest.
    EmptiedBucketForgotten caught by I15;
    /// A signed row that a restored server wrote anew, the same but for its salt, is refused.
    SaltTakenForAChange caught by I5;
    /// Rows go out for a bucket that is named, granted or not.
    GrantUnchecked caught by I6;
    /// What is revoked stays.
    NoPurge caught by I6;
    /// What a renumbered command touches is forgotten, and with it what guards its bucket.
    TouchesLostOnRenumber caught by I6;
    /// The sums of a hello leave the grants out.
    SumWithoutGrants caught by I6;
    /// The cursor is durable before the rows are.
    CursorBeforeRows caught by I7;
    /// A page that the budget cut moves the cursor to the head.
    CursorToHead caught by I7;
    /// A bucket that was erased, or was to be, keeps its cursor for the next grant.
    CursorKeptOnRegrant caught by I7;
    /// A late edit goes into the signed version.
    SignedOverwritten caught by I8;
    /// A signature is accepted over an open conflict.
    SignedOverConflict caught by I9;
    /// A grant that is given again begins at its first revision.
    GrantRevisionReused caught by I10;
    /// A restored server keeps its epoch.
    EpochNotRotated caught by I10;
    /// Nobody looks at the epoch of a request.
    EpochIgnored caught by I5;
    /// Confirmed commands are not kept.
    NoArchive caught by I11;
    /// Confirmed commands are kept for two days.
    ArchivePrunedEarly caught by I11;
    /// Archived commands above the server's number are offered again, whichever history that number counts.
    ReofferedByNumber caught by I11;
    /// A refused command is not counted, so that it is refused for ever.
    PoisonBlocks caught by I12;
    /// What a command builds on is not looked at.
    DependencyIgnored caught by I12;
    /// The answer to a push empties the outbox.
    AcknowledgedByPush caught by I13;
    /// Pending commands are not laid over a new base.
    OverlayNotReplayed caught by I13;
    /// A leaf of the log is changed.
    LogRewritten caught by I14;
    /// A device that is told of a new epoch asks again as before.
    EpochNotTakenIn caught by I15;
    /// A page ends at its last row, also where what stood above it was pruned.
    PageEndsAtLastRow caught by I15;
}
