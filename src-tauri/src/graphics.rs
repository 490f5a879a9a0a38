//! Windows that stay blank: WebKitGTK's buffers and NVIDIA's driver do not get along.

/// Draws without them where that is wanted, or where the driver is found and the user has not decided otherwise. The
/// setting is an environment variable that WebKit's processes inherit, so this program starts itself anew with it.
#[cfg(target_os = "linux")]
pub(crate) fn settle(wanted: bool) {
    use std::os::unix::process::CommandExt as _;
    const SETTING: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    let decided = std::env::var_os(SETTING).is_some();
    if !needs_restart(wanted, decided, std::path::Path::new("/proc/driver/nvidia/version").exists()) {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let why = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SETTING, "1").exec();
    // Only reached when the new start failed; a window that may be blank is better than none.
    eprintln!("mentalspace-desktop: safe graphics could not be set ({why})");
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn settle(_: bool) {}

#[cfg(target_os = "linux")]
const fn needs_restart(wanted: bool, decided: bool, nvidia: bool) -> bool {
    !decided && (wanted || nvidia)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::needs_restart;

    #[test]
    fn what_the_user_decided_stands_and_nothing_restarts_for_ever() {
        assert!(needs_restart(true, false, false) && needs_restart(false, false, true));
        assert!(!needs_restart(false, false, false));
        assert!(!needs_restart(true, true, true), "after the restart the variable is there");
    }
}
