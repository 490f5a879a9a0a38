//! How long a request waits for PostgreSQL to answer. Statements that are asked for together are answered in one time,
//! which counts once; what the server itself does between two statements, and waiting for a free connection, count not
//! at all.

use std::cell::Cell;
use std::future::Future;
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct Watch {
    asked: Cell<u32>,
    since: Cell<Option<Instant>>,
    spent: Cell<Duration>,
}

tokio::task_local! {
    static WATCH: Watch;
}

impl Watch {
    fn begin(&self) {
        if self.asked.get() == 0 {
            self.since.set(Some(Instant::now()));
        }
        self.asked.set(self.asked.get() + 1);
    }

    fn end(&self) {
        self.asked.set(self.asked.get().saturating_sub(1));
        if self.asked.get() == 0
            && let Some(since) = self.since.take()
        {
            self.spent.set(self.spent.get() + since.elapsed());
        }
    }
}

/// A question that is out, until it is answered or given up.
struct Out;

impl Drop for Out {
    fn drop(&mut self) {
        let _ = WATCH.try_with(Watch::end);
    }
}

/// Does the work of a request, and says how much of its time the database took.
pub async fn measured<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let watched = async {
        let done = work.await;
        (done, WATCH.with(|watch| watch.spent.get()))
    };
    WATCH.scope(Watch::default(), watched).await
}

/// Waits for the database's answer. Outside of a request nobody counts.
pub(crate) async fn asking<T>(answer: impl Future<Output = T>) -> T {
    let _ = WATCH.try_with(Watch::begin);
    let out = Out;
    let answered = answer.await;
    drop(out);
    answered
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Barrier;

    #[tokio::test]
    async fn questions_asked_together_count_once_and_work_between_them_not_at_all() {
        let spin = |span: Duration| {
            let until = Instant::now() + span;
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        };
        let span = Duration::from_millis(20);
        // Both are out at once: neither is answered before the other was asked.
        let both = Barrier::new(2);
        let ask = || {
            asking(async {
                both.wait().await;
                spin(span);
            })
        };
        let began = Instant::now();
        let ((), spent) = measured(async {
            tokio::join!(ask(), ask());
            spin(span * 5);
            asking(async { spin(span) }).await;
        })
        .await;
        let whole = began.elapsed();
        assert!(spent >= span * 3, "each answer took its time: {spent:?}");
        assert!(whole - spent >= span * 5, "the work between is not the database's: {spent:?} of {whole:?}");
        let given_up = measured(async {
            let never = asking(std::future::pending::<()>());
            tokio::time::timeout(Duration::ZERO, never).await
        });
        assert!(given_up.await.0.is_err());
        asking(async {}).await;
    }
}
