//! Whether anything reaches a person away from the browser.

use latchkey_tenants::Tenant;

/// What the whole instance can send, for tenants that have set up nothing of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transports {
    /// Whether it sends mail.
    pub mail: bool,
    /// Whether it takes short messages and push notices.
    pub messages: bool,
}

impl Transports {
    /// Whether mail of the tenant is sent, and does not only wait until somebody sets mail up.
    #[must_use]
    pub fn can_mail(self, tenant: &Tenant) -> bool {
        self.mail || tenant.settings.mail.smtp.is_some()
    }

    /// Whether short messages and push notices of the tenant are sent.
    #[must_use]
    pub fn can_message(self, tenant: &Tenant) -> bool {
        self.messages || tenant.settings.messages.webhook.is_some()
    }
}
