//! `sub`: how a client knows a user, [OpenID Connect Core §8](https://openid.net/specs/openid-connect-core-1_0.html#SubjectIDTypes).

use latchkey_auth::AuthError;
use latchkey_core::UserId;
use latchkey_protocol::SubjectType;
use latchkey_tenants::Client;
use latchkey_web::TenantContext;

use crate::Services;

impl Services {
    /// The `sub` of the user for that client, in every token and answer that it gets.
    pub(crate) async fn subject_for(
        &self,
        context: &TenantContext,
        client: &Client,
        user: &UserId,
    ) -> Result<String, AuthError> {
        match client.metadata.subject_type {
            SubjectType::Public => Ok(user.to_string()),
            SubjectType::Pairwise => self.sign_in.pairwise_subject(&context.tenant.id, &client.sector(), user).await,
        }
    }

    /// The user whom that client knows by `sub`; a `sub` of another sector is nobody's.
    pub(crate) async fn user_of_subject(
        &self,
        context: &TenantContext,
        client: &Client,
        sub: &str,
    ) -> Result<Option<UserId>, AuthError> {
        match client.metadata.subject_type {
            SubjectType::Public => Ok(sub.parse().ok()),
            SubjectType::Pairwise => {
                self.sign_in.find_pairwise_user(&context.tenant.id, Some(&client.sector()), sub).await
            }
        }
    }

    /// The user of a `sub` that stands in a token of ours, whichever client got it.
    pub(crate) async fn user_of_issued_subject(
        &self,
        context: &TenantContext,
        sub: &str,
    ) -> Result<Option<UserId>, AuthError> {
        match sub.parse() {
            Ok(user) => Ok(Some(user)),
            Err(_) => self.sign_in.find_pairwise_user(&context.tenant.id, None, sub).await,
        }
    }
}
