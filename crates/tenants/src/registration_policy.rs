//! Whether people may make accounts themselves, and what an account has to show before it is of use.

use serde::{Deserialize, Serialize};

use crate::defaults::is_default;
use crate::{InvalidMember, SignUpPolicy};

const MEMBER: &str = "registration";
const MAX_DOMAINS: usize = 1000;
const MAX_DOMAIN_BYTES: usize = 253;

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationBy {
    /// Accounts are made by operators.
    #[default]
    Off,
    /// Anybody, at `/sign-up`.
    Open,
    /// Whoever has an email address of one of the listed domains, at `/sign-up`.
    MailDomain,
    /// Whoever was invited, by the link of the invitation.
    Invitation,
}

/// Whether people may make accounts themselves; every member has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrationPolicy {
    /// Who may.
    #[serde(skip_serializing_if = "is_default")]
    pub by: RegistrationBy,
    /// The domains of [`RegistrationBy::MailDomain`], in lower case and without `@`; a subdomain is another domain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_domains: Vec<String>,
    /// Whether a user who has an email address gets neither a session nor a token before the address is verified.
    #[serde(skip_serializing_if = "is_default")]
    pub verify_email: bool,
}

impl RegistrationPolicy {
    /// What the older setting `sign_up` stands for.
    pub(crate) fn of_sign_up(sign_up: SignUpPolicy) -> Self {
        let by = match sign_up {
            SignUpPolicy::Off => RegistrationBy::Off,
            SignUpPolicy::Open => RegistrationBy::Open,
        };
        Self { by, ..Self::default() }
    }

    /// Whether there is a page on which a stranger makes an account.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        matches!(self.by, RegistrationBy::Open | RegistrationBy::MailDomain)
    }

    /// Whether there is a page on which a stranger makes an account, in the words of the older setting.
    #[must_use]
    pub fn as_sign_up(&self) -> SignUpPolicy {
        if self.is_offered() { SignUpPolicy::Open } else { SignUpPolicy::Off }
    }

    /// Whether somebody with that address may make an account; `None` stands for a user name that is no address.
    #[must_use]
    pub fn admits(&self, email: Option<&str>) -> bool {
        match self.by {
            RegistrationBy::Off | RegistrationBy::Invitation => false,
            RegistrationBy::Open => email.is_some() || !self.verify_email,
            RegistrationBy::MailDomain => {
                let domain = email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase());
                domain.is_some_and(|domain| self.mail_domains.contains(&domain))
            }
        }
    }

    /// Checks the bounds of every member.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        let by_domain = self.by == RegistrationBy::MailDomain;
        if by_domain && !self.verify_email {
            // Otherwise anybody could say that they have such an address.
            return Err(InvalidMember::new(MEMBER, "verify_email must be true where the mail domain decides"));
        }
        if by_domain == self.mail_domains.is_empty() {
            return Err(InvalidMember::new(MEMBER, "mail_domains goes with by: mail_domain, and there names domains"));
        }
        if self.mail_domains.len() > MAX_DOMAINS || !self.mail_domains.iter().all(|domain| is_domain(domain)) {
            return Err(InvalidMember::new(MEMBER, "mail_domains must be names such as example.com, 1000 at most"));
        }
        Ok(())
    }
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c == '-' || (c.is_alphanumeric() && c.to_lowercase().eq([c])))
    };
    domain.len() <= MAX_DOMAIN_BYTES && domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(by: RegistrationBy, verify_email: bool, mail_domains: &[&str]) -> RegistrationPolicy {
        let mail_domains = mail_domains.iter().map(|domain| (*domain).to_owned()).collect();
        RegistrationPolicy { by, verify_email, mail_domains }
    }

    #[test]
    fn each_policy_admits_whom_it_names() {
        let cases = [
            (by(RegistrationBy::Off, false, &[]), [false; 4]),
            (by(RegistrationBy::Invitation, true, &[]), [false; 4]),
            (by(RegistrationBy::Open, false, &[]), [true; 4]),
            (by(RegistrationBy::Open, true, &[]), [false, true, true, true]),
            (by(RegistrationBy::MailDomain, true, &["example.com"]), [false, true, false, false]),
        ];
        let emails =
            [None, Some("anna@EXAMPLE.com"), Some("anna@sub.example.com"), Some("anna@example.com@evil.example")];
        for (policy, expected) in cases {
            for (email, expected) in emails.iter().zip(expected) {
                assert_eq!(policy.admits(*email), expected, "{policy:?} {email:?}");
            }
        }
    }

    #[test]
    fn a_policy_that_would_not_do_what_it_says_is_refused() {
        assert!(by(RegistrationBy::MailDomain, true, &["example.com", "münchen.example"]).validate().is_ok());
        let refused = [
            by(RegistrationBy::MailDomain, false, &["example.com"]),
            by(RegistrationBy::MailDomain, true, &[]),
            by(RegistrationBy::Open, true, &["example.com"]),
            by(RegistrationBy::MailDomain, true, &["@example.com"]),
            by(RegistrationBy::MailDomain, true, &["Example.com"]),
            by(RegistrationBy::MailDomain, true, &["com"]),
            by(RegistrationBy::MailDomain, true, &["a..com"]),
        ];
        for policy in refused {
            assert!(policy.validate().is_err(), "{policy:?}");
        }
    }
}
