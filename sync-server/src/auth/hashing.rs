//! Password hashing on few threads: each hash takes tens of megabytes, so a flood of sign-ins must queue and then be
//! turned away, and never exhaust the machine.

use crate::http::failure::{Failure, Outcome};
use tokio::sync::{Semaphore, TryAcquireError};

/// Hashes at once: at most four times the memory of one.
pub const CONCURRENT: usize = 4;
/// Sign-ins that may wait for their turn.
pub const QUEUED: usize = 100;
/// What somebody turned away is told to wait, seconds.
const RETRY_AFTER: u32 = 5;

/// The turnstile in front of the password hash.
#[derive(Debug)]
pub struct Hashing {
    running: Semaphore,
    admitted: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { running: Semaphore::new(CONCURRENT), admitted: Semaphore::new(CONCURRENT + QUEUED) }
    }
}

impl Hashing {
    /// Runs `work` on a blocking thread when its turn has come.
    ///
    /// # Errors
    /// `Busy` when the queue is full.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
        let _admitted = self.admitted.try_acquire().map_err(|why| match why {
            TryAcquireError::NoPermits => Failure::busy(RETRY_AFTER),
            TryAcquireError::Closed => Failure::internal("the hashing queue is closed"),
        })?;
        let _turn = self.running.acquire().await.map_err(Failure::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Failure::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mentalspace_protocol::error::ErrorCode;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    #[tokio::test(flavor = "multi_thread")]
    async fn four_run_a_hundred_wait_and_the_next_is_turned_away() {
        let hashing = Arc::new(Hashing::default());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let gate = Arc::new(Barrier::new(CONCURRENT + 1));
        let spawn = |wait: bool| {
            let (hashing, running, most, gate) =
                (Arc::clone(&hashing), Arc::clone(&running), Arc::clone(&most), Arc::clone(&gate));
            tokio::spawn(async move {
                hashing
                    .run(move || {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        if wait {
                            gate.wait();
                        }
                        running.fetch_sub(1, Ordering::SeqCst);
                    })
                    .await
            })
        };
        let mut all: Vec<_> = (0..CONCURRENT).map(|_| spawn(true)).collect();
        while running.load(Ordering::SeqCst) < CONCURRENT {
            tokio::task::yield_now().await;
        }
        all.extend((0..QUEUED).map(|_| spawn(false)));
        while hashing.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let turned_away = hashing.run(|| ()).await.unwrap_err();
        assert_eq!(turned_away.code(), ErrorCode::Busy);
        let opener = Arc::clone(&gate);
        tokio::task::spawn_blocking(move || opener.wait()).await.unwrap();
        for one in all {
            one.await.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), CONCURRENT);
    }
}
