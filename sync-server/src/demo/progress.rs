//! Progress notes in five formats. All parts are written first and then laid out by format.

use super::course::{Level, Point, Stage};
use super::layout::{Parts, lay_out};
use super::model::{DemoNoteKind, DemoRisk, DemoSection};
use super::pen::Pen;
use super::visitfacts::Story;

/// What the caller knows besides the facts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sitting<'a> {
    /// Text file of the presenting problem.
    pub(super) file: &'a str,
    pub(super) point: &'a Point,
    pub(super) kind: DemoNoteKind,
    /// Another visit is booked.
    pub(super) booked: bool,
    /// Seen every week, as yet.
    pub(super) weekly: bool,
    pub(super) minor: bool,
    /// Writes more than others do.
    pub(super) thorough: bool,
    pub(super) goals: &'a [String],
    /// Number of the note in the chart.
    pub(super) number: usize,
}

/// A written progress note and what it adds to the story.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) sections: Vec<DemoSection>,
    pub(super) goals: Vec<usize>,
    pub(super) risk: DemoRisk,
    pub(super) story: Story,
}

pub(super) fn write(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &Story) -> Progress {
    let mut story = story.clone();
    let mut parts = Parts::default();
    let goals = goals(pen, sitting, &mut parts);
    opening(pen, sitting, &mut parts);
    let review = review_homework(pen, sitting, &mut story);
    let review_in_account = pen.dice.chance(55);
    reports(pen, sitting, &mut story, &mut parts);
    presence(pen, sitting, &story, &mut parts);
    work_and_response(pen, sitting, &mut parts);
    assessment(pen, sitting, &mut parts);
    plan(pen, sitting, &mut parts);
    match review {
        Some(text) if review_in_account => parts.opening.push(text),
        Some(text) => parts.homework.push(text),
        None => {}
    }
    assign_homework(pen, sitting, &mut story, &mut parts);
    mental_status(pen, sitting.point.level(), &mut parts);
    let risk = risk(pen, sitting, &story, &mut parts);
    next_session(pen, sitting, &mut parts);
    Progress { sections: lay_out(sitting.kind, parts, &goals, pen), goals, risk, story }
}

fn pick_heading(level: Level, headings: [&'static str; 3]) -> &'static str {
    match level {
        Level::Heavy => headings[0],
        Level::Mid => headings[1],
        Level::Well => headings[2],
    }
}

fn goals(pen: &mut Pen<'_>, sitting: Sitting<'_>, parts: &mut Parts) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..sitting.goals.len()).collect();
    pen.dice.shuffle(&mut numbers);
    numbers.truncate(if pen.dice.chance(28) { 2 } else { 1 });
    numbers.sort_unstable();
    let progress = match sitting.point.stage {
        Stage::Early if sitting.point.severity > 55 => "progress none",
        Stage::Setback => "progress bad",
        Stage::Late | Stage::Ending => "progress good",
        _ => "progress some",
    };
    for number in &numbers {
        let goal = &sitting.goals[*number];
        pen.facts.set("goalno", (number + 1).to_string());
        pen.facts.set("goal", goal.clone());
        pen.facts.set("goallower", super::bank::lower_first(goal));
        if let Some(text) = pen.stock(progress) {
            pen.facts.set("progress", super::bank::lower_first(&text));
        }
        parts.goals.extend(pen.stock("goals wrap"));
    }
    numbers
}

fn opening(pen: &mut Pen<'_>, sitting: Sitting<'_>, parts: &mut Parts) {
    // On the telephone nothing is seen, so that the setting is all there is to put down.
    let share = if pen.facts.has_flag("phone") { 100 } else { 55 };
    parts.setting.extend(pen.maybe(share, &[("common", "presence video")]));
    if sitting.minor {
        parts.setting.extend(pen.maybe(40, &[("common", "presence guardian")]));
    }
    let gap = pen.facts.get("gap").is_some();
    if gap {
        parts.opening.extend(pen.maybe(85, &[("common", "opener gap")]));
    } else if pen.facts.get("missed").is_some() {
        parts.opening.extend(pen.maybe(80, &[("common", "opener missed")]));
    } else if pen.dice.chance(14) {
        parts.opening.extend(pen.say(&[("common", "opener season")]));
    }
}

fn review_homework(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &mut Story) -> Option<String> {
    let (line, task) = story.homework.take()?;
    let texts: Vec<&str> = line.split(" || ").collect();
    let (done, partly) = match sitting.point.stage {
        Stage::Setback => (20, 40),
        Stage::Early => (45, 35),
        Stage::Late | Stage::Ending => (75, 20),
        _ => (55, 30),
    };
    let roll = pen.dice.below(100);
    let outcome = if roll < done {
        texts.get(1)
    } else if roll < done + partly {
        texts.get(2)
    } else {
        texts.get(3)
    };
    let review = pen.facts.sentence(outcome?, &mut pen.dice)?;
    // A short answer says nothing without its question.
    let named = review.len() < 62 || pen.dice.chance(30);
    pen.facts.set("hwreview", review);
    pen.facts.set("oldhw", task);
    pen.stock(if named { "hw review named" } else { "hw review" })
}

fn reports(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &mut Story, parts: &mut Parts) {
    let file = sitting.file;
    let stage = sitting.point.stage;
    if stage == Stage::Ending {
        parts.reports.extend(pen.say(&[("common", "ending report")]));
    }
    let pools: Vec<(&str, &str)> = match stage {
        Stage::Early => vec![(file, "report early")],
        Stage::Setback => vec![(file, "report setback")],
        Stage::Late | Stage::Ending => vec![(file, "report late")],
        Stage::Mid if sitting.number < 7 && sitting.point.severity > 50 => {
            vec![(file, "report mid"), (file, "report early")]
        }
        Stage::Mid | Stage::Plateau => vec![(file, "report mid")],
    };
    let count = if stage == Stage::Setback { 1 } else { 1 + usize::from(pen.dice.chance(75)) };
    if pen.facts.has_flag("conjoint") {
        parts.reports.extend(pen.say_flagged("conjoint", &pools));
        parts.reports.extend(pen.say_some(&pools, count - 1));
    } else {
        parts.reports.extend(pen.say_some(&pools, count));
    }
    if stage == Stage::Setback && pen.dice.chance(45) {
        parts.reports.extend(pen.say(&[(file, "report mid")]));
    }
    if stage != Stage::Ending {
        parts.reports.extend(event(pen, sitting, story));
    }
    let function = pick_heading(sitting.point.level(), ["function heavy", "function mid", "function well"]);
    parts.reports.extend(pen.maybe(if sitting.thorough { 85 } else { 70 }, &[("common", function)]));
    let struggling = sitting.point.level() == Level::Heavy || stage == Stage::Setback;
    let coping = if struggling { "coping poor" } else { "coping good" };
    parts.reports.extend(pen.maybe(28, &[("common", coping)]));
    if parts.reports.is_empty() {
        parts.reports.extend(pen.stock(function));
    }
}

/// The next beat of the story under way, the first of a new one, or a small event of the week.
fn event(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &mut Story) -> Option<String> {
    if let Some((line, beat, due)) = story.thread {
        if sitting.number < due {
            return None;
        }
        let beats: Vec<&str> = line.split(" || ").collect();
        let wait = pen.dice.between(2, 4) as usize;
        story.thread = (beat + 1 < beats.len()).then_some((line, beat + 1, sitting.number + wait));
        return pen.facts.sentence(beats.get(beat)?, &mut pen.dice);
    }
    if sitting.number > 1 && pen.dice.chance(26) {
        let line = pen.line(&[(sitting.file, "event"), ("events", "event")])?;
        let first = line.split(" || ").next()?;
        let wait = pen.dice.between(1, 3) as usize;
        story.thread = line.contains(" || ").then_some((line, 1, sitting.number + wait));
        return pen.facts.sentence(first, &mut pen.dice);
    }
    pen.maybe(20, &[("events", "event wide")])
}

fn presence(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &Story, parts: &mut Parts) {
    let heading = pick_heading(sitting.point.level(), ["presence heavy", "presence mid", "presence well"]);
    let count = 1 + usize::from(pen.dice.chance(if sitting.thorough { 45 } else { 15 }));
    if !pen.facts.has_flag("phone") {
        parts.presence.extend(pen.say_some(&[("common", heading)], count));
    }
    if let Some(items) = &sitting.point.measure {
        let total: i32 = items.iter().map(|item| i32::from(*item)).sum();
        let heading = match story.measure {
            None => "measure first",
            Some((old, _)) if total + 2 < old => "measure down",
            Some((old, _)) if total > old + 2 => "measure up",
            Some(_) => "measure same",
        };
        parts.measure.extend(pen.stock(heading));
    }
}

fn work_and_response(pen: &mut Pen<'_>, sitting: Sitting<'_>, parts: &mut Parts) {
    let file = sitting.file;
    let stage = sitting.point.stage;
    let pools: Vec<(&str, &str)> = match stage {
        Stage::Early => vec![(file, "work early")],
        Stage::Mid if sitting.number < 7 => vec![(file, "work mid"), (file, "work early")],
        Stage::Mid | Stage::Plateau => vec![(file, "work mid")],
        Stage::Setback => vec![(file, "work setback")],
        Stage::Late => vec![(file, "work late"), (file, "work mid")],
        Stage::Ending => vec![("common", "ending work")],
    };
    parts.work.extend(if pen.facts.has_flag("conjoint") {
        pen.say_flagged("conjoint", &pools)
    } else {
        pen.say(&pools)
    });
    if pen.dice.chance(if sitting.thorough { 70 } else { 45 }) {
        let more = if stage == Stage::Setback { vec![(file, "work mid")] } else { pools };
        parts.work.extend(pen.say(&more));
    }
    let share = match parts.work.len() {
        _ if stage == Stage::Ending => 0,
        0 | 1 => 75,
        _ => 30,
    };
    parts.work.extend(pen.maybe(share, &[("common", "work any"), ("common", "work video")]));

    let hard = match stage {
        Stage::Early => 28,
        Stage::Setback => 45,
        Stage::Plateau => 40,
        Stage::Mid => 20,
        Stage::Late => 2,
        Stage::Ending => 0,
    };
    let pools = if stage == Stage::Ending {
        [("common", "ending response"), ("common", "ending response")]
    } else if pen.dice.chance(hard) {
        [(file, "response hard"), ("common", "response any hard")]
    } else {
        [(file, "response good"), ("common", "response any good")]
    };
    let count = 1 + usize::from(pen.dice.chance(if sitting.thorough { 50 } else { 32 }));
    // A response to what was just done, where the text has one; else to the session as a whole.
    parts.response.extend(if pen.dice.chance(80) {
        pen.say_flagged("now:", &pools)
    } else if pen.facts.has_flag("conjoint") {
        pen.say_flagged("conjoint", &pools)
    } else {
        pen.say(&pools)
    });
    parts.response.extend(pen.say_some(&pools, count - 1));
    if parts.response.is_empty() {
        parts.response.extend(pen.stock("response any good"));
    }
    if parts.work.is_empty() {
        parts.work.extend(pen.stock("work any"));
    }
}

fn assessment(pen: &mut Pen<'_>, sitting: Sitting<'_>, parts: &mut Parts) {
    let file = sitting.file;
    let (own, any, own_share, any_share) = match sitting.point.stage {
        Stage::Early => ("assess early", "assess any good", 100, 40),
        Stage::Setback => ("assess setback", "assess any bad", 100, 55),
        // Praise for progress beside the remark that there is none would cancel each other.
        Stage::Plateau => ("assess mid", "assess any flat", 35, 80),
        Stage::Mid => ("assess mid", "assess any good", 90, 55),
        Stage::Late => ("assess late", "assess any good", 90, 55),
        Stage::Ending => ("assess late", "ending assess", 100, 100),
    };
    parts.assessment.extend(pen.maybe(own_share, &[(file, own)]));
    let wanted = if parts.assessment.is_empty() { 100 } else { any_share };
    parts.assessment.extend(pen.maybe(wanted, &[("common", any)]));
    if parts.assessment.is_empty() {
        parts.assessment.extend(pen.stock(any));
    }
}

fn plan(pen: &mut Pen<'_>, sitting: Sitting<'_>, parts: &mut Parts) {
    let frequency = match sitting.point.stage {
        Stage::Ending => "plan ending",
        _ if sitting.point.passive => "plan passive",
        _ if sitting.weekly => "plan weekly",
        Stage::Late if pen.dice.chance(30) => "plan taper",
        _ => "plan biweekly",
    };
    parts.plan.extend(pen.stock(frequency));
    if sitting.point.stage == Stage::Ending {
        return;
    }
    let focus = pen.say(&[(sitting.file, "next")]);
    if let Some(focus) = focus {
        let keyword = focus.len() < 52;
        pen.facts.set("nextfocus", super::bank::lower_first(&focus));
        parts.plan.extend(if keyword { pen.stock("focus wrap") } else { Some(focus) });
    }
    parts.plan.extend(pen.maybe(40, &[("common", "plan care")]));
}

fn assign_homework(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &mut Story, parts: &mut Parts) {
    if sitting.point.stage == Stage::Ending {
        parts.homework.extend(pen.stock("hw ended"));
        return;
    }
    if pen.dice.chance(9) {
        parts.homework.extend(pen.stock("hw none"));
        return;
    }
    let Some(line) = pen.line(&[(sitting.file, "hw"), (sitting.file, "hw"), ("common", "hw")]) else {
        return;
    };
    let Some(task) = line.split(" || ").next().and_then(|text| pen.facts.fill(text, &mut pen.dice)) else {
        return;
    };
    pen.facts.set("hw", task.clone());
    parts.homework.extend(pen.stock("hw assign"));
    story.homework = Some((line, task));
}

fn mental_status(pen: &mut Pen<'_>, level: Level, parts: &mut Parts) {
    let mood = pick_heading(level, ["mood heavy", "mood mid", "mood well"]);
    if let Some(word) = pen.stock(mood) {
        pen.facts.set("mood", word);
    }
    if pen.dice.chance(35) {
        let stock = pick_heading(level, ["mse heavy", "mse mid", "mse well"]);
        parts.mental_status.extend(pen.say(&[("common", stock)]));
        if !parts.mental_status.is_empty() {
            return;
        }
    }
    let behavior = if level == Level::Heavy { "mse behavior heavy" } else { "mse behavior" };
    let affect = pick_heading(level, ["mse affect heavy", "mse affect mid", "mse affect well"]);
    let mut pieces = Vec::new();
    for (chance, heading) in [
        (90, behavior),
        (45, "mse speech"),
        (100, affect),
        (90, "mse thought"),
        (35, "mse oriented"),
        (75, "mse insight"),
    ] {
        if pen.dice.chance(chance)
            && let Some(piece) = pen.stock(heading)
        {
            pieces.push(if pieces.is_empty() { piece } else { super::bank::lower_first(&piece) });
        }
    }
    parts.mental_status.push(format!("{}.", pieces.join("; ")));
}

fn risk(pen: &mut Pen<'_>, sitting: Sitting<'_>, story: &Story, parts: &mut Parts) -> DemoRisk {
    if sitting.point.passive {
        parts.risk.extend(pen.stock("risk passive"));
        return DemoRisk::Moderate;
    }
    let recent = story.passive.is_some_and(|(_, since)| since <= 5);
    let pools: &[(&str, &str)] = if recent {
        &[("common", "risk after")]
    } else if sitting.minor {
        &[("common", "risk none minor"), ("common", "risk none")]
    } else if pen.facts.has_flag("riskpast") && pen.dice.chance(40) {
        &[("common", "risk past")]
    } else {
        &[("common", "risk none")]
    };
    parts.risk.extend(pen.say(pools));
    if parts.risk.is_empty() {
        parts.risk.extend(pen.stock("risk none"));
    }
    let extra = !recent && story.passive.is_none();
    if extra {
        parts.risk.extend(pen.maybe(38, &[("common", "risk extra")]));
    }
    DemoRisk::Low
}

fn next_session(pen: &mut Pen<'_>, sitting: Sitting<'_>, parts: &mut Parts) {
    let heading = match sitting.point.stage {
        Stage::Ending => "next session closed",
        _ if sitting.booked => "next session",
        _ => "next session none",
    };
    parts.next.extend(pen.stock(heading));
}
