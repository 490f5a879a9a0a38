//! Staff, and the identity side of clients: addresses, relatives, insurance.

use chrono::Weekday;

use super::bank::{Bank, Line};
use super::between::{Correspondent, Party};
use super::calendar::OfficeHours;
use super::model::{
    DemoAddress, DemoClient, DemoContact, DemoInsurance, DemoNoteKind, DemoRole, DemoUser, UserIndex,
};
use super::persona::{Persona, Voice};
use super::random::Dice;

/// Position of the supervisor among the users.
pub(super) const SUPERVISOR: UserIndex = UserIndex(2);
/// Position of the first clinician; the others follow.
pub(super) const FIRST_CLINICIAN: usize = 3;
/// Number of clinicians.
pub(super) const CLINICIANS: usize = 4;
/// The clinician whose notes are co-signed.
pub(super) const SUPERVISEE: UserIndex = UserIndex(6);

const STAFF: [(&str, &str, &str, DemoRole); 9] = [
    ("alder", "Beatrix Alder", "", DemoRole::Administrator),
    ("quill", "Montgomery Quill", "", DemoRole::PracticeManager),
    ("fairweather", "Thaddeus Fairweather", "PhD, LPC, CPCS", DemoRole::Supervisor),
    ("rivera", "Rosalind Rivera", "LPC", DemoRole::Clinician),
    ("larkin", "Ambrose Larkin-Dove", "LCSW", DemoRole::Clinician),
    ("castellan", "Juniper Castellan", "LMFT", DemoRole::Clinician),
    ("finch", "Odalys Finch", "LAPC", DemoRole::Clinician),
    ("pepperell", "Winnie Pepperell", "", DemoRole::FrontDesk),
    ("tidewell", "Cornelius Tidewell", "", DemoRole::Biller),
];

pub(super) fn staff() -> Vec<DemoUser> {
    STAFF
        .iter()
        .enumerate()
        .map(|(index, (login, name, credentials, role))| DemoUser {
            login,
            name,
            credentials,
            role: *role,
            supervisor: (index == SUPERVISEE.0).then_some(SUPERVISOR),
            email: format!("{login}@juniper-hollow.example.com"),
        })
        .collect()
}

/// How each clinician works and writes.
pub(super) fn habits(clinician: usize) -> (OfficeHours, Voice) {
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    match clinician {
        0 => (
            OfficeHours {
                days: &[Mon, Tue, Wed, Thu],
                starts: &[8, 9, 10, 11, 13, 14, 15, 16, 17],
                break_hour: 12,
            },
            Voice::Client,
        ),
        1 => (
            OfficeHours {
                days: &[Mon, Tue, Wed, Thu, Fri],
                starts: &[8, 9, 10, 11, 13, 14, 15, 16],
                break_hour: 12,
            },
            Voice::Name,
        ),
        2 => (
            OfficeHours {
                days: &[Tue, Wed, Thu, Fri],
                starts: &[10, 11, 12, 14, 15, 16, 17, 18],
                break_hour: 13,
            },
            Voice::Client,
        ),
        _ => (
            OfficeHours {
                days: &[Mon, Tue, Wed, Thu, Fri],
                starts: &[9, 10, 11, 13, 14, 15, 16, 17],
                break_hour: 12,
            },
            Voice::Name,
        ),
    }
}

/// What identifies a client besides names.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) phone: String,
    pub(super) email: String,
    pub(super) address: DemoAddress,
    pub(super) contacts: Vec<DemoContact>,
    pub(super) insurance: Option<DemoInsurance>,
}

/// Area codes of Georgia, each with the 100 numbers reserved for fiction.
const AREA_CODES: [u16; 9] = [404, 470, 678, 706, 762, 770, 912, 229, 478];

fn phone(dice: &mut Dice) -> String {
    let area = dice.pick(&AREA_CODES).copied().unwrap_or(404);
    format!("({area}) 555-01{:02}", dice.below(100))
}

fn texts(bank: &Bank, heading: &str) -> Vec<&'static str> {
    bank.pool("people", heading).iter().map(|line: &Line| line.text).collect()
}

pub(super) fn identity(
    bank: &Bank,
    persona: &Persona,
    family_name: &str,
    number: usize,
    dice: &mut Dice,
) -> Identity {
    let plain: String =
        family_name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let given: String =
        persona.given.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let street = dice.pick(&texts(bank, "street")).copied().unwrap_or("Demo Street");
    let town = dice.pick(&texts(bank, "town")).copied().unwrap_or("Demotown");
    let address = DemoAddress {
        street: format!("{} {street}", dice.between(11, 989)),
        town,
        state: "GA",
        zip: "30000",
    };
    let contacts = contacts(bank, persona, family_name, dice);
    let insurance = insurance(bank, persona, number, dice);
    Identity {
        phone: phone(dice),
        email: format!("{given}.{plain}@example.com"),
        address,
        contacts,
        insurance,
    }
}

fn contacts(bank: &Bank, persona: &Persona, family_name: &str, dice: &mut Dice) -> Vec<DemoContact> {
    let mut wanted: Vec<(String, bool)> = Vec::new();
    if let Some(guardian) = persona.facts.get("guardian") {
        wanted.push((guardian.to_owned(), true));
        if dice.chance(55) {
            let other = if guardian == "father" { "mother" } else { "father" };
            wanted.push((other.to_owned(), matches!(guardian, "father" | "mother")));
        }
    }
    for key in ["partner", "sibling", "parent"] {
        if let Some(relation) = persona.facts.get(key)
            && (wanted.is_empty() || (wanted.len() < 2 && dice.chance(35)))
        {
            wanted.push((relation.to_owned(), false));
        }
    }
    if wanted.is_empty() {
        wanted.push(("friend".to_owned(), false));
    }
    wanted
        .into_iter()
        .enumerate()
        .map(|(index, (relationship, guardian))| {
            let heading = match relationship.rsplit(' ').next() {
                Some("mother" | "wife" | "sister" | "grandmother" | "aunt") => "given woman",
                Some("father" | "husband" | "brother" | "stepfather" | "boyfriend") => "given man",
                _ => "given neutral",
            };
            let given = dice.pick(&texts(bank, heading)).copied().unwrap_or("Demo");
            let surnames = texts(bank, "surname");
            let related = relationship != "friend" && dice.chance(80);
            let surname = if related { family_name } else { dice.pick(&surnames).copied().unwrap_or("Demo") };
            DemoContact {
                name: format!("{given} {surname}"),
                relationship,
                phone: phone(dice),
                guardian,
                emergency: index == 0,
            }
        })
        .collect()
}

fn insurance(bank: &Bank, persona: &Persona, number: usize, dice: &mut Dice) -> Option<DemoInsurance> {
    if dice.chance(16) {
        return None;
    }
    let (payer, plan) = dice.pick(&texts(bank, "payer"))?.split_once('|')?;
    let relationship_to_holder = if persona.minor {
        "child"
    } else if persona.facts.has_flag("partner") && dice.chance(30) {
        "spouse"
    } else {
        "self"
    };
    let member_id = format!("DEMO-{:04}-{:03}", dice.between(1000, 9999), number + 1);
    Some(DemoInsurance { payer, plan, member_id, relationship_to_holder })
}

/// Formats of progress notes that a clinician uses, the favorites several times.
pub(super) fn formats(clinician: usize) -> &'static [DemoNoteKind] {
    use DemoNoteKind::{ProgressBirp, ProgressDap, ProgressGirp, ProgressNarrative, ProgressSoap};
    match clinician {
        0 => &[ProgressSoap, ProgressSoap, ProgressSoap, ProgressBirp],
        1 => &[ProgressDap, ProgressDap, ProgressNarrative],
        2 => &[ProgressBirp, ProgressGirp],
        _ => &[ProgressSoap, ProgressDap, ProgressNarrative],
    }
}

/// The clinician to whom a kind of problem is sent first.
pub(super) fn known_for(file: &str) -> Option<usize> {
    match file {
        "panic" | "ocd" | "social" => Some(0),
        "trauma" | "recovery" => Some(1),
        "couple" | "postpartum" => Some(2),
        "school" | "adjustment" => Some(3),
        _ => None,
    }
}

/// With whom the clinician speaks about this client, and by which kind of contact.
pub(super) fn correspondents(
    bank: &Bank,
    persona: &Persona,
    client: &DemoClient,
    seed: u64,
    number: usize,
) -> Vec<(Party, Correspondent)> {
    let mut dice = Dice::stream(seed, "correspondents", number);
    let own_name = format!("{} {}", client.called(), client.family_name);
    let with = |party, person: String, organisation: &str, relationship: &str| {
        (
            party,
            Correspondent {
                person,
                organisation: organisation.to_owned(),
                relationship: relationship.to_owned(),
            },
        )
    };
    let mut list = vec![with(Party::SafetyCheck, own_name.clone(), "", "client")];
    let any = |heading: &str, dice: &mut Dice| dice.pick(&texts(bank, heading)).copied().unwrap_or("Demo");
    let prescriber = any("professional", &mut dice).to_owned();
    let office = any("organisation", &mut dice);
    if let Some(guardian) = persona.facts.get("guardian") {
        let name = client.contacts.first().map_or_else(String::new, |contact| contact.name.clone());
        list.push(with(Party::Guardian, name, "", guardian));
        let counselor = any("counselor", &mut dice).to_owned();
        let school = any("school", &mut dice);
        list.push(with(Party::School, counselor, school, "school counselor"));
        return list;
    }
    list.push(with(Party::Client, own_name, "", "client"));
    if persona.facts.get("med").is_some() {
        list.push(with(Party::Prescriber, prescriber, office, "prescriber"));
    }
    if let Some(relative) = client.contacts.first()
        && relative.relationship != "friend"
    {
        list.push(with(Party::Family, relative.name.clone(), "", &relative.relationship));
    }
    list
}
