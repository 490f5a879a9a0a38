use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;

fn is_alive(id: u32) -> bool {
    // A zombie still has an entry. Its command line would tell it too, but that is empty for a moment in every exec.
    let status = fs::read_to_string(format!("/proc/{id}/stat"));
    status.is_ok_and(|status| {
        let state = status.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        !matches!(state, None | Some('Z' | 'X'))
    })
}

fn until(mut what: impl FnMut() -> bool) -> bool {
    let give_up = Instant::now() + Duration::from_secs(20);
    while Instant::now() < give_up {
        if what() {
            return true;
        }
        thread::yield_now();
    }
    false
}

#[test]
fn a_line_program_answers_each_command_once() {
    let mut echo = LineProgram::start(Path::new("cat"), &[], &[]).unwrap();
    assert_eq!(echo.ask(&json!({"do": "unlock"})).unwrap(), json!({"do": "unlock"}));
    assert_eq!(echo.ask(&json!({"do": "quit"})).unwrap(), json!({"do": "quit"}));
    assert!(echo.finish().unwrap().success());
}

#[test]
fn a_program_that_ends_without_an_answer_is_reported() {
    let mut silent = LineProgram::start(Path::new("true"), &[], &[]).unwrap();
    let failure = silent.answer(Duration::from_secs(20)).unwrap_err();
    assert!(failure.to_string().contains("ended without an answer"), "{failure}");
}

#[test]
fn kill_9_takes_the_whole_group() {
    let mut family = OwnedProcess::spawn(
        Command::new("sh").args(["-c", "sleep 1000 & echo $!; wait"]).stdout(Stdio::piped()),
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(family.take_stdout().unwrap()).read_line(&mut line).unwrap();
    let grandchild: u32 = line.trim().parse().unwrap();
    assert!(is_alive(grandchild), "the control: the grandchild must run before it can be killed");
    family.kill_9().unwrap();
    assert!(until(|| !is_alive(grandchild)), "a helper of the killed program must not live on");
}

/// Not a test: the parent that the next test kills.
#[test]
#[ignore = "run as a child by a_childs_group_dies_with_a_parent_that_is_killed"]
fn parent_that_waits_to_be_killed() {
    let mut child = OwnedProcess::spawn(Command::new("sleep").arg("1000")).unwrap();
    println!("\nchild={}", child.id());
    child.wait().unwrap();
}

#[test]
fn a_childs_group_dies_with_a_parent_that_is_killed() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "process::tests::parent_that_waits_to_be_killed"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let child = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("child=").and_then(|id| id.parse::<u32>().ok()))
        .expect("the parent names its child");
    assert!(is_alive(child), "the control: the child must run before its parent is killed");
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(
        until(|| !is_alive(child)),
        "no destructor runs in a killed parent; the guard has to end the child"
    );
}

#[test]
fn a_guard_works_when_dropped_and_not_when_dismissed() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let work = ": > \"$1\"";
    Guard::set(work, &[&mark.display().to_string()]).unwrap().dismiss();
    assert!(!mark.exists(), "a dismissed guard does nothing");
    drop(Guard::set(work, &[&mark.display().to_string()]).unwrap());
    assert!(mark.exists(), "a dropped guard has done its work when the drop returns");
}
