//! The tour of the screens: each is brought to rest, in each theme, and shown to whoever came along.

use crate::access::THEMES;
use crate::window::Window;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::json;

/// The smallest screen that the product is designed for.
pub(super) const SCREEN: (u32, u32) = (1366, 768);
/// Half of it, beside another program.
pub(super) const NARROW: (u32, u32) = (683, 768);

/// Looks at a screen that has come to rest, under its name with its theme.
pub type Look<'a> = dyn FnMut(&Window, &str) -> Outcome<()> + 'a;

pub(super) struct Tour<'a> {
    look: &'a mut Look<'a>,
    /// Which screens are wanted; all where there is no name.
    names: Vec<String>,
    known: Vec<String>,
    looks: usize,
}

impl<'a> Tour<'a> {
    pub(super) fn begin(names: Vec<String>, look: &'a mut Look<'a>) -> Self {
        Self { look, names, known: Vec::new(), looks: 0 }
    }

    /// Looks at the screen as it is, in both themes.
    pub(super) fn page(&mut self, window: &Window, name: &str) -> Outcome<()> {
        if self.wants(name) {
            for theme in THEMES {
                self.show(window, &format!("{name}-{theme}"), theme)?;
            }
            // The next screen is reached in the light one, whichever is wanted.
            window.wear("light")?;
        }
        Ok(())
    }

    /// Looks at the screen in high contrast.
    pub(super) fn in_high_contrast(&mut self, window: &Window, name: &str) -> Outcome<()> {
        let name = format!("{name}-contrast");
        if !self.wants(&name) {
            return Ok(());
        }
        window.run("document.documentElement.dataset.contrast = 'more'", json!([]))?;
        self.show(window, &name, "light")?;
        window.run("delete document.documentElement.dataset.contrast", json!([])).map(drop)
    }

    fn wants(&mut self, name: &str) -> bool {
        self.known.push(name.to_owned());
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    fn show(&mut self, window: &Window, name: &str, theme: &str) -> Outcome<()> {
        window.wear(theme)?;
        settle(window)?;
        stays_within(window, name)?;
        self.looks = self.looks.saturating_add(1);
        (self.look)(window, name)
    }

    /// Says how many looks there were, or which of the names is no screen's.
    pub(super) fn end(self) -> Outcome<usize> {
        match self.names.iter().find(|name| !self.known.contains(name)) {
            None => Ok(self.looks),
            Some(name) => {
                let known = self.known.join(", ");
                Err(Failure::Said(format!("no screen is called {name:?}. There are: {known}")))
            }
        }
    }
}

/// Gives the window its size, and takes away what would differ from one picture to the next.
pub(super) fn frame(window: &Window) -> Outcome<()> {
    size(window, SCREEN)?;
    window.run("document.documentElement.style.caretColor = 'transparent'", json!([])).map(drop)
}

/// Gives the window a size. The page is lower by the menu, which stands above it.
pub(super) fn size(window: &Window, (width, height): (u32, u32)) -> Outcome<()> {
    window.resize(width, height)?;
    let has = "return innerWidth === arguments[0] && innerHeight <= arguments[1] && innerHeight > arguments[1] - 40";
    window.until_with("the window has its size", has, json!([width, height])).map(drop)
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
