//! In the user interface, only `backend/` speaks to the shell, and what features share knows no feature.

#![cfg(test)]

use std::fs;
use std::path::{Component, Path, PathBuf};

/// A source file of the user interface: its path below `ui/src`, and its text.
struct Source {
    path: PathBuf,
    text: String,
}

fn source(path: &str, text: &str) -> Source {
    Source { path: PathBuf::from(path), text: text.to_owned() }
}

/// What a file may not import, in words.
fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, text } in sources {
        for module in imports(text) {
            let to_shell = module.starts_with("@tauri-apps");
            let to_feature = resolve(path, module).starts_with("features");
            if to_shell && !path.starts_with("backend") {
                found.push(format!("{} imports {module}: only backend/ speaks to the shell", path.display()));
            }
            if to_feature && path.starts_with("shared") {
                found.push(format!("{} imports {module}: shared/ knows no feature", path.display()));
            }
        }
    }
    found
}

/// The modules that a TypeScript file names: `from '…'`, `import '…'`, `import('…')`, `require('…')`, in any quotes.
/// A comment that reads like an import counts too: better a reworded comment than a missed import.
fn imports(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in ["from", "import", "require"] {
        for (at, _) in text.match_indices(word) {
            let whole = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
            let rest = text[at + word.len()..].trim_start();
            let rest = rest.strip_prefix('(').map_or(rest, str::trim_start);
            let quoted = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"' | '`'));
            if let (true, Some(quote)) = (whole, quoted) {
                found.extend(rest[1..].split(quote).next());
            }
        }
    }
    found
}

/// The path below `ui/src` that `module` means when `from` imports it; a package outside keeps its own name.
fn resolve(from: &Path, module: &str) -> PathBuf {
    let from_source = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/")).or_else(|| {
        let below = module.strip_prefix("/src/");
        below.or_else(|| module.strip_prefix("src/"))
    });
    let joined = match from_source {
        Some(below) => PathBuf::from(below),
        None if module.starts_with('.') => from.parent().unwrap_or(Path::new("")).join(module),
        None => return PathBuf::from("node_modules").join(module),
    };
    let mut plain = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn read(dir: &Path, root: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(dir).expect("ui/src can be listed") {
        let path = entry.expect("ui/src can be listed").path();
        if path.is_dir() {
            read(&path, root, sources);
        } else if path
            .extension()
            .is_some_and(|kind| ["ts", "tsx", "js", "jsx", "mts"].iter().any(|ours| kind == *ours))
        {
            let text = fs::read_to_string(&path).expect("a source file is text");
            sources.push(Source { path: path.strip_prefix(root).expect("below ui/src").to_path_buf(), text });
        }
    }
}

#[test]
fn only_backend_speaks_to_the_shell_and_shared_knows_no_feature() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").join("ui/src");
    let mut sources = Vec::new();
    read(&root, &root, &mut sources);
    let any = |part: &str| sources.iter().any(|source| source.path.starts_with(part));
    assert!(any("shared") && any("app"), "the reading finds the user interface at all");
    assert!(
        sources.iter().any(|source| !imports(&source.text).is_empty()),
        "the reading finds imports at all"
    );
    assert_eq!(violations(&sources), Vec::<String>::new());
}

/// The control: the same function refuses each way around the rule.
#[test]
fn fabricated_imports_are_refused() {
    for (path, text) in [
        ("features/notes/api.ts", "import { invoke } from '@tauri-apps/api/core';"),
        ("app/Shell.tsx", "import \"@tauri-apps/plugin-shell\";"),
        ("app/main.tsx", "const core = await import( `@tauri-apps/api/core` );"),
        ("shared/ui/Button.tsx", "export { Note } from '../../features/notes/model';"),
        ("shared/ui/Button.tsx", "import type {\n  Note,\n} from '@/features/notes/model';"),
        ("shared/format/date.ts", "import '../ui/../../features/today/Today.module.css'"),
    ] {
        assert_eq!(violations(&[source(path, text)]).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("backend/commands.ts", "import { invoke } from '@tauri-apps/api/core';"),
        ("features/notes/NoteEditor.tsx", "import { api } from '../today/api';"),
        ("shared/ui/Button.tsx", "import { tokens } from './features';"),
        ("shared/ui/Button.tsx", "const transform = 'features/notes';"),
    ] {
        assert_eq!(violations(&[source(path, text)]), Vec::<String>::new(), "{path}: {text}");
    }
}
