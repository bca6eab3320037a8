//! What can be mailed, and how each reads.

use askama::Template;
use latchkey_audit::OutboxEvent;
use latchkey_core::{Secret, UtcTime};
use serde::{Deserialize, Serialize};

use crate::{Mail, MailError};

/// A mail to be: what its template needs, not the text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxItem {
    /// To a new user.
    Invitation(InvitationMail),
    /// To a user whom an application asks something, away from the browser.
    Approval(ApprovalMail),
}

/// An invitation to choose a password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvitationMail {
    /// How to address the user.
    pub name: String,
    /// Where to send it.
    pub address: String,
    /// Who invites.
    pub tenant_name: String,
    /// The page of the invitation with its token: whoever holds it can choose the password.
    pub link: Secret<String>,
    /// Until when the link can be used.
    pub expires_at: UtcTime,
}

/// A question that waits for the user's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApprovalMail {
    /// How to address the user.
    pub name: String,
    /// Where to send it.
    pub address: String,
    /// Where the user has the account.
    pub tenant_name: String,
    /// Who asks.
    pub client_name: String,
    /// A text to compare with one that the application shows.
    pub binding_message: Option<String>,
    /// The page where the user signs in and answers; it works for nobody else.
    pub link: String,
    /// Until when it can be answered.
    pub expires_at: UtcTime,
}

impl OutboxEvent for OutboxItem {
    fn kind(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "mail.invitation",
            Self::Approval(_) => "mail.approval",
        }
    }
}

impl OutboxItem {
    /// Renders the mail.
    ///
    /// # Errors
    /// [`MailError::Template`].
    pub(crate) fn render(&self, id: &str, now: UtcTime) -> Result<Mail, MailError> {
        match self {
            Self::Invitation(item) => item.render(id, now),
            Self::Approval(item) => item.render(id, now),
        }
    }
}

#[derive(Template)]
#[template(path = "invitation.txt")]
struct InvitationText<'a> {
    name: &'a str,
    tenant_name: &'a str,
    link: &'a str,
    expires_at: String,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationHtml<'a> {
    name: &'a str,
    tenant_name: &'a str,
    link: &'a str,
    expires_at: String,
}

impl InvitationMail {
    fn render(&self, id: &str, now: UtcTime) -> Result<Mail, MailError> {
        // A name may hold anything its user typed; a line break in it must not end the header that it stands in.
        let name = one_line(&self.name);
        let tenant_name = one_line(&self.tenant_name);
        let link = self.link.expose().as_str();
        let expires_at = self.expires_at.to_string();
        let text =
            InvitationText { name: &name, tenant_name: &tenant_name, link, expires_at: expires_at.clone() }.render()?;
        let html = InvitationHtml { name: &name, tenant_name: &tenant_name, link, expires_at }.render()?;
        let subject = format!("Your account at {tenant_name}");
        Ok(Mail { id: id.to_owned(), name, address: self.address.clone(), subject, text, html, date: now })
    }
}

#[derive(Template)]
#[template(path = "approval.txt")]
struct ApprovalText<'a> {
    name: &'a str,
    tenant_name: &'a str,
    client_name: &'a str,
    binding_message: Option<&'a str>,
    link: &'a str,
    expires_at: &'a str,
}

#[derive(Template)]
#[template(path = "approval.html")]
struct ApprovalHtml<'a> {
    name: &'a str,
    tenant_name: &'a str,
    client_name: &'a str,
    binding_message: Option<&'a str>,
    link: &'a str,
    expires_at: &'a str,
}

impl ApprovalMail {
    fn render(&self, id: &str, now: UtcTime) -> Result<Mail, MailError> {
        let [name, tenant_name, client_name] =
            [&self.name, &self.tenant_name, &self.client_name].map(|text| one_line(text));
        let binding_message = self.binding_message.as_deref().map(one_line);
        let (binding_message, link) = (binding_message.as_deref(), self.link.as_str());
        let expires_at = self.expires_at.to_string();
        let (name, tenant_name, client_name, expires_at) =
            (name.as_str(), tenant_name.as_str(), client_name.as_str(), expires_at.as_str());
        let text = ApprovalText { name, tenant_name, client_name, binding_message, link, expires_at }.render()?;
        let html = ApprovalHtml { name, tenant_name, client_name, binding_message, link, expires_at }.render()?;
        let subject = format!("{client_name} asks for your approval");
        Ok(Mail {
            id: id.to_owned(),
            name: name.to_owned(),
            address: self.address.clone(),
            subject,
            text,
            html,
            date: now,
        })
    }
}

fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
