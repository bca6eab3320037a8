//! What a user may say of the own person, claim by claim, as it was typed: read, checked and written.

use latchkey_tenants::ProfileClaim;

use crate::{Address, Birthdate, ClaimText, StandardClaims};

const MAX_PHONE_DIGITS: usize = 15;
const MIN_PHONE_DIGITS: usize = 4;
const MAX_ZONE_BYTES: usize = 64;
const MAX_TAG_BYTES: usize = 35;
const MAX_URI_BYTES: usize = 2_000;

/// Why a claim cannot be what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProfile {
    /// Too long, or with characters that cannot be shown.
    #[error("a claim is at most 2048 bytes without control characters")]
    Text,
    /// Not a date of OpenID Connect Core §5.1.
    #[error("a birthdate is YYYY-MM-DD, 0000-MM-DD or YYYY")]
    Birthdate,
    /// Not a telephone number with its country.
    #[error("a telephone number is + with 4 to 15 digits")]
    PhoneNumber,
    /// Not an address of the web.
    #[error("an address of the web starts with https:// or http://")]
    Uri,
    /// Not the name of a time zone.
    #[error("a time zone is a name such as Europe/Paris")]
    Zoneinfo,
    /// Not a language tag.
    #[error("a language is a tag such as en or de-CH")]
    Locale,
}

impl StandardClaims {
    /// What stands in the field of a claim; empty when there is none.
    #[must_use]
    pub fn typed(&self, claim: ProfileClaim) -> String {
        let text = match claim {
            ProfileClaim::Birthdate => return self.birthdate.clone().map(String::from).unwrap_or_default(),
            ProfileClaim::Address => return self.address.as_ref().map(lines).unwrap_or_default(),
            ProfileClaim::Name => &self.name,
            ProfileClaim::GivenName => &self.given_name,
            ProfileClaim::FamilyName => &self.family_name,
            ProfileClaim::MiddleName => &self.middle_name,
            ProfileClaim::Nickname => &self.nickname,
            ProfileClaim::PhoneNumber => &self.phone_number,
            ProfileClaim::Gender => &self.gender,
            ProfileClaim::Zoneinfo => &self.zoneinfo,
            ProfileClaim::Picture => &self.picture,
            ProfileClaim::Profile => &self.profile,
            ProfileClaim::Website => &self.website,
            ProfileClaim::Locale => &self.locale,
        };
        text.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default()
    }

    /// Makes a claim what was typed; nothing typed takes it away. What is typed as it stands changes nothing, so that a
    /// form that was sent back as it was shown keeps more than it shows.
    ///
    /// # Errors
    /// [`InvalidProfile`]; then nothing was changed.
    pub fn set_typed(&mut self, claim: ProfileClaim, typed: &str) -> Result<(), InvalidProfile> {
        let typed = typed.replace("\r\n", "\n");
        let typed = typed.trim();
        if typed == self.typed(claim) {
            return Ok(());
        }
        let value = if typed.is_empty() { None } else { Some(checked(claim, typed)?) };
        match claim {
            ProfileClaim::Birthdate => {
                let date = value.map(|date| Birthdate::try_from(String::from(date))).transpose();
                self.birthdate = date.map_err(|_| InvalidProfile::Birthdate)?;
            }
            ProfileClaim::Address => {
                self.address = value.map(|formatted| Address { formatted: Some(formatted), ..Address::default() });
            }
            ProfileClaim::PhoneNumber => {
                self.phone_number = value;
                // Nobody has proved yet that the new one is theirs.
                self.phone_number_verified = None;
            }
            ProfileClaim::Name => self.name = value,
            ProfileClaim::GivenName => self.given_name = value,
            ProfileClaim::FamilyName => self.family_name = value,
            ProfileClaim::MiddleName => self.middle_name = value,
            ProfileClaim::Nickname => self.nickname = value,
            ProfileClaim::Gender => self.gender = value,
            ProfileClaim::Zoneinfo => self.zoneinfo = value,
            ProfileClaim::Picture => self.picture = value,
            ProfileClaim::Profile => self.profile = value,
            ProfileClaim::Website => self.website = value,
            ProfileClaim::Locale => self.locale = value,
        }
        Ok(())
    }
}

fn checked(claim: ProfileClaim, typed: &str) -> Result<ClaimText, InvalidProfile> {
    let text = match claim {
        ProfileClaim::PhoneNumber => phone_number(typed).ok_or(InvalidProfile::PhoneNumber)?,
        ProfileClaim::Picture | ProfileClaim::Profile | ProfileClaim::Website if !is_web_uri(typed) => {
            return Err(InvalidProfile::Uri);
        }
        ProfileClaim::Zoneinfo if !is_zone(typed) => return Err(InvalidProfile::Zoneinfo),
        ProfileClaim::Locale if !is_language_tag(typed) => return Err(InvalidProfile::Locale),
        // One line, but for a postal address.
        claim if claim != ProfileClaim::Address && typed.contains(['\n', '\r']) => return Err(InvalidProfile::Text),
        _ => typed.to_owned(),
    };
    ClaimText::try_from(text).map_err(|_| InvalidProfile::Text)
}

/// E.164, without what people put between the digits.
fn phone_number(typed: &str) -> Option<String> {
    let number: String = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
    let digits = number.strip_prefix('+')?;
    let fits = (MIN_PHONE_DIGITS..=MAX_PHONE_DIGITS).contains(&digits.len());
    (fits && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')).then_some(number)
}

/// Applications show what stands here as links and images: no other scheme, and nothing that ends an attribute.
fn is_web_uri(typed: &str) -> bool {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| typed.strip_prefix(scheme));
    let is_clean = |b: u8| (0x21..0x7f).contains(&b) && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`');
    typed.len() <= MAX_URI_BYTES
        && rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
        && typed.bytes().all(is_clean)
}

fn is_zone(typed: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
    };
    typed.len() <= MAX_ZONE_BYTES && typed.split('/').all(is_part)
}

fn is_language_tag(typed: &str) -> bool {
    let is_subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
    typed.len() <= MAX_TAG_BYTES && typed.split('-').all(is_subtag)
}

/// An address as lines; the parts of one that is not written out stand one below the other.
fn lines(address: &Address) -> String {
    if let Some(formatted) = &address.formatted {
        return formatted.as_str().replace("\r\n", "\n").trim().to_owned();
    }
    let parts = [&address.street_address, &address.postal_code, &address.locality, &address.region, &address.country];
    parts.into_iter().flatten().map(ClaimText::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(claim: ProfileClaim, typed: &str) -> Result<String, InvalidProfile> {
        let mut claims = StandardClaims::default();
        claims.set_typed(claim, typed).map(|()| claims.typed(claim))
    }

    #[test]
    fn what_fits_is_kept_and_what_does_not_says_why() {
        use InvalidProfile as Wrong;
        use ProfileClaim as Claim;
        let cases: [(Claim, &str, Result<&str, Wrong>); 22] = [
            (Claim::Name, " Alice Liddell ", Ok("Alice Liddell")),
            (Claim::Name, "", Ok("")),
            (Claim::Name, "two\nlines", Err(Wrong::Text)),
            (Claim::Name, "nul\0", Err(Wrong::Text)),
            (Claim::Address, "1 Main St\r\nOxford", Ok("1 Main St\nOxford")),
            (Claim::Birthdate, "1852-05-04", Ok("1852-05-04")),
            (Claim::Birthdate, "1853-02-29", Err(Wrong::Birthdate)),
            (Claim::PhoneNumber, "+44 (20) 7946-0958", Ok("+442079460958")),
            (Claim::PhoneNumber, "020 7946 0958", Err(Wrong::PhoneNumber)),
            (Claim::PhoneNumber, "+44x", Err(Wrong::PhoneNumber)),
            (Claim::PhoneNumber, "+1234567890123456", Err(Wrong::PhoneNumber)),
            (Claim::Picture, "https://cdn.example/a.png?x=1", Ok("https://cdn.example/a.png?x=1")),
            (Claim::Picture, "javascript:alert(1)", Err(Wrong::Uri)),
            (Claim::Website, "https://a.example/\"onload=", Err(Wrong::Uri)),
            (Claim::Profile, "https:///path", Err(Wrong::Uri)),
            (Claim::Zoneinfo, "Europe/Paris", Ok("Europe/Paris")),
            (Claim::Zoneinfo, "America/Argentina/Buenos_Aires", Ok("America/Argentina/Buenos_Aires")),
            (Claim::Zoneinfo, "../etc/passwd", Err(Wrong::Zoneinfo)),
            (Claim::Locale, "de-CH", Ok("de-CH")),
            (Claim::Locale, "de CH", Err(Wrong::Locale)),
            (Claim::Gender, "any text", Ok("any text")),
            (Claim::Nickname, "ﷺ", Ok("ﷺ")),
        ];
        for (claim, typed, expected) in cases {
            assert_eq!(set(claim, typed), expected.map(str::to_owned), "{claim:?} {typed:?}");
        }
        let long = "x".repeat(2049);
        assert_eq!(set(ProfileClaim::Name, &long), Err(InvalidProfile::Text));
    }

    #[test]
    fn another_number_is_not_verified_and_the_same_one_stays_so() {
        let mut claims: StandardClaims =
            serde_json::from_str(r#"{"phone_number":"+442079460958","phone_number_verified":true}"#).unwrap();
        claims.set_typed(ProfileClaim::PhoneNumber, "+442079460958").unwrap();
        assert_eq!(claims.phone_number_verified, Some(true));
        claims.set_typed(ProfileClaim::PhoneNumber, "+442079460959").unwrap();
        assert_eq!(claims.phone_number_verified, None);
    }

    #[test]
    fn an_address_in_parts_stays_in_parts_unless_it_is_changed() {
        let written = r#"{"address":{"street_address":"1 Main St","country":"UK"}}"#;
        let mut claims: StandardClaims = serde_json::from_str(written).unwrap();
        let shown = claims.typed(ProfileClaim::Address);
        assert_eq!(shown, "1 Main St\nUK");
        claims.set_typed(ProfileClaim::Address, &shown).unwrap();
        assert_eq!(serde_json::to_string(&claims).unwrap(), written);
        claims.set_typed(ProfileClaim::Address, "2 Main St\nUK").unwrap();
        assert_eq!(claims.address.unwrap().formatted.unwrap().as_str(), "2 Main St\nUK");
    }
}
