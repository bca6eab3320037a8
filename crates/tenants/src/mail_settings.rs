//! In whose name a tenant's mails are sent, and by which server.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::{check_name, is_default};

const MEMBER: &str = "mail";
const MAX_HOST_BYTES: usize = 253;
const MAX_USERNAME_BYTES: usize = 320;
const MAX_LOCAL_BYTES: usize = 64;

/// The sender of a tenant's mails; without any of it they come from the instance, under the tenant's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// The name that mails come from; else it is the tenant's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// The address that mails come from; only together with a server that may send in its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_address: Option<String>,
    /// Where answers go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The server that sends them; its password is the tenant's secret `smtp_password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<SmtpSettings>,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its name, which its certificate must have, or an address.
    pub host: String,
    /// Else the usual one: 587 with STARTTLS, 465 with TLS, 25 without either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the way to it is protected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tls: SmtpTls,
    /// As whom to sign in there, if at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// How the way to a mail server is protected; a server that does not offer it gets no mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// TLS after STARTTLS, RFC 3207.
    #[default]
    StartTls,
    /// TLS from the first byte, RFC 8314 §3.3.
    Tls,
    /// Not at all: on this machine only.
    None,
}

impl MailSettings {
    /// Checks every member.
    ///
    /// # Errors
    /// The first that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        if let Some(name) = &self.from_name {
            check_name(MEMBER, name).map_err(|error| invalid(format!("from_name {}", error.reason)))?;
        }
        for (member, address) in [("from_address", &self.from_address), ("reply_to", &self.reply_to)] {
            if address.as_ref().is_some_and(|address| !is_address(address)) {
                return Err(invalid(format!("{member} must be a mail address such as no-reply@example.com")));
            }
        }
        // By the instance's server a tenant could send in the name of anybody whom that server sends for.
        if self.from_address.is_some() != self.smtp.is_some() {
            return Err(invalid("from_address and smtp need each other"));
        }
        self.smtp.as_ref().map_or(Ok(()), SmtpSettings::validate)
    }
}

impl SmtpSettings {
    /// The port that is connected to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::StartTls => 587,
            SmtpTls::Tls => 465,
            SmtpTls::None => 25,
        })
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let is_address = self.host.parse::<IpAddr>().is_ok();
        if !is_address && !is_host(&self.host) {
            return Err(invalid("smtp.host must be the name of a host, or an address"));
        }
        if self.port == Some(0) {
            return Err(invalid("smtp.port must be between 1 and 65535"));
        }
        if self.tls == SmtpTls::None && !is_loopback(&self.host) {
            return Err(invalid("smtp.tls: none is for a server on this machine: localhost, 127.0.0.1 or ::1"));
        }
        let Some(username) = &self.username else { return Ok(()) };
        if username.is_empty() || username.len() > MAX_USERNAME_BYTES || username.chars().any(char::is_control) {
            return Err(invalid(format!(
                "smtp.username must have 1 to {MAX_USERNAME_BYTES} bytes, none of them a control character"
            )));
        }
        Ok(())
    }
}

/// An address without comments or quotes, which no mail system of today gives out (RFC 5321 §4.1.2 warns of them).
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c);
    !local.is_empty()
        && local.len() <= MAX_LOCAL_BYTES
        && local.bytes().all(is_atom)
        && !local.split('.').any(str::is_empty)
        && is_host(domain)
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // The last label of a name is never a number, so what looks like an address is one (0x7f.1, 127.1).
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= MAX_HOST_BYTES
        && text.split('.').all(is_label)
        && last.bytes().any(|c| c.is_ascii_alphabetic())
        && !last.starts_with("0x")
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn invalid(reason: impl Into<std::borrow::Cow<'static, str>>) -> InvalidMember {
    InvalidMember::new(MEMBER, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(host: &str) -> SmtpSettings {
        SmtpSettings { host: host.to_owned(), port: None, tls: SmtpTls::default(), username: None }
    }

    fn mail(from: &str, smtp: SmtpSettings) -> MailSettings {
        MailSettings { from_address: Some(from.to_owned()), smtp: Some(smtp), ..MailSettings::default() }
    }

    #[test]
    fn an_address_is_one_that_cannot_be_anything_else() {
        for good in ["a@example.com", "no-reply+x@mail.example.co.uk", "o'neil@x--y.example", "a@localhost"] {
            assert_eq!(mail(good, smtp("smtp.example.com")).validate(), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a",
            "@example.com",
            "a@",
            "a@b@c.example",
            "a b@example.com",
            "<a@example.com>",
            "a@example.com, b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "a\n@example.com",
            "\"a b\"@example.com",
            "a@-x.example",
            "a..b@example.com",
            "a@exa_mple.com",
            "ä@example.com",
            "a@example.com.",
            "a@10.0.0.1",
        ] {
            assert_eq!(mail(bad, smtp("smtp.example.com")).validate().expect_err("refused").member, MEMBER, "{bad}");
            let reply = MailSettings { reply_to: Some(bad.to_owned()), ..MailSettings::default() };
            assert!(reply.validate().is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_sends_in_the_name_of_an_address_by_a_server_that_is_not_the_tenants() {
        let alone = MailSettings { from_address: Some("ceo@example.com".to_owned()), ..MailSettings::default() };
        assert!(alone.validate().is_err());
        assert!(MailSettings { smtp: Some(smtp("smtp.example.com")), ..MailSettings::default() }.validate().is_err());
        assert_eq!(MailSettings::default().validate(), Ok(()));
    }

    #[test]
    fn a_server_is_a_host_and_without_tls_it_is_on_this_machine() {
        for good in ["smtp.example.com", "localhost", "192.0.2.1", "::1", "2001:db8::1"] {
            assert_eq!(mail("a@example.com", smtp(good)).validate(), Ok(()), "{good}");
        }
        for bad in
            ["", "smtp.example.com:25", "http://x", "a b", "127.1", "0x7f.1", "x/y", "u@h", "[::1]", "2130706433"]
        {
            assert!(mail("a@example.com", smtp(bad)).validate().is_err(), "{bad}");
        }
        for (host, good) in
            [("localhost", true), ("127.0.0.1", true), ("::1", true), ("smtp.example.com", false), ("10.0.0.1", false)]
        {
            let plain = SmtpSettings { tls: SmtpTls::None, ..smtp(host) };
            assert_eq!(mail("a@example.com", plain).validate().is_ok(), good, "{host}");
        }
    }

    #[test]
    fn a_server_has_the_usual_port_unless_it_says_otherwise() {
        let port = |tls, port| SmtpSettings { tls, port, ..smtp("h") }.port();
        assert_eq!([SmtpTls::StartTls, SmtpTls::Tls, SmtpTls::None].map(|tls| port(tls, None)), [587, 465, 25]);
        assert_eq!(port(SmtpTls::Tls, Some(2525)), 2525);
    }

    #[test]
    fn no_secret_has_a_place_in_the_settings() {
        let text = r#"{"from_address":"a@example.com","smtp":{"host":"h","password":"hunter2"}}"#;
        assert!(serde_json::from_str::<MailSettings>(text).is_err());
        let plain = r#"{"from_address":"a@example.com","smtp":{"host":"h","tls":"tls","username":"u"}}"#;
        let settings: MailSettings = serde_json::from_str(plain).expect("settings");
        assert_eq!(serde_json::to_string(&settings).expect("json"), plain);
    }
}
