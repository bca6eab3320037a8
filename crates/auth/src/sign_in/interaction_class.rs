//! Which class a sign-in under way is to reach: what is needed may turn out late, and what is only wished for is left to the
//! person.

use latchkey_core::TenantId;

use super::SignIn;
use crate::interaction::{Kept, Progress};
use crate::{Acr, AuthError, Interaction};

impl SignIn {
    /// The sign-in has to reach this class: a rule says so, now that it is known who signs in.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn require_class(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        acr: Option<Acr>,
    ) -> Result<(), AuthError> {
        if acr <= interaction.kept.essential_acr {
            return Ok(());
        }
        self.keep(tenant, interaction, Kept { essential_acr: acr, ..interaction.kept }).await
    }

    /// The person goes on without the class that the application would only like to see.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn decline_class(&self, tenant: &TenantId, interaction: &Interaction) -> Result<(), AuthError> {
        self.keep(tenant, interaction, Kept { declined: true, ..interaction.kept }).await
    }

    /// The browser says that it could keep a passkey.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn note_able_browser(&self, tenant: &TenantId, interaction: &Interaction) -> Result<(), AuthError> {
        self.keep(tenant, interaction, Kept { can_make_passkeys: true, ..interaction.kept }).await
    }

    /// Beside the sign-in and not in it, so that it cannot be revived once it is over.
    async fn keep(&self, tenant: &TenantId, interaction: &Interaction, kept: Kept) -> Result<(), AuthError> {
        let before = interaction.clone();
        let progress = Progress {
            signed_in: before.signed_in,
            chosen: before.chosen,
            consent: Some(before.consent),
            pending: before.pending,
            awaiting: before.awaiting,
            kept,
        };
        let changed = Interaction { kept, ..interaction.clone() };
        self.record_progress(tenant, &changed, &progress).await
    }
}
