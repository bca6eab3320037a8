//! The one judgement of a password that somebody chooses.

use latchkey_core::Secret;
use latchkey_tenants::Tenant;

use super::SignIn;
use crate::{AuthError, ChosenPassword, PasswordOwner, PasswordRule, Strength, password_store};

impl SignIn {
    /// Judges a new password, wherever one is chosen: by the tenant's policy, by how hard it is to guess, and by what the
    /// user had before. What passed is set by [`password_store::set_password`]. The time of a refusal may tell which rule
    /// was broken, as the refusal does.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn judge_password(
        &self,
        tenant: &Tenant,
        owner: &PasswordOwner,
        password: Secret<String>,
    ) -> Result<Result<ChosenPassword, PasswordRule>, AuthError> {
        let policy = &tenant.settings.passwords;
        if let Some(rule) = PasswordRule::broken_beside(policy, &password, owner) {
            return Ok(Err(rule));
        }
        let strength = self.estimate_password(tenant, owner, password.clone()).await?;
        if strength.score < policy.min_score {
            return Ok(Err(PasswordRule::too_weak(&strength)));
        }
        if policy.refuse_breached && self.passwords.is_breached(&tenant.id, &password).await {
            return Ok(Err(PasswordRule::Breached));
        }
        if self.had_password(tenant, owner, &password).await? {
            return Ok(Err(PasswordRule::UsedBefore));
        }
        let hash = self.passwords.hash(&tenant.id, password).await?;
        Ok(Ok(ChosenPassword { hash, keep: policy.history.saturating_sub(1) }))
    }

    /// How hard a password is to guess that somebody is typing, and the rule that it breaks so far; breaches and history are
    /// asked when it is chosen. Nothing is kept of it.
    ///
    /// # Errors
    /// [`AuthError::Busy`], [`AuthError::PasswordTooLong`].
    pub async fn preview_password(
        &self,
        tenant: &Tenant,
        owner: &PasswordOwner,
        password: Secret<String>,
    ) -> Result<(Strength, Option<PasswordRule>), AuthError> {
        let policy = &tenant.settings.passwords;
        let broken = PasswordRule::broken_beside(policy, &password, owner);
        if broken == Some(PasswordRule::TooLong) {
            return Err(AuthError::PasswordTooLong);
        }
        let strength = self.estimate_password(tenant, owner, password).await?;
        let weak = (strength.score < policy.min_score).then(|| PasswordRule::too_weak(&strength));
        Ok((strength, broken.or(weak)))
    }

    async fn estimate_password(
        &self,
        tenant: &Tenant,
        owner: &PasswordOwner,
        password: Secret<String>,
    ) -> Result<Strength, AuthError> {
        self.passwords.estimate(&tenant.id, password, owner.words(tenant)).await
    }

    async fn had_password(
        &self,
        tenant: &Tenant,
        owner: &PasswordOwner,
        password: &Secret<String>,
    ) -> Result<bool, AuthError> {
        let Some(user) = owner.user.clone() else { return Ok(false) };
        let (id, history) = (tenant.id.clone(), tenant.settings.passwords.history);
        let last = self.db.read(move |conn| password_store::find_last(conn, &id, &user, history)).await?;
        for hash in &last {
            if self.passwords.verify(&tenant.id, password.clone(), Some(hash)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
