//! Bounds how many mails and short messages strangers may have sent, alike for addresses that no user has.
//!
//! Whoever asks for a code or a link costs somebody else something: a full mailbox, a phone that does not stop, money for
//! each short message. It is counted by whom it goes to, by where it is asked from, and for short messages by tenant: numbers
//! that charge their callers are dialled in bulk, each once.

use std::net::IpAddr;
use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::TokenHash;
use latchkey_tenants::Tenant;

use crate::throttle::network_of;
use crate::{AuthError, SignIn};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// By what a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageChannel {
    /// Mail.
    Mail,
    /// A short message to a phone, which costs money.
    Sms,
    /// A notice on a device of a user.
    Push,
}

/// Messages within an hour.
struct Bounds {
    to_one: u64,
    from_one: u64,
    of_tenant: Option<u64>,
}

impl MessageChannel {
    fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    fn bounds(self) -> Bounds {
        match self {
            Self::Mail => Bounds { to_one: 10, from_one: 50, of_tenant: None },
            Self::Sms => Bounds { to_one: 5, from_one: 15, of_tenant: Some(1_000) },
            // A person who is asked again and again says yes in the end.
            Self::Push => Bounds { to_one: 10, from_one: 50, of_tenant: None },
        }
    }
}

impl SignIn {
    /// Counts a message that somebody at `from` asks to have sent to `to` (an address, a number or a user's id; as typed,
    /// before anybody is looked up), and says whether it may be sent.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; [`AuthError::Cache`] when the short-lived store does not answer. Then nothing is sent.
    pub async fn admit_message(
        &self,
        tenant: &Tenant,
        channel: MessageChannel,
        to: &str,
        from: IpAddr,
    ) -> Result<(), AuthError> {
        let (name, bounds) = (channel.name(), channel.bounds());
        let recipient = TokenHash::of(&to.trim().to_lowercase());
        let counters = [
            (format!("message:{name}:from:{}", network_of(from)), Some(bounds.from_one)),
            (format!("message:{name}:to:{}", recipient.as_str()), Some(bounds.to_one)),
            (format!("message:{name}:all"), bounds.of_tenant),
        ];
        // What was refused counts nowhere else: one address cannot use up what a person or a tenant has.
        for (id, most) in counters {
            let Some(most) = most else { continue };
            let key = CacheKey::new(&tenant.id, Kind::Throttle, &id);
            let counted = self.cache.increment(&key, HOUR).await?;
            if counted.count > most {
                let retry_after = counted.resets_at.since(self.clock.now());
                return Err(AuthError::TooManyRequests { retry_after });
            }
        }
        Ok(())
    }
}
