//! A password that somebody chooses: one judgement wherever one is chosen, and nothing that was not judged can be set.

mod strength;

use latchkey_core::{Secret, UserId};
use latchkey_tenants::{MAX_PASSWORD_CHARS, PasswordPolicy, Tenant};

pub use strength::{Strength, Suggestion, Weakness};

use self::strength::MAX_WORDS;
use crate::passwords::normalized;
use crate::{IdentifierKey, User};

/// Words shorter than this are found in every second password by chance.
const MIN_WORD_CHARS: usize = 3;

/// The rule that a new password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Too few characters.
    #[error("a password has at least {least} characters")]
    TooShort {
        /// What the policy asks for.
        least: u16,
    },
    /// More than 256 characters, or 1024 bytes.
    #[error("a password has at most 256 characters")]
    TooLong,
    /// The user name or the address.
    #[error("a password is not the user name or the email address")]
    SameAsIdentifier,
    /// Too easy to guess.
    #[error("the password is too easy to guess")]
    TooWeak {
        /// What makes it so, where that can be said.
        weakness: Option<Weakness>,
        /// What would help most.
        suggestion: Option<Suggestion>,
    },
    /// Known from a breach.
    #[error("the password is known from a breach")]
    Breached,
    /// One of the user's last passwords.
    #[error("the password is one of the last that the user had")]
    UsedBefore,
}

/// Whose password it is going to be.
#[derive(Clone, Debug)]
pub struct PasswordOwner {
    /// `None` for an account that is being made.
    pub(crate) user: Option<UserId>,
    identifiers: Vec<String>,
    names: Vec<String>,
}

/// A password that was judged and may be set, as its hash.
#[derive(Clone, Debug)]
pub struct ChosenPassword {
    pub(crate) hash: Secret<String>,
    /// How many former ones are kept beside it.
    pub(crate) keep: u8,
}

impl PasswordRule {
    /// The first rule, of those that hold everywhere, that the password breaks as the user's new one: for what an operator
    /// sets. What a person chooses is judged by [`crate::SignIn::judge_password`].
    #[must_use]
    pub fn broken_by(password: &Secret<String>, user: &User) -> Option<Self> {
        Self::broken_beside(&PasswordPolicy::default(), password, &PasswordOwner::of(user))
    }

    pub(crate) fn too_weak(strength: &Strength) -> Self {
        Self::TooWeak { weakness: strength.weakness, suggestion: strength.suggestions.first().copied() }
    }

    pub(crate) fn broken_beside(
        policy: &PasswordPolicy,
        password: &Secret<String>,
        owner: &PasswordOwner,
    ) -> Option<Self> {
        let text = password.expose();
        let typed = text.chars().count();
        // A sign that composition makes of several, or that it takes apart into several, is one character.
        let chars = typed.min(normalized(text).chars().count());
        let key = IdentifierKey::of(text);
        let most = usize::from(MAX_PASSWORD_CHARS);
        if chars < usize::from(policy.min_length) {
            Some(Self::TooShort { least: policy.min_length })
        } else if typed > most || text.len() > 4 * most {
            Some(Self::TooLong)
        } else if owner.identifiers.iter().any(|identifier| IdentifierKey::of(identifier) == key) {
            Some(Self::SameAsIdentifier)
        } else {
            None
        }
    }
}

impl PasswordOwner {
    /// A user who chooses another password, or the first one.
    #[must_use]
    pub fn of(user: &User) -> Self {
        let identifiers = std::iter::once(user.username.clone()).chain(user.email.clone()).collect();
        let claims = &user.claims;
        let names = [&claims.name, &claims.given_name, &claims.family_name, &claims.middle_name, &claims.nickname];
        let names = names.into_iter().flatten().map(|name| name.as_str().to_owned()).collect();
        Self { user: Some(user.id.clone()), identifiers, names }
    }

    /// Somebody who makes an account.
    #[must_use]
    pub fn of_new_account(identifier: &str, name: Option<&str>) -> Self {
        let names = name.into_iter().map(str::to_owned).collect();
        Self { user: None, identifiers: vec![identifier.to_owned()], names }
    }

    /// What somebody who knows the person would try: the names, the parts of the address, and the tenant.
    pub(crate) fn words(&self, tenant: &Tenant) -> Vec<String> {
        let tenant = [tenant.name.clone(), tenant.slug.to_string()];
        let mut words = Vec::new();
        for text in self.identifiers.iter().chain(&self.names).chain(&tenant) {
            let folded = IdentifierKey::of(text);
            let whole = std::iter::once(folded.as_str());
            for word in whole.chain(folded.as_str().split(|c: char| !c.is_alphanumeric())) {
                if words.len() == MAX_WORDS {
                    return words;
                }
                if word.chars().count() >= MIN_WORD_CHARS && !words.iter().any(|known| known == word) {
                    words.push(word.to_owned());
                }
            }
        }
        words
    }
}

impl ChosenPassword {
    /// The PHC string.
    #[must_use]
    pub fn hash(&self) -> &Secret<String> {
        &self.hash
    }
}
