//! Who acts: `act` and `may_act`, [RFC 8693 §4.1 and §4.4](https://www.rfc-editor.org/rfc/rfc8693#section-4.1).

use latchkey_core::{ClientId, UtcTime};
use latchkey_protocol::{Confirmation, ErrorCode, OAuthError, TokenTypeIdentifier as TokenKind};
use latchkey_tenants::TokenExchangePolicy;
use latchkey_web::TenantContext;
use serde_json::{Value, json};

use super::exchange::PresentedToken;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// More hands than this in one token are an accident, or somebody who wants tokens to grow.
const MAX_ACTORS: usize = 5;

/// Who is going to act: the client itself, or the subject of the actor token that it presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActingParty {
    subject: String,
    client_id: ClientId,
    from_token: bool,
    /// When the actor token ends.
    pub(super) expires_at: Option<UtcTime>,
}

impl Services {
    /// Verifies the actor token, if there is one: an active access token that this client may present.
    pub(super) async fn acting_party(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        presented: Option<&PresentedToken>,
        confirmation: Option<&Confirmation>,
    ) -> Result<ActingParty, EndpointError> {
        let Some(presented) = presented else { return Ok(ActingParty::client(client.client_id.clone())) };
        if presented.kind != TokenKind::AccessToken {
            return Err(OAuthError::invalid_request("actor_token_type is not supported").into());
        }
        let active = self.find_presentable(context, client, (presented, confirmation)).await?;
        // Whoever acts through somebody else's delegation is not who the token names.
        let active = active.filter(|active| active.actor.is_none());
        let active = active.ok_or(OAuthError::invalid_request(
            "the actor token is unknown, expired, revoked or not for this client",
        ))?;
        Ok(ActingParty {
            subject: active.subject,
            client_id: client.client_id.clone(),
            from_token: true,
            expires_at: Some(active.expires_at),
        })
    }
}

impl ActingParty {
    pub(super) fn client(client_id: ClientId) -> Self {
        Self { subject: client_id.to_string(), client_id, from_token: false, expires_at: None }
    }

    /// §4.4: a subject token that says who may act is for nobody else; what is said in words unknown here fits nobody.
    pub(super) fn check_may_act(&self, may_act: Option<&Value>, issuer: &str) -> Result<(), OAuthError> {
        let Some(may_act) = may_act else { return Ok(()) };
        let fits = |(name, value): (&String, &Value)| match name.as_str() {
            "sub" => value.as_str() == Some(&self.subject),
            "client_id" => value.as_str() == Some(self.client_id.as_str()),
            "iss" => value.as_str() == Some(issuer),
            _ => false,
        };
        let named =
            |members: &serde_json::Map<String, Value>| members.contains_key("sub") || members.contains_key("client_id");
        if may_act.as_object().is_some_and(|members| named(members) && members.iter().all(fits)) {
            return Ok(());
        }
        Err(OAuthError::invalid_request("the subject token names another party that may act"))
    }
}

/// The `act` of the new token, if the policy allows what is asked for.
///
/// An actor token asks for delegation. Without one the client impersonates where it may, else it acts itself. Those who
/// acted before stay named in either case: nobody launders a delegation by exchanging its token again.
pub(super) fn delegate(
    acting: &ActingParty,
    before: Option<Value>,
    policy: &TokenExchangePolicy,
) -> Result<Option<Value>, OAuthError> {
    let refused = |description| OAuthError::new(ErrorCode::UnauthorizedClient, description);
    if policy.impersonation && !acting.from_token {
        return Ok(before);
    }
    if !policy.delegation {
        return Err(refused(if acting.from_token {
            "the client may not delegate"
        } else {
            "the client has no policy to exchange tokens by"
        }));
    }
    let mut act = json!({ "sub": acting.subject });
    if let (Some(members), Some(before)) = (act.as_object_mut(), before) {
        members.insert("act".to_owned(), before);
    }
    if depth(&act) > MAX_ACTORS {
        return Err(OAuthError::invalid_request("too many parties act for the subject already"));
    }
    Ok(Some(act))
}

fn depth(act: &Value) -> usize {
    std::iter::successors(Some(act), |act| act.get("act")).take(MAX_ACTORS + 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str) -> ActingParty {
        ActingParty::client(id.parse().expect("a client id"))
    }

    fn holder_of_a_token(subject: &str) -> ActingParty {
        ActingParty { subject: subject.to_owned(), from_token: true, ..client("agent") }
    }

    fn policy(impersonation: bool, delegation: bool) -> TokenExchangePolicy {
        TokenExchangePolicy { audiences: Vec::new(), impersonation, delegation }
    }

    #[test]
    fn actors_are_nested_the_latest_outermost() {
        // RFC 8693 §4.1, figure 6.
        let before = json!({ "sub": "https://service77.example.com" });
        let act = delegate(&client("service16"), Some(before), &policy(false, true)).expect("delegated");
        assert_eq!(act, Some(json!({ "sub": "service16", "act": { "sub": "https://service77.example.com" } })));
    }

    #[test]
    fn impersonation_names_nobody_new_and_forgets_nobody() {
        assert_eq!(delegate(&client("a"), None, &policy(true, true)).expect("allowed"), None);
        let before = json!({ "sub": "b" });
        assert_eq!(delegate(&client("a"), Some(before.clone()), &policy(true, false)).expect("allowed"), Some(before));
    }

    #[test]
    fn an_actor_token_asks_for_delegation_and_nothing_is_allowed_unless_said() {
        let act = delegate(&holder_of_a_token("usr_1"), None, &policy(true, true)).expect("delegated");
        assert_eq!(act, Some(json!({ "sub": "usr_1" })));
        for (party, policy) in [
            (holder_of_a_token("usr_1"), policy(true, false)),
            (holder_of_a_token("usr_1"), policy(false, false)),
            (client("a"), policy(false, false)),
        ] {
            let refused = delegate(&party, None, &policy).expect_err("refused");
            assert_eq!(refused.code, ErrorCode::UnauthorizedClient);
        }
    }

    #[test]
    fn five_may_act_and_a_sixth_may_not() {
        let mut act = None;
        for _ in 0..MAX_ACTORS {
            act = delegate(&client("a"), act, &policy(false, true)).expect("delegated");
        }
        let refused = delegate(&client("a"), act, &policy(false, true)).expect_err("refused");
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
    }

    #[test]
    fn may_act_fits_the_party_in_every_member_or_not_at_all() {
        let issuer = "https://id.example/t/a";
        for (may_act, fits) in [
            (json!({ "sub": "agent" }), true),
            (json!({ "client_id": "agent" }), true),
            (json!({ "sub": "agent", "client_id": "agent", "iss": issuer }), true),
            (json!({ "sub": "other" }), false),
            (json!({ "sub": "agent", "client_id": "other" }), false),
            (json!({ "sub": "agent", "iss": "https://id.example/t/b" }), false),
            (json!({ "sub": "agent", "email": "a@example.com" }), false),
            (json!({ "iss": issuer }), false),
            (json!({}), false),
            (json!("agent"), false),
            (json!(["agent"]), false),
            (json!({ "sub": ["agent"] }), false),
        ] {
            assert_eq!(client("agent").check_may_act(Some(&may_act), issuer).is_ok(), fits, "{may_act}");
        }
        assert!(client("agent").check_may_act(None, issuer).is_ok());
        // The client may present the token, but it is the subject of the actor token who acts.
        assert!(holder_of_a_token("usr_1").check_may_act(Some(&json!({ "sub": "agent" })), issuer).is_err());
        assert!(holder_of_a_token("usr_1").check_may_act(Some(&json!({ "sub": "usr_1" })), issuer).is_ok());
    }
}
