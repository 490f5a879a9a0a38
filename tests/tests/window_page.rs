//! What the page may not do, however it was tricked: reach a network, keep anything, run foreign script, or ask the shell
//! for more than the application's calls.
#![cfg(test)]

use mentalspace_tests::charts::{THERAPIST, begin_chart, clinic};
use mentalspace_tests::laptop::Laptop;
use mentalspace_tests::window::Window;
use serde_json::{Value, json};

/// Commands of the shell's own and of plugins that such programs often have.
const FORBIDDEN: [&str; 22] = [
    "plugin:app|version",
    "plugin:app|exit",
    "plugin:event|emit",
    "plugin:event|emit_to",
    "plugin:fs|read_text_file",
    "plugin:fs|write_file",
    "plugin:http|fetch",
    "plugin:image|from_path",
    "plugin:menu|new",
    "plugin:path|resolve_directory",
    "plugin:process|exit",
    "plugin:resources|close",
    "plugin:shell|execute",
    "plugin:sql|load",
    "plugin:tray|new",
    "plugin:updater|check",
    "plugin:webview|create_webview_window",
    "plugin:webview|internal_toggle_devtools",
    "plugin:webview|set_webview_zoom",
    "plugin:window|close",
    "plugin:window|set_title",
    "plugin:window-state|save_window_state",
];

fn invoke(window: &Window, command: &str, arguments: &Value) -> Result<Value, String> {
    let body = "
        const [command, given, done] = arguments;
        window.__TAURI_INTERNALS__.invoke(command, given).then((ok) => done({ ok }), (error) => done({ error: JSON.stringify(error) }));";
    let said = window.run_later(body, json!([command, arguments])).unwrap();
    said["error"].as_str().map_or_else(|| Ok(said["ok"].clone()), |error| Err(error.to_owned()))
}

#[test]
fn window_page_is_shut_in() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let window = laptop.window().unwrap();

    for command in FORBIDDEN {
        let refused = invoke(&window, command, &json!({})).expect_err(command);
        assert!(refused.contains("not allowed") || refused.contains("not found"), "{command}: {refused}");
    }
    assert!(
        invoke(&window, "call", &json!({ "name": "profile", "input": {} })).is_ok(),
        "the application answers"
    );
    let unknown =
        invoke(&window, "call", &json!({ "name": "read_file", "input": { "path": "/etc/passwd" } }));
    assert!(unknown.unwrap_err().contains("malformed"));

    for address in ["https://example.org/", "http://127.0.0.1:1/", "file:///etc/passwd", "data:text/plain,x"]
    {
        let fetched = "const [address, done] = arguments; fetch(address).then(() => done('went out'), () => done('refused'))";
        assert_eq!(window.run_later(fetched, json!([address])).unwrap(), "refused", "{address}");
    }
    let pictured = "
        const done = arguments[arguments.length - 1];
        document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective), { once: true });
        const picture = new Image();
        picture.onload = () => done('loaded');
        picture.src = 'https://example.org/x.png';";
    assert_eq!(window.run_later(pictured, json!([])).unwrap(), "img-src");

    let scripted = "
        window.ran = [];
        for (const make of [
            () => { const element = document.createElement('script'); element.textContent = 'ran.push(\"inline\")'; document.body.append(element); },
            () => { const element = document.createElement('div'); element.innerHTML = '<img src=x onerror=\"ran.push(1)\">'; document.body.append(element); },
            () => { const element = document.createElement('a'); element.href = 'javascript:ran.push(\"link\")'; document.body.append(element); element.click(); },
            () => (0, eval)('ran.push(\"eval\")'),
            () => new Function('ran.push(\"function\")')(),
            () => { setTimeout('ran.push(\"timer\")', 0); },
        ]) { try { make(); } catch {} }
        const done = arguments[arguments.length - 1];
        setTimeout(() => done(window.ran), 300);";
    assert_eq!(window.run_later(scripted, json!([])).unwrap(), json!([]), "no foreign script runs");

    let kept = "
        const kept = [];
        try { localStorage.setItem('a', 'b'); if (localStorage.getItem('a')) kept.push('localStorage'); } catch {}
        try { document.cookie = 'a=b'; if (document.cookie) kept.push('cookie'); } catch {}
        return kept;";
    assert_eq!(window.run(kept, json!([])).unwrap(), json!([]), "nothing is kept");
    let loose = "return [typeof window.__TAURI__, Object.isFrozen(Object.prototype)]";
    assert_eq!(window.run(loose, json!([])).unwrap(), json!(["undefined", true]));
    assert_eq!(window.run("return document.title", json!([])).unwrap(), "MentalSpace");
}

/// Things that people could type or import, and that some page somewhere has run.
const PAYLOADS: [&str; 6] = [
    "<img src=x onerror=\"window.pwned=1\">",
    "<script>window.pwned=1</script>",
    "<svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "\"><iframe srcdoc=\"<script>parent.pwned=1</script>\">",
    "{{constructor.constructor('window.pwned=1')()}}",
];

#[test]
fn window_shows_hostile_names_and_notes_as_words() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    laptop
        .without_window(&clinic, |device| {
            let chart = begin_chart(device)?;
            for payload in PAYLOADS {
                let facts = json!({"given_name": payload, "family_name": "Alder"});
                device.must(&json!({"command": "client_create", "facts": facts}))?;
                device.must(&json!({
                    "command": "note_create", "client_id": chart.client, "format": "narrative",
                    "sections": {"narrative": payload},
                }))?;
            }
            device.sync()
        })
        .unwrap();
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    window.sees("Wren Alder").unwrap();
    window.press("ctrl+2").unwrap();
    for payload in PAYLOADS {
        window.sees(payload).unwrap();
    }
    assert_eq!(window.run("return typeof window.pwned", json!([])).unwrap(), "undefined");
}
