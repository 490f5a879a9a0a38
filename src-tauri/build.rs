//! Puts the built pages, the window's rights and one linker argument into the program.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let pages = Path::new("../ui/dist");
    println!("cargo:rerun-if-changed={}", pages.display());
    println!("cargo:rerun-if-changed=capabilities");
    if !pages.join("index.html").is_file() {
        eprintln!(
            "The user interface is not built, so there are no pages to put into the window. Build it once with \
             `npm ci && npm run build` in ui/, or let `cargo xtask test` do it."
        );
        return ExitCode::FAILURE;
    }
    if cfg!(target_os = "linux") {
        // Our SQLCipher must stay ours: without this the linker exports its sqlite3_* symbols, because WebKitGTK's
        // libraries name the same ones, and the system's libsqlite3 would run half in our code.
        println!("cargo:rustc-link-arg-bins=-Wl,--exclude-libs,ALL");
    }
    // Only commands named here exist for the window; a capability then has to allow each.
    let commands = tauri_build::AppManifest::new().commands(&["call", "ending", "painted"]);
    match tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why:#}");
            ExitCode::FAILURE
        }
    }
}
