//! Who it is that typed a password: every check that comes before anything is opened.

use super::*;
use crate::authentication::PasswordState;

impl SignIn {
    /// [`SignIn::submit_password`] where no page is shown: the client itself asked for the password. A second factor
    /// cannot be asked for there.
    ///
    /// # Errors
    /// As [`SignIn::submit_password`].
    pub async fn accept_password(
        &self,
        tenant: &Tenant,
        client: &ClientId,
        attempt: PasswordAttempt,
    ) -> Result<PasswordOutcome, AuthError> {
        self.check_password(tenant, Destination { client, acr: None }, None, attempt).await
    }

    /// Who it is and how risky that looks; else what is told instead.
    pub(super) async fn prove_password(
        &self,
        tenant: &Tenant,
        under_way: UnderWay<'_>,
        attempt: &PasswordAttempt,
    ) -> Result<Result<(FirstFactorPassed, Risk), PasswordOutcome>, AuthError> {
        let identifier = IdentifierKey::of(&attempt.identifier);
        let known = self.known_browser(&tenant.id, &identifier, attempt.known.as_ref()).await?;
        let guesser = Guesser { identifier: &identifier, address: attempt.from.address, known: known.as_ref() };
        if let Some(interaction) = under_way.interaction
            && !self.accepts_work(tenant, interaction, guesser, attempt.work.as_deref()).await?
        {
            return Ok(Err(PasswordOutcome::WorkNeeded));
        }
        if let Admission::Throttled { retry_after } = self.throttle.admit(tenant, guesser).await? {
            self.report_throttled(tenant, under_way, &identifier).await?;
            return Ok(Err(PasswordOutcome::Throttled { retry_after }));
        }
        let verified = self.verify_password(&tenant.id, &identifier, attempt.password.clone()).await?;
        let counting = verified.and_then(|passed| {
            let refusal = Refusal::of(&passed.user().id, "first_factor_not_allowed");
            if passed.counts_at(tenant, under_way.client) { Ok(passed) } else { Err(refusal) }
        });
        let first_factor = match counting {
            Ok(first_factor) => first_factor,
            Err(refusal) => {
                self.throttle.note_failure(tenant).await?;
                self.report_refusal(&tenant.id, under_way, &refusal).await?;
                return Ok(Err(PasswordOutcome::Refused));
            }
        };
        let first_factor = if self.passwords.is_in_breach_filter(&attempt.password).await {
            first_factor.noting(PasswordState::Breached)
        } else {
            first_factor
        };
        // Before the failures are forgiven: that they are would tell whoever is kept out that the password is right.
        let Some(risk) = self.judge(tenant, &first_factor, under_way).await? else {
            self.throttle.note_failure(tenant).await?;
            return Ok(Err(PasswordOutcome::Refused));
        };
        self.have_breached_password_changed(tenant, &first_factor).await?;
        // The short-lived store comes first: when it fails, no session was opened that nobody knows of.
        self.throttle.forgive(tenant, guesser).await?;
        Ok(Ok((first_factor, risk)))
    }

    /// Where the tenant wants it, a password that is known from a breach is changed before there is a session.
    async fn have_breached_password_changed(
        &self,
        tenant: &Tenant,
        passed: &FirstFactorPassed,
    ) -> Result<(), AuthError> {
        let is_breached = passed.password() == PasswordState::Breached;
        if !is_breached || !tenant.settings.risk.change_breached_password {
            return Ok(());
        }
        let (tenant, user) = (tenant.id.clone(), passed.user().id.clone());
        let marked = self.db.write(move |conn| user_store::set_must_change_password(conn, &tenant, &user, true));
        Ok(marked.await.map(|_| ())?)
    }

    async fn verify_password(
        &self,
        tenant: &TenantId,
        identifier: &IdentifierKey,
        password: Secret<String>,
    ) -> Result<Result<FirstFactorPassed, Refusal>, AuthError> {
        let credentials = {
            let (tenant, identifier) = (tenant.clone(), identifier.clone());
            self.db.read(move |conn| user_store::find_credentials(conn, &tenant, &identifier)).await?
        };
        let refusal = why_refused(credentials.as_ref());
        let verified = FirstFactorPassed::verify((&self.passwords, tenant), credentials, password).await?;
        let Some((first_factor, outdated)) = verified else { return Ok(Err(refusal)) };
        let Some(Outdated { verified_hash, renewed_hash }) = outdated else { return Ok(Ok(first_factor)) };
        let (tenant, user) = (tenant.clone(), first_factor.user().id.clone());
        let renew = move |conn: &mut DbConnection| {
            user_store::renew_password_hash(conn, &tenant, &user, &verified_hash, &renewed_hash)
        };
        let stood = self.db.write(renew).await?;
        Ok(if stood { Ok(first_factor) } else { Err(Refusal { reason: "password_changed", ..refusal }) })
    }
}
