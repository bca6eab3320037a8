//! What is done for somebody who asked to get back into an account, after the answer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use latchkey_audit::{DeliveryPolicy, Handler, OutboxEntry, Undelivered};
use latchkey_tenants::{Directory, TenantStatus};

use crate::SignIn;
use crate::sign_in::ResetAsked;

/// Looks up who asked, and mails if there is somebody to mail to.
pub struct RecoveryDelivery {
    /// Finds tenants.
    pub directory: Directory,
    /// Finds users, and makes links.
    pub sign_in: SignIn,
}

impl RecoveryDelivery {
    /// With what each kind begins.
    pub const PREFIX: &'static str = "recovery.";

    /// Tries for about an hour: nobody waits longer.
    pub const POLICY: DeliveryPolicy = DeliveryPolicy {
        concurrency: 8,
        concurrency_per_destination: 8,
        deadline: Duration::from_secs(30),
        first_retry: Duration::from_secs(5),
        last_retry: Duration::from_secs(10 * 60),
        max_attempts: 10,
    };

    async fn mail(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let asked: ResetAsked = entry.payload()?;
        let tenant = self.directory.find_tenant(&entry.tenant_id).await.map_err(|e| Undelivered::Retry(e.into()))?;
        let Some(tenant) = tenant.filter(|tenant| tenant.status == TenantStatus::Active) else { return Ok(()) };
        self.sign_in.mail_reset_link(&tenant, &asked).await.map_err(|e| Undelivered::Retry(e.into()))
    }
}

impl Handler for RecoveryDelivery {
    fn deliver<'a>(
        &'a self,
        entry: &'a OutboxEntry,
    ) -> Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>> {
        Box::pin(self.mail(entry))
    }
}
