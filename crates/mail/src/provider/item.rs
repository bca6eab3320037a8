//! What can be sent to a phone.

use latchkey_audit::OutboxEvent;
use latchkey_core::{Secret, TenantId, UtcTime};
use latchkey_language::{Language, Words, first_known};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::one_line::one_line;

/// A short message to a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsItem {
    /// The phone, E.164: `+` and digits.
    pub to: String,
    /// The message as it is to be read.
    pub text: Secret<String>,
    /// The code in it, for providers that have texts of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret<String>>,
    /// The language of the text, a BCP 47 tag.
    pub language: String,
    /// From when on it is of no use; it is not sent any more then.
    pub expires_at: UtcTime,
}

/// A notice on a device that asks for an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushItem {
    /// The device, as whoever enrolled it calls it.
    pub to: String,
    /// The first line.
    pub title: String,
    /// What is asked.
    pub text: String,
    /// The page where it is answered.
    pub link: Secret<String>,
    /// A number that the page of the sign-in shows too, to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The language of the texts, a BCP 47 tag.
    pub language: String,
    /// From when on it is of no use; it is not sent any more then.
    pub expires_at: UtcTime,
}

impl SmsItem {
    /// Its kind in the outbox, and the `type` of what is posted.
    pub const KIND: &'static str = "sms.code";

    /// A code in words, in the first of `languages` that is offered.
    ///
    /// The last line binds the code to the `host` of the page that asks for it: browsers type it there and nowhere else
    /// ([origin-bound one-time codes](https://wicg.github.io/sms-one-time-codes/)).
    #[must_use]
    pub fn code(
        to: &str,
        code: &Secret<String>,
        (tenant_name, host): (&str, &str),
        languages: &[&str],
        expires_at: UtcTime,
    ) -> Self {
        let language = first_known(languages.iter().copied()).unwrap_or_default();
        let words = Words::new("mail-sms-code").with("tenant", one_line(tenant_name)).with("code", code.expose());
        // A phone shows what it is sent; marks of direction around a code would be typed along with it.
        let said = one_line(&language.say(&words));
        Self {
            to: to.to_owned(),
            text: Secret::new(format!("{said}\n\n@{host} #{}", code.expose())),
            code: Some(code.clone()),
            language: language.tag().to_owned(),
            expires_at,
        }
    }
}

impl PushItem {
    /// Its kind in the outbox, and the `type` of what is posted.
    pub const KIND: &'static str = "push.approval";

    /// A question in words, in the first of `languages` that is offered.
    #[must_use]
    pub fn approval(
        to: &str,
        link: Secret<String>,
        tenant_name: &str,
        languages: &[&str],
        expires_at: UtcTime,
    ) -> Self {
        let language: Language = first_known(languages.iter().copied()).unwrap_or_default();
        let say = |id| one_line(&language.say(&Words::new(id).with("tenant", one_line(tenant_name))));
        Self {
            to: to.to_owned(),
            title: say("mail-push-title"),
            text: say("mail-push-text"),
            link,
            number: None,
            language: language.tag().to_owned(),
            expires_at,
        }
    }
}

impl OutboxEvent for SmsItem {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn goes_by_tenant(&self) -> bool {
        true
    }
}

impl OutboxEvent for PushItem {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn goes_by_tenant(&self) -> bool {
        true
    }
}

/// What is posted.
pub(crate) trait Posted: Send {
    /// From when on it is of no use.
    fn expires_at(&self) -> UtcTime;

    /// The member `data` of the body.
    fn data(&self, tenant: &TenantId) -> Value;
}

impl Posted for SmsItem {
    fn expires_at(&self) -> UtcTime {
        self.expires_at
    }

    fn data(&self, tenant: &TenantId) -> Value {
        json!({
            "tenant_id": tenant.as_str(),
            "to": self.to,
            "text": self.text.expose(),
            "code": self.code.as_ref().map(Secret::expose),
            "language": self.language,
            "expires_at": self.expires_at.to_string(),
        })
    }
}

impl Posted for PushItem {
    fn expires_at(&self) -> UtcTime {
        self.expires_at
    }

    fn data(&self, tenant: &TenantId) -> Value {
        json!({
            "tenant_id": tenant.as_str(),
            "to": self.to,
            "title": self.title,
            "text": self.text,
            "link": self.link.expose(),
            "number": self.number,
            "language": self.language,
            "expires_at": self.expires_at.to_string(),
        })
    }
}
