//! A client's administrative record: identity, contacts, insurance.

pub mod create;
pub mod merge;
pub mod update;

use crate::ids::{ClientId, EntryId, UserId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a client stands with the practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// In treatment.
    #[default]
    Active,
    /// Not seen for now.
    Inactive,
    /// Treatment ended.
    Discharged,
    /// Folded into another record of the same person.
    Merged,
}

/// The scalar facts of a client's record. Each is of the class "admin scalar" (docs/sync-protocol.md): the last
/// arrival stands, the value it replaced is kept and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientField {
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// The name the client goes by.
    PreferredName,
    /// Pronouns, free text.
    Pronouns,
    /// Date of birth, `YYYY-MM-DD`.
    BirthDate,
    /// Gender, free text.
    Gender,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
    /// Street address, free text with line breaks.
    Address,
    /// Preferred language.
    Language,
    /// The practice's own number for the client.
    ChartNumber,
    /// Why she came, a line for the caseload list.
    ReferralNote,
    /// `active`, `inactive` or `discharged`.
    Status,
}

/// Somebody to be reached about the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its identifier within the record.
    pub id: EntryId,
    /// The person's name.
    pub name: String,
    /// How she is related to the client.
    #[serde(default)]
    pub relationship: String,
    /// Telephone number.
    #[serde(default)]
    pub phone: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// To be called in an emergency. Never removed by a merge.
    #[serde(default)]
    pub emergency: bool,
    /// Legal guardian of a minor or ward. Never removed by a merge.
    #[serde(default)]
    pub guardian: bool,
}

/// An insurance policy that covers the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insurance {
    /// Its identifier within the record.
    pub id: EntryId,
    /// The payer's name.
    pub payer: String,
    /// Member identifier.
    #[serde(default)]
    pub member_id: String,
    /// Group number.
    #[serde(default)]
    pub group_number: String,
    /// Who holds the policy, if not the client.
    #[serde(default)]
    pub policy_holder: String,
    /// 1 for primary, 2 for secondary, and so on.
    #[serde(default)]
    pub rank: u8,
}

/// A value that a later arrival replaced; kept so that nobody's correction vanishes unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedFact {
    /// Which fact.
    pub field: ClientField,
    /// The value that was replaced.
    pub value: String,
    /// Whose change replaced it.
    pub by: UserId,
    /// When the replacing change was decided.
    pub at: DateTime<Utc>,
    /// True when the replacing device had not seen this value: worth a notice.
    pub unseen: bool,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// Scalar facts; an absent key is an empty fact.
    pub facts: BTreeMap<ClientField, String>,
    /// Contacts and guardians.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Insurance policies.
    #[serde(default)]
    pub insurance: Vec<Insurance>,
    /// Where she stands with the practice.
    #[serde(default)]
    pub status: ClientStatus,
    /// The record that this one was folded into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ClientId>,
    /// How whoever folded it knew that this is the same person, in her own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub merge_reason: String,
    /// Replaced values, newest last, the last 50.
    #[serde(default)]
    pub replaced: Vec<ReplacedFact>,
    /// When the record was begun, by the deciding end's clock.
    pub created_at: DateTime<Utc>,
}

impl Client {
    /// A scalar fact; empty when it is not recorded.
    #[must_use]
    pub fn fact(&self, field: ClientField) -> &str {
        self.facts.get(&field).map_or("", String::as_str)
    }

    /// The name to show: preferred or given name, then family name.
    #[must_use]
    pub fn display_name(&self) -> String {
        let first = match self.fact(ClientField::PreferredName) {
            "" => self.fact(ClientField::GivenName),
            preferred => preferred,
        };
        format!("{first} {}", self.fact(ClientField::FamilyName)).trim().to_owned()
    }

    /// Date of birth, where it is recorded and a real date.
    #[must_use]
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.fact(ClientField::BirthDate).parse().ok()
    }
}
