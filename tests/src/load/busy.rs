//! A server at its limit and a device: it is turned away, told when to come again, stays away that long, and then has
//! everything.

use super::day::{Commons, Worker};
use super::device::Device;
use super::ledger::Ledger;
use super::people::{self, Shape};
use super::site::Site;
use super::writing::Writer;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_server::cli::{Surroundings, start};
use mentalspace_server::config::Settings;
use mentalspace_sync::connection::ServerAddress;
use mentalspace_testkit::clinic::Programs;
use mentalspace_testkit::demo::Stage;
use mentalspace_testkit::postgres::find_programs;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_turned_away_stays_away_as_long_as_it_was_told_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let stage = Stage {
        pg_bin: find_programs().unwrap(),
        state_dir: home.path().to_path_buf(),
        programs: Programs::built().unwrap(),
        desktop: std::path::PathBuf::new(),
    };
    let site = Site::found(&stage).unwrap();
    let hand = site.hand().unwrap();
    let shape = Shape { clients: 1, writes: true };
    let mut devices = people::set_up(&hand, &site.database(), 1, shape).await.unwrap().into_iter();
    let running =
        start(&Settings::read(site.config()).unwrap(), Surroundings::of_this_machine()).await.unwrap();
    let address =
        ServerAddress { url: format!("https://{}", running.address), ca: site.authority().unwrap() };
    let mut enrolled = devices.next().unwrap();
    let writer = Writer::new(enrolled.pen.take().unwrap(), enrolled.user.clone(), enrolled.next);
    let mut other = Device::new(devices.next().unwrap(), 2, address.clone(), true).unwrap();
    let mut worker =
        Worker { device: Device::new(enrolled, 1, address, true).unwrap(), writer: Some(writer) };
    let commons = Commons::default();
    commons.ledger.open();
    worker.cycle_until_it_succeeds(&commons).await.unwrap();
    let written = worker.writer.as_mut().unwrap();
    written.pause(&mut worker.device, &commons.ledger).unwrap();

    let admission = &running.edge.admission;
    let sources = (1..=u8::MAX).map(|n| std::net::IpAddr::from([192, 0, 2, n]));
    let all: Vec<_> = sources.filter_map(|source| admission.enter(source)).collect();
    assert_eq!(admission.free(), 0);
    let failure = worker.device.cycle(&commons.ledger).await.unwrap_err();
    assert_eq!(failure.code(), Some(ErrorCode::Busy));
    assert_eq!(failure.asked_to_wait(), Some(Duration::from_secs(2)));
    for _ in 0..5 {
        assert!(worker.device.wait_after(&failure) >= Duration::from_secs(2), "never earlier");
    }
    assert!(!worker.device.pending.is_empty(), "what is unsent is kept");
    drop(all);
    worker.device.cycle(&commons.ledger).await.unwrap();
    assert!(worker.device.pending.is_empty());
    other.cycle(&Ledger::default()).await.unwrap();
    let written = &worker.writer.as_ref().unwrap().written;
    assert_eq!(written.len(), 1);
    for (note, number) in written {
        assert_eq!(other.notes.get(note).map(|(newest, _)| newest), Some(number), "word for word elsewhere");
    }
    let account = commons.ledger.close();
    assert_eq!((account.troubles.busy, account.troubles.failed, account.troubles.refused), (1, 0, 0));
    running.stop().await.unwrap();
}
