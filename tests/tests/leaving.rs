//! A device whose access ends: the words that are still being typed, in the application and in the page, reach the
//! practice before anything is erased; and where they cannot be sent, nothing is erased. A device whose lease ends
//! while it is open: it locks, and what was typed is there after the next sign-in. A device that is started again, or put
//! back from an image: it goes on leaving. A device whose owner has changed her password on another one: it lets her in,
//! and opens with the new one from then on.
#![cfg(test)]

use chrono::{DateTime, Utc};
use mentalspace_app::api::{ApiError, Code, call};
use mentalspace_app::{AppEvent, Clock, Desktop, DesktopConfig, Surroundings, SystemClock};
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_tests::patience::until;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{Receiver, Sender};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// No key of anybody's.
const OTHER_KEY: &str = "0000-0000-0000-0000";

/// The system's clocks, with the steady one some days ahead.
#[derive(Default)]
struct DaysAhead(AtomicU64);

impl Clock for DaysAhead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }

    fn steady(&self) -> Instant {
        SystemClock.steady() + Duration::from_secs(self.0.load(Ordering::SeqCst) * 86_400)
    }
}

/// Somebody's laptop as the window has it: with the sync actor, which nobody tells to sync.
struct Laptop {
    desktop: Arc<Desktop>,
    events: Receiver<AppEvent>,
    note: String,
    device: String,
}

fn enrolled(clinic: &Clinic) -> (String, String) {
    let mut device = clinic.enrol("rivera", "laptop").unwrap();
    device.sync().unwrap();
    let id = |answer: &Value| answer["id"].as_str().unwrap().to_owned();
    let client = id(&device
        .must(&json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}))
        .unwrap());
    device.sync().unwrap();
    let note = id(&device
        .must(&json!({"command": "note_create", "client_id": client, "format": "narrative"}))
        .unwrap());
    device.sync().unwrap();
    let who = device.must(&json!({"command": "whoami"})).unwrap();
    device.must(&json!({"command": "quit"})).unwrap();
    device.program().process().wait().unwrap();
    (note, who["device_id"].as_str().unwrap().to_owned())
}

impl Laptop {
    async fn open(clinic: &Clinic) -> Self {
        Self::open_with(clinic, Arc::new(SystemClock)).await
    }

    async fn open_with(clinic: &Clinic, clock: Arc<dyn Clock>) -> Self {
        let (note, device) = enrolled(clinic);
        Self::of(clinic, clock, note, device).await
    }

    /// The laptop as it lies on the disk.
    async fn of(clinic: &Clinic, clock: Arc<dyn Clock>, note: String, device: String) -> Self {
        let laptop = Self::locked(&home(clinic), clock, note, device);
        laptop.call("unlock", json!({ "password": PASSWORD })).await.unwrap();
        laptop
    }

    /// What lies in `home`, as it starts.
    fn locked(home: &Path, clock: Arc<dyn Clock>, note: String, device: String) -> Self {
        let config = DesktopConfig::from_directories(home.join("profile"), home.join("secrets"));
        let desktop =
            Desktop::within(config, Surroundings { clock, ..Surroundings::of_this_machine() }).unwrap();
        let events = desktop.subscribe();
        Self { desktop, events, note, device }
    }

    /// The same laptop, opened again over its image.
    async fn put_back(self, clinic: &Clinic, image: &Path, clock: Arc<dyn Clock>) -> Self {
        let Self { desktop, note, device, .. } = self;
        drop(desktop);
        std::fs::remove_dir_all(home(clinic)).unwrap();
        copied(image, &home(clinic));
        Self::of(clinic, clock, note, device).await
    }

    /// Another process over what lies in `home`, once this one has ended.
    fn started_again(self, home: &Path) -> Self {
        let Self { desktop, note, device, .. } = self;
        drop(desktop);
        Self::locked(home, Arc::new(SystemClock), note, device)
    }

    /// The same without a window: nobody is waited for who could still be typing.
    fn without_window(self) -> Self {
        Self { events: Sender::new(1).subscribe(), ..self }
    }

    async fn call(&self, name: &str, input: Value) -> Result<Value, ApiError> {
        call(&self.desktop, name, input).await
    }

    async fn type_on(&self, from: &str, to: &str) {
        let typed = json!({"note_id": self.note, "sections": {"narrative": {"from": from, "to": to}}});
        self.call("note_typing", typed).await.unwrap();
    }

    fn revoke(&self, clinic: &Clinic) {
        clinic.operator(&["device", "revoke", "--device", &self.device, "--reason", "left"]).unwrap();
    }

    async fn until(&mut self, what: &str, is_it: impl Fn(&AppEvent) -> bool) {
        let heard = async { while !is_it(&self.events.recv().await.unwrap()) {} };
        tokio::time::timeout(LONG, heard).await.unwrap_or_else(|_| panic!("not heard of: {what}"));
    }

    /// Looks at each news of the profile: there may have been further tries before the one that went through.
    async fn until_erased(&mut self) -> Value {
        loop {
            self.until("that it has erased itself", is_of_the_profile).await;
            let profile = self.call("profile", json!({})).await.unwrap();
            if profile["is_enrolled"] == false {
                return profile;
            }
        }
    }
}

/// The server comes back, and the laptop goes on leaving by itself: its words are at the practice, and everything is erased.
async fn is_handed_over(clinic: &mut Clinic, laptop: &mut Laptop, words: &str) {
    clinic.start_server().unwrap();
    laptop.desktop.sync_soon();
    laptop.until_erased().await;
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    take_in(&mut desk, &laptop.note, words);
}

/// What a revoked device handed over waits; its author holds the chart still, and takes it in from another device.
fn take_in(device: &mut Device, note: &str, words: &str) {
    let row = until("late work", || {
        device.sync()?;
        Ok(device.must(&json!({"command": "quarantine"}))?["waiting"].get(0).cloned())
    })
    .unwrap();
    assert_eq!((&row["note_id"], &row["is_mine"]), (&json!(note), &json!(true)));
    assert!(!narrative(device, note).contains(words), "nothing comes into the chart by itself");
    let ask = |call: &str| json!({"command": call, "note_id": note, "author_id": row["author_id"]});
    let shown = device.must(&ask("quarantine_show")).unwrap();
    let works: Vec<&Value> =
        shown["pieces"].as_array().unwrap().iter().map(|piece| &piece["work_id"]).collect();
    let mut accept = ask("quarantine_accept");
    accept["works"] = json!(works);
    accept["reason"] = json!("Mine, of this morning");
    device.must(&accept).unwrap();
    device.sync().unwrap();
    assert_eq!(narrative(device, note), words);
}

fn narrative(device: &mut Device, note: &str) -> String {
    let shown = device.must(&json!({"command": "note_show", "note_id": note})).unwrap();
    let sections = shown["sections"].as_array().unwrap();
    let narrative = sections.iter().find(|section| section["key"] == "narrative").unwrap();
    narrative["text"].as_str().unwrap().to_owned()
}

fn home(clinic: &Clinic) -> PathBuf {
    clinic.home().join("devices").join("laptop")
}

fn clinic() -> Clinic {
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    clinic
}

fn is_of_the_profile(event: &AppEvent) -> bool {
    matches!(event, AppEvent::Changed { tags } if tags.iter().any(|tag| tag == "profile"))
}

#[tokio::test(flavor = "multi_thread")]
async fn t39_words_still_being_typed_are_sent_before_a_revoked_device_erases_itself() {
    let clinic = clinic();
    let mut laptop = Laptop::open(&clinic).await;
    laptop.type_on("", "Typed without a pause.").await;
    laptop.revoke(&clinic);
    laptop.desktop.start_background();
    laptop.until("that it is about to lock", |event| matches!(event, AppEvent::Locking)).await;
    // What the window does then: it saves what only the page has, and locks.
    laptop.type_on("Typed without a pause.", "Typed without a pause. Still in the page.").await;
    laptop.call("lock", json!({})).await.unwrap();
    let profile = laptop.until_erased().await;
    assert!(profile["access_ended"].as_str().unwrap().contains("was sent"), "{profile}");

    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    take_in(&mut desk, &laptop.note, "Typed without a pause. Still in the page.");
}

#[tokio::test(flavor = "multi_thread")]
async fn t39_a_revoked_device_that_cannot_send_keeps_everything_and_stays_locked() {
    let mut clinic = clinic();
    let mut laptop = Laptop::open(&clinic).await;
    laptop.type_on("", "Not to be lost.").await;
    laptop.revoke(&clinic);
    // The server goes away between the news and the words: this is the moment that the window has to save.
    laptop.desktop.start_background();
    laptop.until("that it is about to lock", |event| matches!(event, AppEvent::Locking)).await;
    clinic.kill_server().unwrap();
    laptop.call("lock", json!({})).await.unwrap();
    laptop.until("that it could not be sent", is_of_the_profile).await;
    let profile = laptop.call("profile", json!({})).await.unwrap();
    assert_eq!(
        (&profile["is_enrolled"], &profile["is_unlocked"]),
        (&json!(true), &json!(false)),
        "{profile}"
    );
    assert!(profile["access_ended"].as_str().unwrap().contains("has to be sent"), "{profile}");

    is_handed_over(&mut clinic, &mut laptop, "Not to be lost.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_does_not_get_in_does_not_stop_the_sending() {
    let mut clinic = clinic();
    let mut laptop = Laptop::open(&clinic).await;
    laptop.type_on("", "Not to be lost.").await;
    laptop.revoke(&clinic);
    laptop.desktop.start_background();
    laptop.until("that it is about to lock", |event| matches!(event, AppEvent::Locking)).await;
    clinic.kill_server().unwrap();
    laptop.call("lock", json!({})).await.unwrap();
    laptop.until("that it could not be sent", is_of_the_profile).await;

    let wrong = json!({"password": "something else entirely, sorry"});
    let refused = laptop.call("unlock", wrong.clone()).await.unwrap_err();
    assert_eq!(serde_json::to_value(refused.code).unwrap(), "wrong_password");
    let counted = clinic.home().join("devices/laptop/profile/attempts.json");
    let counted: Value = serde_json::from_slice(&std::fs::read(counted).unwrap()).unwrap();
    assert_eq!(counted["failures"], 1, "it counts as at any lock");
    let key = json!({"recovery_key": OTHER_KEY, "new_password": "nine grey herons over water"});
    assert!(laptop.call("recover", key).await.is_err());
    let profile = laptop.call("profile", json!({})).await.unwrap();
    assert!(
        profile["access_ended"].as_str().is_some_and(|words| words.contains("has to be sent")),
        "{profile}"
    );

    is_handed_over(&mut clinic, &mut laptop, "Not to be lost.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ends_out_of_reach_locks_the_open_device_once_its_words_are_saved() {
    let mut clinic = clinic();
    let clock = Arc::new(DaysAhead::default());
    let mut laptop = Laptop::open_with(&clinic, Arc::<DaysAhead>::clone(&clock)).await;
    clinic.kill_server().unwrap();
    laptop.type_on("", "Typed offline.").await;
    clock.0.store(6, Ordering::SeqCst);
    laptop.desktop.start_background();
    laptop.until("a try that reached nobody", is_of_a_try_in_vain).await;
    assert!(laptop.desktop.is_open(), "the lease runs for seven days");

    clock.0.store(8, Ordering::SeqCst);
    laptop.desktop.sync_soon();
    laptop.until("that it is about to lock", |event| matches!(event, AppEvent::Locking)).await;
    laptop.type_on("Typed offline.", "Typed offline. Still in the page.").await;
    laptop.call("lock", json!({})).await.unwrap();
    let unlock = json!({ "password": PASSWORD });
    let refused = laptop.call("unlock", unlock.clone()).await.unwrap_err();
    assert!(refused.message.contains("in contact with your practice"), "{}", refused.message);

    clinic.start_server().unwrap();
    laptop.call("unlock", unlock).await.unwrap();
    let shown = laptop.call("note_show", json!({ "note_id": laptop.note })).await.unwrap();
    assert!(shown.to_string().contains("Typed offline. Still in the page."), "{shown}");
}

fn copied(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_comes_back_from_an_image_after_it_was_erased_is_erased_again() {
    let clinic = clinic();
    let mut laptop = Laptop::open(&clinic).await;
    laptop.call("sync", json!({})).await.unwrap();
    laptop.call("lock", json!({})).await.unwrap();
    let (home, image) = (home(&clinic), clinic.home().join("image"));
    copied(&home, &image);
    laptop.call("unlock", json!({ "password": PASSWORD })).await.unwrap();
    laptop.revoke(&clinic);
    laptop.desktop.start_background();
    // The window does not answer, and is waited for no longer than it has time.
    laptop.until_erased().await;
    let status = format!("SELECT status FROM device WHERE device_id = '{}'", laptop.device);
    until("that the server knows of it", || Ok((clinic.sql(&status)? == "revoked").then_some(()))).unwrap();

    std::fs::remove_dir_all(&home).unwrap();
    copied(&image, &home);
    let again = Laptop::of(&clinic, Arc::new(SystemClock), laptop.note, laptop.device).await.without_window();
    let report = again.call("sync", json!({})).await.unwrap();
    assert_eq!(report["revoked"], true, "{report}");
    let profile = again.call("profile", json!({})).await.unwrap();
    assert_eq!(profile["is_enrolled"], false, "{profile}");
    assert!(!home.join("profile").exists(), "nothing of it is left");
}

/// A laptop that is back from an image, and open by its lease. It was revoked and has erased itself since, and its token has
/// ended: it can hear of that at a sign-in alone.
async fn back_from_an_image(clinic: &Clinic, clock: Arc<dyn Clock>) -> Laptop {
    let laptop = Laptop::open(clinic).await;
    laptop.call("lock", json!({})).await.unwrap();
    let (home, image) = (home(clinic), clinic.home().join("image"));
    copied(&home, &image);
    let password = json!({ "password": PASSWORD });
    laptop.call("unlock", password.clone()).await.unwrap();
    // The image has the token of before.
    laptop.call("sign_in", password).await.unwrap();
    let laptop = laptop.put_back(clinic, &image, Arc::new(SystemClock)).await.without_window();
    let report = laptop.call("sync", json!({})).await.unwrap();
    assert_eq!(report["revoked"], false, "the control: a token that has ended is made up for by a sign-in");
    laptop.revoke(clinic);
    let report = laptop.call("sync", json!({})).await.unwrap();
    assert_eq!(report["revoked"], true, "{report}");
    laptop.put_back(clinic, &image, clock).await.without_window()
}

async fn is_erased(laptop: &Laptop, clinic: &Clinic) {
    let profile = laptop.call("profile", json!({})).await.unwrap();
    assert_eq!(profile["is_enrolled"], false, "{profile}");
    assert!(!home(clinic).join("profile").exists(), "nothing of it is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_back_from_an_image_whose_token_has_ended_is_erased_again_by_its_sync() {
    let clinic = clinic();
    let laptop = back_from_an_image(&clinic, Arc::new(SystemClock)).await;
    let report = laptop.call("sync", json!({})).await.unwrap();
    assert_eq!(report["revoked"], true, "{report}");
    is_erased(&laptop, &clinic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_back_from_an_image_is_erased_again_by_a_sign_in_of_hers() {
    let clinic = clinic();
    let laptop = back_from_an_image(&clinic, Arc::new(SystemClock)).await;
    changed_on_the_desk(&clinic);
    let refused = laptop.call("sync", json!({})).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInNeeded, "{}", refused.message);
    let refused = laptop.call("sign_in", json!({ "password": PASSWORD })).await.unwrap_err();
    assert_eq!(
        refused.code,
        Code::SignInRefused,
        "the control: who does not know the password is told nothing"
    );
    let refused = laptop.call("sign_in", json!({ "password": NEWER })).await.unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed, "{}", refused.message);
    assert!(refused.message.contains("was erased"), "{}", refused.message);
    is_erased(&laptop, &clinic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_back_from_an_image_whose_lease_is_over_is_erased_again_and_not_opened_for_it() {
    let mut clinic = clinic();
    let clock = Arc::new(DaysAhead::default());
    let laptop = back_from_an_image(&clinic, Arc::<DaysAhead>::clone(&clock)).await;
    clock.0.store(8, Ordering::SeqCst);
    laptop.call("lock", json!({})).await.unwrap();
    let unlock = json!({ "password": PASSWORD });
    clinic.kill_server().unwrap();
    let refused = laptop.call("unlock", unlock.clone()).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInNeeded, "the control: it has heard of nothing yet");
    clinic.start_server().unwrap();
    let refused = laptop.call("unlock", unlock).await.unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed, "{}", refused.message);
    assert!(!laptop.desktop.is_open());
    let report = laptop.call("sync", json!({})).await.unwrap();
    assert_eq!(report["revoked"], true, "{report}");
    is_erased(&laptop, &clinic).await;
}

/// It had opened for the rest of its lease: what it had heard died with the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_was_heard_outlives_the_process() {
    let mut clinic = clinic();
    let mut laptop = Laptop::open(&clinic).await;
    laptop.call("sync", json!({})).await.unwrap();
    laptop.call("lock", json!({})).await.unwrap();
    let (home, before) = (home(&clinic), clinic.home().join("before"));
    copied(&home, &before);
    let unlock = json!({ "password": PASSWORD });
    laptop.call("unlock", unlock.clone()).await.unwrap();
    laptop.revoke(&clinic);
    let desktop = Arc::clone(&laptop.desktop);
    let syncing = tokio::spawn(async move { call(&desktop, "sync", json!({})).await });
    laptop.until("that it is about to lock", |event| matches!(event, AppEvent::Locking)).await;
    clinic.kill_server().unwrap();
    laptop.type_on("", "Not to be lost.").await;
    laptop.call("lock", json!({})).await.unwrap();
    assert_eq!(syncing.await.unwrap().unwrap_err().code, Code::Unreachable, "it could not be sent");

    let control = Laptop::locked(&before, Arc::new(SystemClock), String::new(), String::new());
    control.call("unlock", unlock.clone()).await.unwrap();
    assert!(control.desktop.is_open(), "the control: as it was before it heard, its lease opens it");

    let mut laptop = laptop.started_again(&home);
    let again = clinic.home().join("again");
    copied(&home, &again);
    let recovered = Laptop::locked(&again, Arc::new(SystemClock), String::new(), String::new());
    let key = clinic.recovery_key().unwrap();
    let recover = json!({"recovery_key": key, "new_password": "nine grey herons over water"});
    let refused = recovered.call("recover", recover).await.unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed, "{}", refused.message);
    for _ in 0..2 {
        laptop = laptop.started_again(&home);
        let refused = laptop.call("unlock", unlock.clone()).await.unwrap_err();
        assert_eq!(refused.code, Code::NotAllowed, "{}", refused.message);
        assert!(!laptop.desktop.is_open());
        let profile = laptop.call("profile", json!({})).await.unwrap();
        assert!(profile["access_ended"].as_str().unwrap().contains("has to be sent"), "{profile}");
    }
    laptop.desktop.start_background();
    is_handed_over(&mut clinic, &mut laptop, "Not to be lost.").await;
}

/// Words that nothing has but a second copy that the disk did not give: it is asked for them once more before it is erased.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_the_disk_did_not_give_is_looked_for_once_more_before_it_goes() {
    // Set aside when it could not be read, or so that not even that could be done.
    for (is_in_the_way, gives_it_again) in [(false, true), (false, false), (true, true), (true, false)] {
        let clinic = clinic();
        let laptop = Laptop::open(&clinic).await.without_window();
        laptop.call("sync", json!({})).await.unwrap();
        laptop.call("lock", json!({})).await.unwrap();
        let (profile, before) = (home(&clinic).join("profile"), clinic.home().join("before"));
        copied(&profile, &before);
        let unlock = json!({ "password": PASSWORD });
        laptop.call("unlock", unlock.clone()).await.unwrap();
        laptop.type_on("", "Not to be lost.").await;
        laptop.call("lock", json!({})).await.unwrap();
        let copy = profile.join("outbox.copy");
        let held = std::fs::read(&copy).unwrap();
        std::fs::remove_dir_all(&profile).unwrap();
        copied(&before, &profile);
        std::fs::remove_file(&copy).unwrap();
        // It leads to itself, so that reading it fails as on a disk that does not give it.
        std::os::unix::fs::symlink("outbox.copy", &copy).unwrap();
        let mut aside = profile.join("damaged/copy/outbox.copy");
        if is_in_the_way {
            std::os::unix::fs::symlink("nowhere", profile.join("damaged")).unwrap();
            aside.clone_from(&copy);
        }
        laptop.call("unlock", unlock).await.unwrap();
        assert!(aside.is_symlink(), "the control: it could not be read when the device was opened");
        if gives_it_again {
            std::fs::remove_file(&aside).unwrap();
            std::fs::write(&aside, held).unwrap();
        }
        laptop.revoke(&clinic);
        let report = laptop.call("sync", json!({})).await.unwrap();
        let shown = laptop.call("profile", json!({})).await.unwrap();
        let said = shown["access_ended"].as_str().unwrap();
        assert_eq!((&report["revoked"], &shown["is_enrolled"]), (&json!(true), &json!(false)));
        assert_eq!(said.contains("could not be read or taken over"), !gives_it_again, "{said}");
        assert_eq!(report["status"]["message"], said);
        let on_record = clinic.sql("SELECT outcome FROM audit_event WHERE action = 'purge'").unwrap();
        assert_eq!(on_record, if gives_it_again { "acknowledged" } else { "acknowledged_in_part_unread" });
        if gives_it_again {
            let mut desk = clinic.enrol("rivera", "desk").unwrap();
            take_in(&mut desk, &laptop.note, "Not to be lost.");
        }
    }
}

/// Who drives it without a window has no sync that runs by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_goes_on_leaving_is_told_to_by_a_sync_while_it_is_locked() {
    let mut clinic = clinic();
    let laptop = shut_by_its_lease(&mut clinic, "Not to be lost.").await;
    laptop.revoke(&clinic);
    let laptop = laptop.started_again(&home(&clinic));
    let refused = laptop.call("sync", json!({})).await.unwrap_err();
    assert_eq!(refused.code, Code::Locked, "the control: nobody has shown that she may");
    let refused = laptop.call("unlock", json!({ "password": PASSWORD })).await.unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed, "{}", refused.message);
    let report = laptop.call("sync", json!({})).await.unwrap();
    assert_eq!(report["revoked"], true, "{report}");
    let profile = laptop.call("profile", json!({})).await.unwrap();
    assert_eq!(profile["is_enrolled"], false, "{profile}");
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    take_in(&mut desk, &laptop.note, "Not to be lost.");
}

/// Her password from now on, set on another device.
const NEWER: &str = "another few words that nobody knows";

/// A laptop on which this was written out of the server's reach, until its lease was over. The server is back.
async fn shut_by_its_lease(clinic: &mut Clinic, words: &str) -> Laptop {
    let clock = Arc::new(DaysAhead::default());
    let mut laptop = Laptop::open_with(clinic, Arc::<DaysAhead>::clone(&clock)).await;
    clinic.kill_server().unwrap();
    laptop.type_on("", words).await;
    clock.0.store(8, Ordering::SeqCst);
    laptop.desktop.start_background();
    laptop.until("that it is about to lock", |event| matches!(event, AppEvent::Locking)).await;
    laptop.call("lock", json!({})).await.unwrap();
    clinic.start_server().unwrap();
    laptop
}

fn changed_on_the_desk(clinic: &Clinic) {
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.must(&json!({"command": "password_change", "current": PASSWORD, "new": NEWER})).unwrap();
}

/// The device opens with the newer password and no longer with the one before, and can change it once more.
async fn opens_with_the_newer_one(laptop: &Laptop) {
    laptop.call("lock", json!({})).await.unwrap();
    laptop.call("unlock", json!({ "password": NEWER })).await.unwrap();
    let third = "a third row of words for this test";
    laptop.call("password_change", json!({"current": NEWER, "new": third})).await.unwrap();
    laptop.call("sync", json!({})).await.unwrap();
    laptop.call("lock", json!({})).await.unwrap();
    let refused = laptop.call("unlock", json!({ "password": PASSWORD })).await.unwrap_err();
    assert_eq!(refused.code, Code::WrongPassword, "{}", refused.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_elsewhere_opens_an_open_device_from_its_sign_in_on() {
    let clinic = clinic();
    let laptop = Laptop::open(&clinic).await;
    changed_on_the_desk(&clinic);
    laptop.type_on("", "Typed meanwhile.").await;
    let refused = laptop.call("sync", json!({})).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInNeeded, "{}", refused.message);
    let refused = laptop.call("sign_in", json!({ "password": PASSWORD })).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInRefused, "{}", refused.message);
    laptop.call("sign_in", json!({ "password": NEWER })).await.unwrap();
    opens_with_the_newer_one(&laptop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_elsewhere_opens_a_device_whose_lease_is_over_beside_the_old_one() {
    let mut clinic = clinic();
    let laptop = shut_by_its_lease(&mut clinic, "Typed offline.").await;
    changed_on_the_desk(&clinic);
    let both = |newer: &str| json!({ "password": PASSWORD, "server_password": newer });
    let refused = laptop.call("unlock", json!({ "password": PASSWORD })).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInRefused, "{}", refused.message);
    assert!(refused.message.contains("the newer password as well"), "{}", refused.message);
    let refused = laptop.call("unlock", both("and these are the wrong words")).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInRefused, "{}", refused.message);
    laptop.call("unlock", both(NEWER)).await.unwrap();
    let shown = laptop.call("note_show", json!({ "note_id": laptop.note })).await.unwrap();
    assert!(shown.to_string().contains("Typed offline."), "{shown}");
    opens_with_the_newer_one(&laptop).await;
}

/// It would show the charts until the next sync: a sign-in that brings no lease opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_whose_lease_is_over_hands_over_and_is_not_opened_for_it() {
    let mut clinic = clinic();
    let mut laptop = shut_by_its_lease(&mut clinic, "Not to be lost.").await;
    laptop.revoke(&clinic);
    let refused = laptop.call("unlock", json!({ "password": PASSWORD })).await.unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed, "{}", refused.message);
    assert!(!laptop.desktop.is_open());
    laptop.until_erased().await;
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    take_in(&mut desk, &laptop.note, "Not to be lost.");
}

fn is_of_a_try_in_vain(event: &AppEvent) -> bool {
    matches!(event, AppEvent::Status(status) if !status.is_syncing && !status.is_online && status.message.is_some())
}
