//! The window's menu. Editing has no accelerators of ours: the web view's own keys work in every text field, input
//! methods included, and a menu must not stand between them.

use crate::announcements::{self, tell};
use crate::window::{self, Edit};
use crate::zoom::{self, Turn};
use crate::{TITLE, locking};
use serde_json::json;
use tauri::menu::{AboutMetadataBuilder, Menu, MenuBuilder, SubmenuBuilder};
use tauri::menu::{MenuItem, PredefinedMenuItem};
use tauri::{AppHandle, Wry};

const SYNC: &str = "sync";
const LOCK: &str = "lock";
const QUIT: &str = "quit";
const ZOOM_IN: &str = "zoom-in";
const ZOOM_OUT: &str = "zoom-out";
const ZOOM_RESET: &str = "zoom-reset";
const FULL_SCREEN: &str = "full-screen";

/// Something that the pages do: the deed's name there, the words, the keys.
struct Deed(&'static str, &'static str, Option<&'static str>);

const NEW_CLIENT: Deed = Deed("new-client", "&New client…", None);
const FIND: Deed = Deed("find", "&Find…", Some("CmdOrCtrl+K"));
const KEYS: Deed = Deed("keys", "&Keys", Some("CmdOrCtrl+/"));
const SECTIONS: [Deed; 5] = [
    Deed("/today", "&Today", Some("CmdOrCtrl+1")),
    Deed("/caseload", "&Caseload", Some("CmdOrCtrl+2")),
    Deed("/calendar", "C&alendar", Some("CmdOrCtrl+3")),
    Deed("/activity", "Acti&vity", Some("CmdOrCtrl+4")),
    Deed("/settings", "&Settings", Some("CmdOrCtrl+5")),
];

/// What sets the identifiers of deeds apart from the menu's own.
const DEED: &str = "deed:";

/// The menu, from left to right.
pub(crate) fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    let item = |id: &str, words: &str, keys: Option<&str>| MenuItem::with_id(app, id, words, true, keys);
    let deed = |Deed(name, words, keys): &Deed| item(&format!("{DEED}{name}"), words, *keys);
    let file = SubmenuBuilder::new(app, "&File")
        .item(&deed(&NEW_CLIENT)?)
        .item(&item(SYNC, "&Sync now", Some("F9"))?)
        .separator()
        .item(&item(LOCK, "&Lock", Some("CmdOrCtrl+L"))?)
        .item(&item(QUIT, "&Quit", Some("CmdOrCtrl+Q"))?)
        .build()?;
    let mut go = SubmenuBuilder::new(app, "&Go").item(&deed(&FIND)?).separator();
    for section in &SECTIONS {
        go = go.item(&deed(section)?);
    }
    let go = go.build()?;
    let view = SubmenuBuilder::new(app, "&View")
        .item(&item(ZOOM_IN, "Zoom &in", Some("CmdOrCtrl+="))?)
        .item(&item(ZOOM_OUT, "Zoom &out", Some("CmdOrCtrl+-"))?)
        .item(&item(ZOOM_RESET, "&Actual size", Some("CmdOrCtrl+0"))?)
        .separator()
        .item(&item(FULL_SCREEN, "&Full screen", Some("F11"))?)
        .build()?;
    let about = AboutMetadataBuilder::new()
        .name(Some(TITLE))
        .version(Some(env!("CARGO_PKG_VERSION")))
        .comments(Some("Charts, notes and appointments of your practice"))
        .build();
    let help = SubmenuBuilder::new(app, "&Help")
        .item(&deed(&KEYS)?)
        .item(&PredefinedMenuItem::about(app, Some("&About MentalSpace"), Some(about))?)
        .build()?;
    MenuBuilder::new(app).items(&[&file, &edit(app)?, &view, &go, &help]).build()
}

/// macOS gives its keys to the text fields only through its own items; elsewhere the web view is told itself.
#[cfg(target_os = "macos")]
fn edit(app: &AppHandle) -> tauri::Result<tauri::menu::Submenu<Wry>> {
    SubmenuBuilder::new(app, "Edit").undo().redo().separator().cut().copy().paste().select_all().build()
}

#[cfg(not(target_os = "macos"))]
fn edit(app: &AppHandle) -> tauri::Result<tauri::menu::Submenu<Wry>> {
    let mut menu = SubmenuBuilder::new(app, "&Edit");
    for edit in Edit::ALL {
        menu = menu.item(&MenuItem::with_id(app, edit.id(), edit.words(), true, None::<&str>)?);
        if edit == Edit::Redo {
            menu = menu.separator();
        }
    }
    menu.build()
}

/// Does what the item `id` says.
pub(crate) fn act(app: &AppHandle, id: &str) {
    match id {
        // What comes of it is in the status, which the window is told about by itself.
        SYNC => crate::desktop(app).sync_soon(),
        LOCK => locking::lock(app),
        QUIT => locking::close(app),
        ZOOM_IN => zoom::turn(app, Turn::In),
        ZOOM_OUT => zoom::turn(app, Turn::Out),
        ZOOM_RESET => zoom::turn(app, Turn::Reset),
        FULL_SCREEN => window::toggle_full_screen(app),
        other => {
            if let Some(deed) = other.strip_prefix(DEED) {
                // The pages decide whether it may be now: not while the device is locked or a question is open.
                tell(app, announcements::DEED, json!({ "deed": deed }));
            } else if let Some(edit) = Edit::ALL.into_iter().find(|edit| edit.id() == other) {
                window::edit(app, edit);
            }
        }
    }
}
