//! `today`: what day it is, where a clock ran ahead and a later day was begun by it.

use super::{CommandError, Console};
use crate::{machinery, practice};
use chrono::NaiveDate;
use clap::Args;
use mentalspace_domain::ids::PracticeId;

#[derive(Debug, Args)]
pub(super) struct Today {
    /// The practice; may be left out where there is only one.
    #[arg(long)]
    practice: Option<PracticeId>,
    /// The day in the practice, e.g. 2026-03-02. Refused where this machine's clock shows another.
    #[arg(long)]
    is: NaiveDate,
}

impl Today {
    pub(super) async fn run(self, console: &Console) -> Result<(), CommandError> {
        let (server, day) = (&console.server, self.is);
        let acting = console.acting(self.practice).await?;
        let tx = server.db.begin(&acting).await?;
        let zone = practice::read(server, &tx, acting.practice).await?.zone;
        tx.rollback().await?;
        let shown = server.now().with_timezone(&zone).date_naive();
        if shown != day {
            let what = format!(
                "This machine's clock shows {shown} in the practice. Nothing was changed; put the clock right first."
            );
            return Err(CommandError::Refused(what));
        }
        let changed = machinery::begin_again(server, &acting, day).await?;
        println!("{day}: {} given, {} taken", changed.given, changed.taken);
        Ok(())
    }
}
