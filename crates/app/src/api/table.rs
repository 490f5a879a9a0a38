//! The table of calls: name, types, cache tags. One line here is one call everywhere.

/// A call as the front end sees it.
#[derive(Clone, Copy, Debug)]
pub struct CallSpec {
    /// Its name.
    pub name: &'static str,
    /// TypeScript name of its input.
    pub input: fn() -> String,
    /// TypeScript name of its output.
    pub output: fn() -> String,
    /// Cache tags that its answer provides.
    pub provides: &'static [&'static str],
    /// Cache tags that it invalidates.
    pub invalidates: &'static [&'static str],
    /// Whether it works while the device is locked.
    pub while_locked: bool,
}

/// Cache tags.
pub const TAGS: &[&str] = &[
    "profile",
    "status",
    "clients",
    "chart",
    "agenda",
    "notes",
    "note",
    "search",
    "journal",
    "settings",
    "devices",
    "users",
    "quarantine",
];

/// Everything: after unlocking or locking nothing of before is good.
pub const EVERYTHING: &[&str] = TAGS;
