//! Authentication context classes: how much a sign-in proves.

use serde::{Deserialize, Serialize};

/// The `amr` of a password, RFC 8176 §2.
pub const AMR_PASSWORD: &str = "pwd";
/// The `amr` of a one-time code, RFC 8176 §2.
pub const AMR_ONE_TIME_CODE: &str = "otp";
/// The `amr` of a key that is known to be kept by hardware, RFC 8176 §2.
pub const AMR_HARDWARE_KEY: &str = "hwk";
/// The `amr` of a key that software keeps, RFC 8176 §2.
pub const AMR_SOFTWARE_KEY: &str = "swk";
/// The `amr` of a key of which nothing more is known, RFC 8176 §2.
pub const AMR_KEY: &str = "pop";
/// The `amr` of a user who was there, RFC 8176 §2.
pub const AMR_USER_PRESENCE: &str = "user";
/// The `amr` of a code that was sent to a phone as a text message, RFC 8176 §2.
pub const AMR_SMS: &str = "sms";
/// The `amr` of what goes by several channels, RFC 8176 §2: into the browser, and by mail or to a phone.
pub const AMR_MULTIPLE_CHANNELS: &str = "mca";
/// The `amr` beside those of several factors, RFC 8176 §2.
pub const AMR_MULTIPLE_FACTORS: &str = "mfa";

/// A class, the weakest first. The values are the levels of ISO/IEC 29115; its `0` (OpenID Connect Core §2) would mean
/// that the sign-in must not be used for anything of monetary value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// `1`: one factor.
    #[serde(rename = "1")]
    OneFactor,
    /// `2`: two factors of different kinds.
    #[serde(rename = "2")]
    TwoFactors,
    /// `3`: two factors of different kinds, one of them a passkey, which cannot be given to a false site.
    #[serde(rename = "3")]
    PhishingResistant,
}

impl Acr {
    /// Every class that a sign-in may reach, as discovery lists them.
    pub const ALL: [Self; 3] = [Self::OneFactor, Self::TwoFactors, Self::PhishingResistant];

    /// The values of [`Self::ALL`].
    pub const VALUES: [&'static str; 3] =
        [Self::OneFactor.as_str(), Self::TwoFactors.as_str(), Self::PhishingResistant.as_str()];

    /// The value of the `acr` claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneFactor => "1",
            Self::TwoFactors => "2",
            Self::PhishingResistant => "3",
        }
    }

    /// The class of that value; `None` when it is none of ours.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == value)
    }

    /// The class of several factors, by their methods.
    ///
    /// Passkeys, and they alone, name the user's presence beside the key: the key of a device that approves by push signs
    /// for whoever shows its user a number, and a false site can show one.
    pub(crate) fn of_factors(amr: &[String]) -> Self {
        let is_key = |method: &String| [AMR_HARDWARE_KEY, AMR_SOFTWARE_KEY, AMR_KEY].contains(&method.as_str());
        let is_passkey = amr.iter().any(is_key) && amr.iter().any(|method| method == AMR_USER_PRESENCE);
        if is_passkey { Self::PhishingResistant } else { Self::TwoFactors }
    }

    /// The least of our classes that will do where any of these values is asked for.
    pub fn least_of<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        values.into_iter().filter_map(Self::parse).min()
    }

    /// Whether a sign-in of the class `reached` is one of those asked for, or better than one of them.
    pub fn meets<'a>(values: impl IntoIterator<Item = &'a str>, reached: &str) -> bool {
        let level = Self::parse(reached);
        values.into_iter().any(|value| value == reached || Self::parse(value).is_some_and(|asked| level >= Some(asked)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_sign_in_meets_what_asks_for_a_weaker_one_and_not_the_other_way_round() {
        let cases: [(&[&str], &str, bool); 10] = [
            (&["2"], "3", true),
            (&["4"], "3", false),
            (&["1"], "1", true),
            (&["1"], "2", true),
            (&["2"], "1", false),
            (&["3", "2"], "2", true),
            (&["3"], "2", false),
            (&["urn:x"], "urn:x", true),
            (&["1"], "urn:x", false),
            (&[], "2", false),
        ];
        for (asked, reached, met) in cases {
            assert_eq!(Acr::meets(asked.iter().copied(), reached), met, "{asked:?} {reached}");
        }
    }

    #[test]
    fn a_passkey_makes_the_strongest_class_and_an_approval_on_a_device_does_not() {
        let class = |amr: &[&str]| Acr::of_factors(&amr.iter().map(|method| (*method).to_owned()).collect::<Vec<_>>());
        assert_eq!(class(&["pwd", "swk", "mca", "mfa"]), Acr::TwoFactors);
        assert_eq!(class(&["pwd", "swk", "user", "mfa"]), Acr::PhishingResistant);
        assert_eq!(class(&["pwd", "swk", "mca", "pop", "user", "mfa"]), Acr::PhishingResistant);
        assert_eq!(class(&["pwd", "otp", "mfa"]), Acr::TwoFactors);
    }

    #[test]
    fn the_weakest_class_of_ours_will_do() {
        assert_eq!(Acr::least_of(["2", "1"]), Some(Acr::OneFactor));
        assert_eq!(Acr::least_of(["3", "2"]), Some(Acr::TwoFactors));
        assert_eq!(Acr::least_of(["phr"]), None);
    }
}
