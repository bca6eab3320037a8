//! What a client is called in other languages, and its pages there: OpenID Connect Dynamic Client Registration §2.1,
//! RFC 7591 §2.2.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::defaults::{check_name, check_page};
use crate::language_tag::{check_tags, look_up};
use crate::{Client, InvalidClient, InvalidMember};

const MEMBER: &str = "translations";
/// What can have a tag, as it is registered.
const MEMBERS: [&str; 5] = ["client_name", "logo_uri", "client_uri", "policy_uri", "tos_uri"];

/// Name, logo and pages of a client in one language; what is left out is the same as everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientTranslation {
    /// Its name on pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
}

impl ClientTranslation {
    /// The values, as [`MEMBERS`].
    fn members(&self) -> [(&'static str, &Option<String>); 5] {
        let [name, logo, page, policy, terms] = MEMBERS;
        [
            (name, &self.name),
            (logo, &self.logo_uri),
            (page, &self.client_uri),
            (policy, &self.policy_uri),
            (terms, &self.tos_uri),
        ]
    }

    fn member_mut(&mut self, member: &str) -> Option<&mut Option<String>> {
        Some(match member {
            "client_name" => &mut self.name,
            "logo_uri" => &mut self.logo_uri,
            "client_uri" => &mut self.client_uri,
            "policy_uri" => &mut self.policy_uri,
            "tos_uri" => &mut self.tos_uri,
            _ => return None,
        })
    }
}

/// Reads `client_name#de` and the like; members that nobody knows are ignored, `null` is like nothing.
pub(crate) fn of_stranger(members: &Map<String, Value>) -> Result<BTreeMap<String, ClientTranslation>, InvalidClient> {
    let mut translations: BTreeMap<String, ClientTranslation> = BTreeMap::new();
    for (tagged, value) in members {
        let Some((member, tag)) = tagged.split_once('#').filter(|(member, _)| MEMBERS.contains(member)) else {
            continue;
        };
        match value {
            Value::Null => {}
            Value::String(text) => {
                if let Some(place) = translations.entry(tag.to_owned()).or_default().member_mut(member) {
                    *place = Some(text.clone());
                }
            }
            _ => return Err(InvalidMember::new(MEMBER, format!("{tagged:?} must be a string"))),
        }
    }
    Ok(translations)
}

/// The members with their tags, as they were registered.
pub(crate) fn for_stranger(translations: &BTreeMap<String, ClientTranslation>) -> Map<String, Value> {
    let mut members = Map::new();
    for (tag, translation) in translations {
        for (member, value) in translation.members() {
            if let Some(value) = value {
                members.insert(format!("{member}#{tag}"), Value::from(value.as_str()));
            }
        }
    }
    members
}

/// Checks tags, names and addresses.
pub(crate) fn validate(translations: &BTreeMap<String, ClientTranslation>) -> Result<(), InvalidClient> {
    check_tags(MEMBER, translations)?;
    for translation in translations.values() {
        if let Some(name) = &translation.name {
            check_name("translations.name", name)?;
        }
        check_page("translations.logo_uri", translation.logo_uri.as_ref())?;
        check_page("translations.client_uri", translation.client_uri.as_ref())?;
        check_page("translations.policy_uri", translation.policy_uri.as_ref())?;
        check_page("translations.tos_uri", translation.tos_uri.as_ref())?;
    }
    Ok(())
}

/// The first address that is not https; the name is none.
pub(crate) fn find_insecure(translations: &BTreeMap<String, ClientTranslation>) -> Option<&'static str> {
    let uris = translations.values().flat_map(|translation| translation.members().into_iter().skip(1));
    let mut uris = uris.filter_map(|(member, uri)| Some((member, uri.as_deref()?)));
    uris.find(|(_, uri)| !uri.starts_with("https:")).map(|(member, _)| member)
}

impl Client {
    /// Its name in a language (a BCP 47 tag), else the one for all.
    #[must_use]
    pub fn name_in(&self, language: &str) -> &str {
        self.translated(language, |translation| &translation.name).unwrap_or(&self.name)
    }

    /// The names that it has besides, by language.
    #[must_use]
    pub fn names(&self) -> BTreeMap<String, String> {
        let translations = self.metadata.translations.iter();
        translations.filter_map(|(tag, translation)| Some((tag.clone(), translation.name.clone()?))).collect()
    }

    /// Its `logo_uri` for a language, else the one for all.
    #[must_use]
    pub fn logo_uri_in(&self, language: &str) -> Option<&str> {
        self.translated(language, |translation| &translation.logo_uri).or(self.metadata.logo_uri.as_deref())
    }

    /// Its `client_uri` for a language, else the one for all.
    #[must_use]
    pub fn client_uri_in(&self, language: &str) -> Option<&str> {
        self.translated(language, |translation| &translation.client_uri).or(self.metadata.client_uri.as_deref())
    }

    /// Its `policy_uri` for a language, else the one for all.
    #[must_use]
    pub fn policy_uri_in(&self, language: &str) -> Option<&str> {
        self.translated(language, |translation| &translation.policy_uri).or(self.metadata.policy_uri.as_deref())
    }

    /// Its `tos_uri` for a language, else the one for all.
    #[must_use]
    pub fn tos_uri_in(&self, language: &str) -> Option<&str> {
        self.translated(language, |translation| &translation.tos_uri).or(self.metadata.tos_uri.as_deref())
    }

    // Member by member: a language that has a name may have no page of its own.
    fn translated(&self, language: &str, member: fn(&ClientTranslation) -> &Option<String>) -> Option<&str> {
        let having: BTreeMap<String, &str> = (self.metadata.translations.iter())
            .filter_map(|(tag, translation)| Some((tag.clone(), member(translation).as_deref()?)))
            .collect();
        look_up(&having, language).copied()
    }
}

/// The name for a language among names by tag.
#[must_use]
pub fn name_for<'a>(names: &'a BTreeMap<String, String>, language: &str) -> Option<&'a str> {
    look_up(names, language).map(String::as_str)
}
