//! Where the pictures are kept.

use crate::access::THEMES;
use crate::window::Window;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The smallest screen that the product is designed for.
const SCREEN: (u32, u32) = (1366, 768);

/// Colours of a picture. Our screens use few; with these nobody sees a difference, and a picture is a third as large.
const COLOURS: &str = "128";

pub(super) struct Album {
    out: PathBuf,
    /// Which screens are wanted; all where there is no name.
    names: Vec<String>,
    known: Vec<String>,
    pictures: usize,
}

impl Album {
    pub(super) fn begin(out: &Path, names: Vec<String>) -> Outcome<Self> {
        std::fs::create_dir_all(out)?;
        Ok(Self { out: out.to_owned(), names, known: Vec::new(), pictures: 0 })
    }

    /// Takes the screen as it is, in both themes.
    pub(super) fn page(&mut self, window: &Window, name: &str) -> Outcome<()> {
        if self.wants(name) {
            for theme in THEMES {
                self.picture(window, &format!("{name}-{theme}"), theme)?;
            }
            // The next screen is reached in the light one, whichever is wanted.
            window.wear("light")?;
        }
        Ok(())
    }

    /// Takes the screen in high contrast.
    pub(super) fn in_high_contrast(&mut self, window: &Window, name: &str) -> Outcome<()> {
        let name = format!("{name}-contrast");
        if !self.wants(&name) {
            return Ok(());
        }
        window.run("document.documentElement.dataset.contrast = 'more'", json!([]))?;
        self.picture(window, &name, "light")?;
        window.run("delete document.documentElement.dataset.contrast", json!([])).map(drop)
    }

    fn wants(&mut self, name: &str) -> bool {
        self.known.push(name.to_owned());
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    fn picture(&mut self, window: &Window, name: &str, theme: &str) -> Outcome<()> {
        window.wear(theme)?;
        settle(window)?;
        stays_within(window, name)?;
        let file = self.out.join(format!("{name}.png"));
        window.picture(&file)?;
        shrink(&file)?;
        self.pictures = self.pictures.saturating_add(1);
        println!("   {name}");
        Ok(())
    }

    /// Says how many pictures there are, or which of the names is no screen's.
    pub(super) fn end(self) -> Outcome<usize> {
        match self.names.iter().find(|name| !self.known.contains(name)) {
            None => Ok(self.pictures),
            Some(name) => {
                let known = self.known.join(", ");
                Err(Failure::Said(format!("no screen is called {name:?}. There are: {known}")))
            }
        }
    }
}

/// Gives the window its size, and takes away what would differ from one picture to the next. The page is lower than the
/// window by the menu, which stands above it.
pub(super) fn frame(window: &Window) -> Outcome<()> {
    window.resize(SCREEN.0, SCREEN.1)?;
    window.until_with(
        "the window has its size",
        "return innerWidth === arguments[0] && innerHeight <= arguments[1] && innerHeight > arguments[1] - 40",
        json!([SCREEN.0, SCREEN.1]),
    )?;
    window.run("document.documentElement.style.caretColor = 'transparent'", json!([])).map(drop)
}

/// Waits until everything that is on its way is there and has been drawn.
fn settle(window: &Window) -> Outcome<()> {
    window.until(
        "the screen has come to rest",
        "return document.fonts.status === 'loaded'
            && document.querySelector('[aria-busy=true], [data-skeleton]') === null
            && document.getAnimations().every((animation) => animation.playState !== 'running')",
    )?;
    // What was clicked last still lies under the pointer, and a picture shows the frame before this one.
    let draw = "
        const done = arguments[arguments.length - 1];
        for (const at of document.querySelectorAll('[data-hovered]')) {
            at.dispatchEvent(new PointerEvent('pointerout', { bubbles: true, pointerType: 'mouse', relatedTarget: document.body }));
        }
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(null), 100)));";
    window.run_later(draw, json!([])).map(drop)
}

/// At this size nothing has to be scrolled sideways.
fn stays_within(window: &Window, name: &str) -> Outcome<()> {
    let body = "
        return [...document.querySelectorAll('*')]
            .filter((at) => at.scrollWidth > at.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(at).overflowX))
            .map((at) => `${at.className}: ${at.scrollWidth} in ${at.clientWidth} px`).join(', ')";
    match window.run(body, json!([]))?.as_str() {
        Some("") => Ok(()),
        wide => Err(Failure::Said(format!("{name} scrolls sideways: {wide:?}"))),
    }
}

fn shrink(file: &Path) -> Outcome<()> {
    let words = ["--force", "--strip", "--speed", "1", "--nofs", "--ext", ".png", COLOURS, "--"];
    let done = Command::new("pngquant").args(words).arg(file).output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(Failure::Said(format!("pngquant could not shrink {}: {said}", file.display())))
}
