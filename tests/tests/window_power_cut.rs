//! Killed while somebody types: what had stood on the screen for half a second is there when the window opens again, and
//! nothing is there that nobody typed.
#![cfg(test)]

use mentalspace_tests::charts::{CLIENT, THERAPIST, begin_chart, begin_note, clinic};
use mentalspace_tests::laptop::Laptop;
use mentalspace_tests::traces::files_with;
use mentalspace_tests::window::Window;
use serde_json::json;
use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

const KILLS: usize = 20;
/// The promise.
const LOSS: Duration = Duration::from_millis(500);
/// Words that must be nowhere on the disk in the clear.
const CANARY: &str = "quillfeather lanternmoss";

/// Time between two keys: a very fast typist's.
const PACE_MS: u32 = 12;

/// About so many letters, with every word its own.
fn words(kill: usize, letters: u64) -> String {
    let mut words = format!(" {CANARY}");
    for word in 0.. {
        if words.len() as u64 >= letters {
            break;
        }
        words.push_str(&format!(" k{kill}w{word}"));
    }
    words
}

/// What was read from the screen while somebody typed.
struct Glimpse {
    text: String,
    /// Whether the screen called it saved.
    is_called_saved: bool,
    /// When the screen had been read, at the latest.
    at: Instant,
    /// How long reading it and a durable write took: how slow this machine and its disk were just then.
    took: Duration,
}

fn slowest(glimpses: &[Glimpse]) -> Duration {
    glimpses.iter().map(|glimpse| glimpse.took).max().unwrap_or_default()
}

/// What the promise covers: the newest that the screen called saved, or that was old enough at the kill. A machine on
/// which a mere look at the page and a durable write take long is given that much more.
fn promised(glimpses: &[Glimpse], killed: Instant) -> Option<&Glimpse> {
    let slowest = slowest(glimpses);
    let is_promised = |glimpse: &&Glimpse| glimpse.is_called_saved || glimpse.at + LOSS + slowest <= killed;
    glimpses.iter().rev().find(is_promised)
}

/// Why the text of a glimpse counts as promised, for whoever looks into a loss.
fn why(glimpse: &Glimpse, glimpses: &[Glimpse], killed: Instant) -> String {
    let stood = killed - glimpse.at;
    let slowest = slowest(glimpses);
    let called = if glimpse.is_called_saved { "was called saved" } else { "was not called saved" };
    format!("it {called} and had stood for {stood:?}; the slowest look and write took {slowest:?}")
}

/// Says what is wrong with the text that was found again.
fn judge(typed: &str, promised: &str, found: &str) -> Result<(), String> {
    if !found.starts_with(promised) {
        return Err(format!("lost: {promised:?} stood on the screen, {found:?} is there"));
    }
    if !typed.starts_with(found) {
        return Err(format!("invented: {typed:?} was typed, {found:?} is there"));
    }
    Ok(())
}

/// Moments that look random and come again in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Looks at the screen, then writes a little into `beside`, a file on the disk of the profile.
fn glimpse(window: &Window, beside: &mut File) -> Glimpse {
    let asked = Instant::now();
    // With a question to the application, as a save is one: a machine that is slow at it is given that time.
    let body = "
        const [done] = arguments;
        const text = document.querySelector(\"textarea[data-part='section:narrative']\").value;
        const word = document.querySelector('footer [role=status]').textContent;
        window.__TAURI_INTERNALS__.invoke('call', { name: 'whoami', input: {} }).then(() => done([text, !word.includes('Writing')]));";
    let seen = window.run_later(body, json!([])).unwrap();
    let at = Instant::now();
    // A save also has to reach the disk: one that is slow at it is given that time.
    beside.write_all(b"looked\n").unwrap();
    beside.sync_data().unwrap();
    Glimpse {
        text: seen[0].as_str().unwrap().to_owned(),
        is_called_saved: seen[1] == true,
        at,
        took: asked.elapsed(),
    }
}

#[test]
fn window_killed_at_twenty_moments_of_typing_loses_nothing_that_had_been_saved() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let note = laptop
        .without_window(&clinic, |device| {
            let chart = begin_chart(device)?;
            begin_note(device, &chart)
        })
        .unwrap();
    let mut beside = File::create(laptop.profile().with_file_name("looks")).unwrap();
    let mut dice = Dice(20_261_121);
    let (mut in_the_middle, mut promised_some, mut worst) = (0, 0, 0);
    let mut expected: Option<(String, String, String)> = None;
    for kill in 0..=KILLS {
        let window = laptop.window().unwrap();
        window.unlock().unwrap();
        let open = window.open_draft(CLIENT, &note).unwrap();
        let before = open.text("narrative").unwrap();
        if let Some((typed, promised, why)) = expected.take() {
            judge(&typed, &promised, &before)
                .unwrap_or_else(|wrong| panic!("after kill {kill}: {wrong} ({why})"));
            worst = worst.max(typed.len() - before.len());
        }
        if kill == KILLS {
            window.close().unwrap();
            break;
        }
        let kill_after = 300 + dice.below(2_700);
        // Four seconds more than is needed: the kill is to fall while keys are pressed, also where a busy machine draws the
        // first of them seconds late.
        let words = words(kill, (kill_after + 4_000) / u64::from(PACE_MS));
        window.write_in("narrative").unwrap();
        let mut typist = window.keyboard().begin_to_type(&words, PACE_MS).unwrap();
        let mut glimpses = vec![glimpse(&window, &mut beside)];
        while glimpses.last().is_none_or(|last| last.text == before) {
            glimpses.push(glimpse(&window, &mut beside));
        }
        let moment = Instant::now() + Duration::from_millis(kill_after);
        while Instant::now() < moment {
            glimpses.push(glimpse(&window, &mut beside));
        }
        let killed = Instant::now();
        let was_typing = typist.is_running();
        window.kill_9().unwrap();
        // Let go of in the middle of a stroke, a key would stay down for the next window.
        typist.wait().unwrap();
        let (promised, why) = promised(&glimpses, killed)
            .map(|glimpse| (glimpse.text.clone(), why(glimpse, &glimpses, killed)))
            .unwrap_or_default();
        in_the_middle += usize::from(was_typing);
        promised_some += usize::from(promised.len() > before.len());
        expected = Some((format!("{before}{words}"), promised, why));
    }
    println!(
        "{KILLS} kills, {in_the_middle} in the middle of typing; at most {worst} letters were not there"
    );
    assert!(in_the_middle * 2 >= KILLS, "most kills fell while keys were pressed: {in_the_middle}");
    assert!(promised_some * 2 >= KILLS, "in most runs something had been promised: {promised_some}");

    let seen = laptop
        .without_window(&clinic, |device| device.must(&json!({"command": "note_show", "note_id": note})));
    assert!(seen.unwrap().to_string().contains(CANARY), "the words are found where they should be");
    for place in [clinic.home().to_path_buf(), laptop.bus().home()] {
        assert_eq!(
            files_with(&place, CANARY).unwrap(),
            Vec::<std::path::PathBuf>::new(),
            "words in the clear"
        );
    }
}

#[test]
fn window_power_cut_judge_sees_a_loss_and_an_invention() {
    assert_eq!(judge("a b c d", "a b", "a b c"), Ok(()));
    assert!(judge("a b c d", "a b c", "a b").unwrap_err().starts_with("lost"));
    assert!(judge("a b c d", "a b", "a b x").unwrap_err().starts_with("invented"));
    let start = Instant::now();
    let at = |ms: u64, text: &str| Glimpse {
        text: text.to_owned(),
        is_called_saved: false,
        at: start + Duration::from_millis(ms),
        took: Duration::from_millis(10),
    };
    let promised_after = |glimpses: &[Glimpse], ms: u64| {
        promised(glimpses, start + Duration::from_millis(ms)).map(|glimpse| glimpse.text.clone())
    };
    let glimpses = [at(0, "a"), at(100, "a b"), at(400, "a b c")];
    assert_eq!(promised_after(&glimpses, 650).unwrap(), "a b", "what is younger is not promised");
    assert_eq!(promised_after(&glimpses, 911).unwrap(), "a b c");
    let called_saved = Glimpse { is_called_saved: true, ..at(640, "a b c d") };
    let glimpses = [at(0, "a"), called_saved, at(645, "a b c d e")];
    assert_eq!(promised_after(&glimpses, 650).unwrap(), "a b c d", "the word is a promise at once");
}
