//! Handing over what is pending, in batches as large as the way carries.

use super::{Engine, Report};
use crate::failure::SyncFailure;
use mentalspace_protocol::error::{ErrorBody, ErrorCode};
use mentalspace_protocol::limits::MAX_PUSH_COMMANDS;
use mentalspace_protocol::push::{Before, PushRequest, PushedCommand};

/// The most that one push tries to hand over at once.
#[derive(Clone, Copy)]
struct Most {
    commands: usize,
    /// Before compression; half of what did not get through, so that one push does not try that size again and again.
    bytes: usize,
}

impl Engine<'_> {
    /// Hands over what is pending, up to a command that the server does not take for what is in it: a device of a newer
    /// release than the server's still fetches.
    ///
    /// # Errors
    /// See [`SyncFailure`]. Where the way breaks after it has carried something, that is in the report: what the server
    /// has is to be fetched all the same, so that less is left for the next time.
    pub(super) async fn push(&self, report: &mut Report) -> Result<(), SyncFailure> {
        report.unfinished = None;
        let (mut mended, mut cut) = (false, false);
        let mut most = Most { commands: MAX_PUSH_COMMANDS, bytes: usize::MAX };
        let mut batch = self.offer(0, most)?;
        while let [first, ..] = &batch.commands[..] {
            let before = first.seq - 1;
            let last = batch.commands.last().map_or(before, |command| command.seq);
            batch.device_time = (self.clock)();
            // While the server works on this one, the next is made ready.
            let (answer, next) = tokio::join!(self.session.push(&batch), async { self.offer(last, most) });
            let took = (self.clock)() - batch.device_time;
            match answer {
                Ok(answer) if answer.waiting => {
                    report.pushed += batch.commands.iter().filter(|c| c.seq <= answer.processed_seq).count();
                    report.waiting = true;
                    return Ok(());
                }
                Ok(answer) => {
                    // The outbox keeps them until a pull says that they were processed.
                    report.pushed += batch.commands.len();
                    cut = false;
                    batch = next?;
                    if answer.processed_seq > last {
                        // An earlier try came further than its answer. The last that the server has goes along once more:
                        // a device that was set back to an image is found out by it.
                        let ahead = self.offer(answer.processed_seq - 1, most)?;
                        if ahead.commands.first().is_some_and(|first| first.seq == answer.processed_seq) {
                            batch = ahead;
                        }
                    }
                    self.session.paging().handed_over(took, !batch.commands.is_empty());
                }
                // Too much for the way, or for what the server gets done while the device waits.
                Err(failure @ (SyncFailure::Unreachable(_) | SyncFailure::Incomplete)) => {
                    most.bytes = self.session.paging().bytes() / 2;
                    self.session.paging().was_not_handed_over();
                    if report.pushed == 0 {
                        return Err(failure);
                    }
                    if cut {
                        report.unfinished = Some(SyncFailure::Unsent);
                        return Ok(());
                    }
                    // The way has just carried something: it is given less at once.
                    cut = true;
                    batch = self.offer(before, most)?;
                }
                // One of them is at fault: what stands before it goes through.
                Err(SyncFailure::Refused(body)) if is_about_the_content(body.code) => {
                    most.commands = batch.commands.len() / 2;
                    if most.commands == 0 {
                        report.unfinished = Some(SyncFailure::Refused(body));
                        return Ok(());
                    }
                    batch = self.offer(before, most)?;
                }
                // Still at work on what it was given before, or it did not arrive in the server's time: less is sent next.
                Err(SyncFailure::Refused(body)) if body.code == ErrorCode::Busy => {
                    self.session.paging().was_not_handed_over();
                    if !cut {
                        return Err(SyncFailure::Refused(body));
                    }
                    report.unfinished = Some(SyncFailure::Refused(body));
                    return Ok(());
                }
                Err(SyncFailure::Refused(body)) if !mended => {
                    mended = true;
                    self.put_right(body)?;
                    batch = self.offer(0, most)?;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Numbers what is pending as the server expects it, where that is what it refused a batch for.
    fn put_right(&self, refusal: Box<ErrorBody>) -> Result<(), SyncFailure> {
        let now = (self.clock)();
        match (refusal.code, &refusal.position) {
            (ErrorCode::EpochChanged, Some(position)) => {
                self.store.new_epoch(position.log_epoch, position.processed_seq, now)?;
            }
            (ErrorCode::SequenceGap | ErrorCode::DeviceFork, Some(position)) => {
                self.store.renumber_after(position.processed_seq, now)?;
            }
            _ => return Err(SyncFailure::Refused(refusal)),
        }
        Ok(())
    }

    /// The next commands above `after`, as they are sent: as many as get through.
    fn offer(&self, after: i64, most: Most) -> Result<PushRequest, SyncFailure> {
        let commands = u32::try_from(most.commands).unwrap_or(u32::MAX);
        let bytes = most.bytes.min(self.session.paging().bytes());
        let pending = self.store.offer(after, commands, bytes)?;
        Ok(PushRequest {
            log_epoch: self.epoch()?,
            device_time: (self.clock)(),
            commands: pending
                .into_iter()
                .map(|pending| PushedCommand {
                    seq: pending.seq,
                    envelope: pending.envelope,
                    before: pending
                        .before
                        .map(|before| Before { outcome: before.outcome, made: before.made }),
                })
                .collect(),
        })
    }
}

/// Whether a refusal is about what was sent: of another release's form, too large, or something that the server fails at.
/// The same sent again meets the same, and what else there is to do is done.
const fn is_about_the_content(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Malformed | ErrorCode::TooLarge | ErrorCode::Internal)
}
