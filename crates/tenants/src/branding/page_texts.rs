//! Texts of a tenant's own on its pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::InvalidMember;

const MAX_HEADLINE: usize = 80;
const MAX_TEXT: usize = 400;

/// What stands on the pages of one language in place of our texts; what is left out stays ours.
///
/// Plain text: it is escaped like any other. In `sign_in_lead` and `sign_up_lead`, `{client}` stands for the name of the
/// application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageTexts {
    /// The heading of the sign-in page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_headline: Option<String>,
    /// The line below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_lead: Option<String>,
    /// The heading of the sign-up page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_up_headline: Option<String>,
    /// The line below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_up_lead: Option<String>,
    /// A line at the end of every page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl PageTexts {
    fn members(&self) -> [(&'static str, usize, Option<&String>); 5] {
        [
            ("sign_in_headline", MAX_HEADLINE, self.sign_in_headline.as_ref()),
            ("sign_in_lead", MAX_TEXT, self.sign_in_lead.as_ref()),
            ("sign_up_headline", MAX_HEADLINE, self.sign_up_headline.as_ref()),
            ("sign_up_lead", MAX_TEXT, self.sign_up_lead.as_ref()),
            ("footer", MAX_TEXT, self.footer.as_ref()),
        ]
    }
}

/// Checks the texts of every language.
pub(super) fn validate(texts: &BTreeMap<String, PageTexts>) -> Result<(), InvalidMember> {
    for (language, texts) in texts {
        if !LANGUAGES.contains(&language.as_str()) {
            let reason = format!("`{language}` is not a language of the pages, which are {}", LANGUAGES.join(", "));
            return Err(InvalidMember::new("texts", reason));
        }
        for (member, most, text) in texts.members() {
            let Some(text) = text else { continue };
            let fits = !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(is_invisible);
            if !fits {
                let reason = format!("{language}.{member} must have 1 to {most} visible characters on one line");
                return Err(InvalidMember::new("texts", reason));
            }
        }
    }
    Ok(())
}

/// Control characters, and those that turn the direction of what stands around the text.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

const LANGUAGES: [&str; 6] = ["en", "de", "fr", "es", "ja", "ar"];
