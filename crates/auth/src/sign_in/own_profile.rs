//! A user changes what is said of the own person, as far as the tenant lets users.

use latchkey_audit::EventKind;
use latchkey_tenants::{ProfileClaim, Tenant};

use super::{OwnSession, SignIn};
use crate::{AuthError, Author, InvalidProfile, user_store};

/// What became of a profile that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileOutcome {
    /// It stands as it was typed, of the claims that users may change.
    Saved,
    /// Nothing was changed.
    Refused(Vec<(ProfileClaim, InvalidProfile)>),
}

impl SignIn {
    /// Makes the user's claims what was typed; those that the tenant does not let users change stay as they are.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn change_own_profile(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        typed: Vec<(ProfileClaim, String)>,
    ) -> Result<ProfileOutcome, AuthError> {
        let policy = &tenant.settings.account;
        let typed: Vec<_> = typed.into_iter().filter(|(claim, _)| policy.lets_edit(*claim)).collect();
        let mut scratch = own.active.user.claims.clone();
        let set = typed.iter().map(|(claim, text)| (*claim, scratch.set_typed(*claim, text)));
        let wrong: Vec<_> = set.filter_map(|(claim, set)| Some((claim, set.err()?))).collect();
        if !wrong.is_empty() {
            return Ok(ProfileOutcome::Refused(wrong));
        }
        let (id, user, now) = (tenant.id.clone(), own.active.user.id.clone(), self.clock.now());
        let security = self.security.clone();
        let event = Author::in_session(&own.active).event(EventKind::ProfileChanged).of(&user);
        let written = self.db.write(move |conn| {
            if !user_store::confirm_active(conn, &id, &user)? {
                return Ok(());
            }
            // The row is locked now: what somebody else changed meanwhile stays, but for what was typed here.
            let Some(before) = user_store::find_user(conn, &id, &user)? else { return Ok(()) };
            let mut claims = before.claims.clone();
            for (claim, text) in &typed {
                // Found good above, and what is refused changes nothing.
                let _ = claims.set_typed(*claim, text);
            }
            if claims == before.claims {
                return Ok(());
            }
            security.record(conn, &id, &event, now)?;
            user_store::update_claims(conn, &id, &user, &claims, now)
        });
        written.await?;
        Ok(ProfileOutcome::Saved)
    }
}
