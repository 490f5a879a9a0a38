//! From a key to the letter on the screen, in the real window with real keys.

use super::at_share;
use crate::laptop::Laptop;
use crate::window::Window;
use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// What is typed, again and again: words and blanks as they fall in a note, no key with Shift.
const WORDS: &str = "she named two small steps for the week and rated both as likely ";
const TIMES: usize = 5;
/// Between two keys. Faster than anybody types for long, so that the saves of a moment ago are still under way.
const PACE_MS: u32 = 70;
/// The first keys find caches cold; they are typed and not counted.
const WARMING: usize = 20;
/// A busy machine without a graphics processor has been seen to take ten seconds.
const PATIENCE_MS: f64 = 60_000.0;

/// Notes for every key when the X server made it and when its letter was on the screen.
///
/// It begins at `timeStamp`, which WebKit takes from the X event: the ways through the X server, GTK and WebKit's
/// processes are in it (in whole milliseconds, as the X server counts). From the `input` event that the key led to, it
/// waits for two frames: the first draws the letter, and the second begins only when the first has been handed over to
/// be shown. So it is up to one frame (17 ms) too long, and never too short. Not in it: the keyboard before the X
/// server, the display after WebKit.
const WATCH: &str = "
    const seen = window.keysPainted = [];
    let pressed = null;
    addEventListener('keydown', (event) => { pressed = event.timeStamp; }, { capture: true });
    addEventListener('input', () => {
        const began = pressed;
        if (began === null) return;
        pressed = null;
        requestAnimationFrame(() => requestAnimationFrame(() => seen.push(performance.now() - began)));
    }, { capture: true });
    return true;";

/// Milliseconds from a key to its letter, under which 95 of 100 lie, in a note of a store that holds everything.
/// `device` is one that was enrolled without a window; it fetches what it does not have yet.
pub(super) fn key_to_paint(clinic: &Clinic, device: &str) -> Outcome<f64> {
    let laptop = Laptop::new(clinic, device)?;
    laptop.without_window(clinic, |device| device.sync().map(drop))?;
    let window = laptop.window()?;
    window.unlock()?;
    window.click_first("[aria-label='Notes to sign'] [role=option]")?;
    window.write_in("narrative")?;
    window.run(WATCH, json!([]))?;
    let text = WORDS.repeat(TIMES);
    window.keyboard().type_text(&text, PACE_MS)?;
    let typed = text.chars().count();
    window.until_with(
        "every key was painted",
        "return keysPainted.length >= arguments[0]",
        json!([typed]),
    )?;
    let mut times = painted(&window)?.split_off(WARMING);
    window.wait_for_save()?;
    window.close()?;
    Ok(at_share(&mut times, 95))
}

fn painted(window: &Window) -> Outcome<Vec<f64>> {
    let seen = window.run("return keysPainted", json!([]))?;
    let times: Option<Vec<f64>> =
        seen.as_array().map(|times| times.iter().filter_map(Value::as_f64).collect());
    // A time before the key, or long after it, is one of another clock.
    match times {
        Some(times)
            if times.len() > WARMING && times.iter().all(|time| (0.0..PATIENCE_MS).contains(time)) =>
        {
            Ok(times)
        }
        _ => Err(Failure::Said(format!("these are no times from a key to its letter: {seen}"))),
    }
}
