//! Putting a Debian package together from the programs and the files in `installer/`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{self, ask};
use crate::programs::{self, Profile};
use crate::step::{OrStop as _, Stop, quiet};

/// The packages that there are.
#[derive(Clone, Copy)]
pub(super) enum Deb {
    Desktop,
    Server,
}

impl Deb {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "mentalspace-desktop",
            Self::Server => "mentalspace-server",
        }
    }

    fn source(self) -> PathBuf {
        place::root().join("installer").join(match self {
            Self::Desktop => "desktop",
            Self::Server => "server",
        })
    }

    /// Builds the package into `out`; gives its path.
    pub(super) fn build(self, out: &Path) -> Result<PathBuf, Stop> {
        let tree =
            place::working_directory("deb").or_stop("create a directory for the package")?.join(self.name());
        if tree.exists() {
            fs::remove_dir_all(&tree).or_stop("empty the directory of the package")?;
        }
        let program = tree.join("usr/bin").join(self.name());
        copy(&programs::directory(Profile::Release).join(self.name()), &program, 0o755)?;
        match self {
            Self::Desktop => self.fill_desktop(&tree)?,
            Self::Server => self.fill_server(&tree)?,
        }
        let doc = tree.join("usr/share/doc").join(self.name());
        copy(&place::root().join("installer/README.md"), &doc.join("README.md"), 0o644)?;
        let architecture = told("dpkg", &["--print-architecture"])?;
        self.write_control(&tree, &program, &architecture)?;
        let path = out.join(format!("{}_{}_{architecture}.deb", self.name(), env!("CARGO_PKG_VERSION")));
        // The commit's time for every file: the same commit gives the same package.
        let time = told("git", &["log", "-1", "--format=%ct"])?;
        quiet(
            &format!("Packing {}", self.name()),
            "Is there room on the disk? Then run the same again.",
            Command::new("dpkg-deb")
                .args(["--root-owner-group", "-Zxz", "--build"])
                .arg(&tree)
                .arg(&path)
                .env("SOURCE_DATE_EPOCH", time),
        )?;
        Ok(path)
    }

    fn fill_desktop(self, tree: &Path) -> Result<(), Stop> {
        let entry = "mentalspace-desktop.desktop";
        copy(&self.source().join(entry), &tree.join("usr/share/applications").join(entry), 0o644)?;
        let icons = place::root().join("icons");
        let themed = tree.join("usr/share/icons/hicolor");
        for size in ["16x16", "24x24", "32x32", "48x48", "64x64", "128x128", "256x256", "512x512"] {
            let place = themed.join(size).join("apps/mentalspace-desktop.png");
            copy(&icons.join(format!("{size}.png")), &place, 0o644)?;
        }
        copy(&icons.join("app.svg"), &themed.join("scalable/apps/mentalspace-desktop.svg"), 0o644)
    }

    fn fill_server(self, tree: &Path) -> Result<(), Stop> {
        let source = self.source();
        copy(&source.join("server.toml"), &tree.join("etc/mentalspace/server.toml"), 0o640)?;
        let unit = "mentalspace-server.service";
        copy(&source.join(unit), &tree.join("lib/systemd/system").join(unit), 0o644)?;
        copy(&source.join("conffiles"), &tree.join("DEBIAN/conffiles"), 0o644)?;
        for script in ["postinst", "prerm", "postrm"] {
            copy(&source.join(script), &tree.join("DEBIAN").join(script), 0o755)?;
        }
        Ok(())
    }

    fn write_control(self, tree: &Path, program: &Path, architecture: &str) -> Result<(), Stop> {
        let kilobytes = told("du", &["-sk", "--apparent-size", &tree.display().to_string()])?;
        let kilobytes = kilobytes.split_whitespace().next().unwrap_or("0");
        let template =
            fs::read_to_string(self.source().join("control")).or_stop("read the package's control file")?;
        let control = template
            .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
            .replace("@ARCHITECTURE@", architecture)
            .replace("@SIZE@", kilobytes)
            .replace("@DEPENDS@", &dependencies(program)?);
        write(&tree.join("DEBIAN/control"), &control)
    }
}

/// The packages of the libraries that `program` is linked to, with the versions that its symbols need.
fn dependencies(program: &Path) -> Result<String, Stop> {
    // The tool is made for source packages: it wants their control file beside it.
    let home = place::working_directory("shlibdeps").or_stop("create a directory")?;
    write(&home.join("debian/control"), "Source: mentalspace\n\nPackage: mentalspace\nArchitecture: any\n")?;
    let output = Command::new("dpkg-shlibdeps")
        .args(["-O", "--ignore-missing-info"])
        .arg(format!("-e{}", program.display()))
        .current_dir(&home)
        .output()
        .or_stop("start dpkg-shlibdeps")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.trim().strip_prefix("shlibs:Depends=") {
        Some(depends) if output.status.success() && !depends.is_empty() => Ok(depends.to_owned()),
        _ => Err(Stop::new(
            format!(
                "the libraries of {} were not found: {}",
                program.display(),
                String::from_utf8_lossy(&output.stderr)
            ),
            "Install dpkg-dev and the libraries that are named, then run the same again.",
        )),
    }
}

fn told(program: &str, words: &[&str]) -> Result<String, Stop> {
    ask(program, words)
        .ok_or_else(|| Stop::new(format!("{program} did not answer"), "Run it by hand to see why."))
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<(), Stop> {
    make_parent(to)?;
    fs::copy(from, to).map_err(|why| {
        Stop::new(
            format!("{} could not be copied: {why}", from.display()),
            "Build it, then run the same again.",
        )
    })?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode)).or_stop("set the mode of a packaged file")
}

fn write(path: &Path, text: &str) -> Result<(), Stop> {
    make_parent(path)?;
    fs::write(path, text).or_stop("write a file of the package")
}

/// Directories of a package are readable by everybody, whatever the builder's umask is.
fn make_parent(path: &Path) -> Result<(), Stop> {
    let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|dir| !dir.exists()).collect();
    for dir in missing.into_iter().rev() {
        fs::create_dir(dir).or_stop("create a directory of the package")?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).or_stop("set the mode of a directory")?;
    }
    Ok(())
}
