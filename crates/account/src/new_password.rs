//! What every page that has a password chosen says of it.

use latchkey_auth::{PasswordRule, Suggestion, Weakness};
use latchkey_core::Secret;
use latchkey_language::Words;

/// The password of a form that has it typed twice, or what is wrong with what was typed.
pub(crate) fn typed_twice(
    password: Option<&Secret<String>>,
    again: Option<&Secret<String>>,
) -> Result<Secret<String>, Words> {
    match (password, again) {
        (None, _) => Err(Words::new("password-missing")),
        (Some(password), Some(again)) if password == again => Ok(password.clone()),
        _ => Err(Words::new("password-different")),
    }
}

/// Why a password cannot be chosen, and what would be better.
pub(crate) fn broken(rule: PasswordRule) -> Words {
    match rule {
        PasswordRule::TooShort { least } => Words::new("password-too-short").with("least", least),
        PasswordRule::TooLong => Words::new("password-too-long"),
        PasswordRule::SameAsIdentifier => Words::new("password-same-as-identifier"),
        PasswordRule::TooWeak { weakness, suggestion } => {
            let id = weakness.map(warning).or_else(|| suggestion.map(advice));
            Words::new(id.unwrap_or("password-weak"))
        }
        PasswordRule::Breached => Words::new("password-breached"),
        PasswordRule::UsedBefore => Words::new("password-used-before"),
    }
}

/// What makes a password easy to guess, with a word of advice.
pub(crate) fn warning(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::Personal => "password-weak-personal",
        Weakness::Common => "password-weak-common",
        Weakness::Keyboard => "password-weak-keyboard",
        Weakness::Repeats => "password-weak-repeats",
        Weakness::Sequence => "password-weak-sequence",
        Weakness::Year => "password-weak-year",
        Weakness::Date => "password-weak-date",
        Weakness::SingleWord => "password-weak-single-word",
        Weakness::Name => "password-weak-name",
    }
}

/// What would make a password better.
pub(crate) fn advice(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::MoreWords => "password-advice-more-words",
        Suggestion::NoNeedForSigns => "password-advice-no-need-for-signs",
        Suggestion::CapitalsHelpLittle => "password-advice-capitals",
        Suggestion::ReversalHelpsLittle => "password-advice-reversal",
        Suggestion::SubstitutionsHelpLittle => "password-advice-substitutions",
        Suggestion::AvoidKeyboard => "password-advice-keyboard",
        Suggestion::AvoidRepeats => "password-advice-repeats",
        Suggestion::AvoidSequences => "password-advice-sequences",
        Suggestion::AvoidDates => "password-advice-dates",
    }
}
