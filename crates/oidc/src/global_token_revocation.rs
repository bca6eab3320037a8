//! [Global Token Revocation](https://datatracker.ietf.org/doc/html/draft-parecki-oauth-global-token-revocation): whoever
//! watches over users, as a tool for incidents does, ends everything that one of them is signed in to.

use actix_web::{HttpResponse, web};
use latchkey_audit::Actor;
use latchkey_auth::IdentifierKey;
use latchkey_core::UserId;
use latchkey_protocol::{OAuthError, SubjectIdentifier};
use latchkey_web::TenantContext;

use crate::Services;
use crate::client_authentication::{AuthenticatedClient, JsonClientRequest};
use crate::error::EndpointError;
use crate::no_store::forbid_storing;

/// Ends the sessions and the grants of the user that `sub_id` names; 404 when there is no such user.
pub(crate) async fn revoke(
    context: TenantContext,
    call: JsonClientRequest,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    let client = services.authenticate_client(&context.tenant, &call.credentials).await?;
    client.require_confidential()?;
    if !client.metadata.global_token_revocation {
        return Err(EndpointError::MayNotRevoke);
    }
    let subject = call.members.get("sub_id").map(SubjectIdentifier::parse);
    let subject = subject.ok_or_else(|| OAuthError::invalid_request("sub_id is missing"))?;
    let malformed = |_| OAuthError::invalid_request("sub_id must be of the format iss_sub, opaque or email");
    let user = services.user_named(&context, &client, &subject.map_err(malformed)?).await?;
    let user = user.ok_or(EndpointError::UnknownUser)?;
    services.revoke_everything(&context, &client, &user).await?;
    Ok(forbid_storing(&mut HttpResponse::NoContent()).finish())
}

impl Services {
    /// The user that the client means, who need not be active. A `sub` is the one by which this very client knows the
    /// user: a pairwise one of another sector, or the id behind it, would tell who is who.
    async fn user_named(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        subject: &SubjectIdentifier,
    ) -> Result<Option<UserId>, EndpointError> {
        let tenant = &context.tenant.id;
        let sub = match subject {
            SubjectIdentifier::IssSub { iss, .. } if *iss != context.issuer => return Ok(None),
            SubjectIdentifier::IssSub { sub, .. } | SubjectIdentifier::Opaque { id: sub } => sub,
            SubjectIdentifier::Email { email } => {
                let key = IdentifierKey::of(email);
                return Ok(if key.is_email() { self.sign_in.find_user_id(tenant, &key).await? } else { None });
            }
        };
        match self.user_of_subject(context, client, sub).await? {
            Some(user) => Ok(self.sign_in.knows_user(tenant, &user).await?.then_some(user)),
            None => Ok(None),
        }
    }

    /// Sessions first: whatever waits for its tokens (a code, a device, a request behind the browser's back) gets none
    /// without its session, so that nothing is granted behind the last that is revoked.
    async fn revoke_everything(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        user: &UserId,
    ) -> Result<(), EndpointError> {
        let tenant = &context.tenant.id;
        let actor = Actor::Client(client.client_id.clone());
        let sessions = self.sign_in.end_sessions_of_user(tenant, user, &actor).await?;
        let grants = self.tokens.revoke_grants_of_user(tenant, user).await?;
        self.sign_in.forget_browsers_of_user(tenant, user, &actor).await?;
        tracing::info!(%tenant, client_id = %client.client_id, %user, sessions, grants, "a client revoked all tokens of a user");
        Ok(())
    }
}
