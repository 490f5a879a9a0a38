//! Writes the front end's generated types: `mentalspace-types OUTDIR` (run by `cargo xtask types`).

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else {
        eprintln!("usage: mentalspace-types OUTDIR");
        return ExitCode::from(2);
    };
    let directory = std::path::PathBuf::from(directory);
    let written = std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(directory.join("api.ts"), mentalspace_app::api::typescript::api()));
    if let Err(error) = written {
        eprintln!("The types could not be written to {}: {error}", directory.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
