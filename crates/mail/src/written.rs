//! How mails stand in the outbox, in this version's shape and in that of the version before: what waited there during an
//! upgrade is sent all the same.

use latchkey_core::{Secret, UtcTime};
use serde::Deserialize;

use crate::messages::{Approval, Invitation, Message};
use crate::{OutboxItem, Recipient};

/// Any shape that was ever written.
#[derive(Deserialize)]
pub(crate) struct Written {
    to: Option<Recipient>,
    tenant_name: Option<String>,
    message: Option<Message>,
    invitation: Option<BareInvitation>,
    approval: Option<BareApproval>,
}

/// Written by 0.1 before the envelope.
#[derive(Deserialize)]
struct BareInvitation {
    name: String,
    address: String,
    tenant_name: String,
    link: Secret<String>,
    expires_at: UtcTime,
}

/// Written by 0.1 before the envelope.
#[derive(Deserialize)]
struct BareApproval {
    name: String,
    address: String,
    tenant_name: String,
    client_name: String,
    binding_message: Option<String>,
    link: String,
    expires_at: UtcTime,
}

/// Not a mail that this version knows.
#[derive(Debug, thiserror::Error)]
#[error("not a mail that this version knows")]
pub(crate) struct UnknownShape;

impl TryFrom<Written> for OutboxItem {
    type Error = UnknownShape;

    fn try_from(written: Written) -> Result<Self, UnknownShape> {
        match written {
            Written { to: Some(to), tenant_name: Some(tenant_name), message: Some(message), .. } => {
                Ok(Self { to, tenant_name, message })
            }
            Written { invitation: Some(bare), .. } => Ok(bare.into()),
            Written { approval: Some(bare), .. } => Ok(bare.into()),
            _ => Err(UnknownShape),
        }
    }
}

impl From<BareInvitation> for OutboxItem {
    fn from(bare: BareInvitation) -> Self {
        let to = Recipient { name: bare.name, address: bare.address, language: None };
        let message = Message::Invitation(Invitation { link: bare.link, expires_at: bare.expires_at });
        Self { to, tenant_name: bare.tenant_name, message }
    }
}

impl From<BareApproval> for OutboxItem {
    fn from(bare: BareApproval) -> Self {
        let to = Recipient { name: bare.name, address: bare.address, language: None };
        let message = Message::Approval(Approval {
            client_name: bare.client_name,
            binding_message: bare.binding_message,
            link: bare.link,
            expires_at: bare.expires_at,
        });
        Self { to, tenant_name: bare.tenant_name, message }
    }
}
