//! Token exchange, [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693).
//!
//! A confidential client trades a token that it may present for another one, for an audience that its `token_exchange`
//! policy lists, with no more scope than the subject token has and no longer a life. What comes out hangs on the grant
//! of the subject token and ends with it. §2.2.2: a subject or actor token that is not good is an `invalid_request`.

use std::collections::BTreeSet;

use latchkey_core::{Secret, UtcTime};
use latchkey_protocol::{
    Confirmation, ErrorCode, GrantType, OAuthError, Params, Scope, TokenTypeIdentifier as TokenKind,
};
use latchkey_tenants::TokenExchangePolicy;
use latchkey_tokens::{NewGrant, RefreshIssue};
use latchkey_web::TenantContext;

use super::actor::delegate;
use super::issue::Granted;
use super::subject_token::{ExchangeSubject, SubjectToken};
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::scope_policy::exchangeable;

/// A request for an exchange, §2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExchangeParams {
    pub(crate) subject: PresentedToken,
    pub(crate) actor: Option<PresentedToken>,
    pub(crate) requested: TokenKind,
    /// Where the token is to be used, by address.
    pub(crate) resources: Vec<String>,
    /// Where it is to be used, by name.
    pub(crate) audiences: Vec<String>,
    pub(crate) scope: Option<String>,
}

/// A token and what it is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PresentedToken {
    pub(crate) token: Secret<String>,
    pub(crate) kind: TokenKind,
}

impl ExchangeParams {
    pub(crate) fn parse(params: &mut Params) -> Result<Self, OAuthError> {
        let subject = PresentedToken {
            token: Secret::new(params.required("subject_token")?),
            kind: token_kind(&params.required("subject_token_type")?)?,
        };
        let actor = match (params.optional("actor_token"), params.optional("actor_token_type")) {
            (Some(token), Some(kind)) => Some(PresentedToken { token: Secret::new(token), kind: token_kind(&kind)? }),
            (None, None) => None,
            _ => return Err(OAuthError::invalid_request("actor_token and actor_token_type go together")),
        };
        let requested = params.optional("requested_token_type").map(|kind| token_kind(&kind)).transpose()?;
        Ok(Self {
            subject,
            actor,
            requested: requested.unwrap_or(TokenKind::AccessToken),
            resources: params.all("resource"),
            audiences: params.all("audience"),
            scope: params.optional("scope"),
        })
    }

    /// `resource` and `audience`, which name the same things here.
    fn targets(&self) -> Vec<String> {
        let targets: BTreeSet<&String> = self.resources.iter().chain(&self.audiences).collect();
        targets.into_iter().cloned().collect()
    }

    /// The scope asked for, which must be a part of what there is; all of that when nothing is asked for.
    pub(super) fn scope_within(&self, most: &Scope) -> Result<Scope, OAuthError> {
        let Some(text) = &self.scope else { return Ok(most.clone()) };
        Scope::parse(text).filter(|scope| scope.is_subset(most)).ok_or(OAuthError::new(
            ErrorCode::InvalidScope,
            "the scope is malformed, or beyond the subject token, the target or the client",
        ))
    }
}

impl Services {
    /// Exchanges a token, for whichever of the purposes that use this grant.
    pub(super) async fn exchange(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: ExchangeParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        if params.actor.as_ref().is_some_and(|actor| actor.kind == TokenKind::DeviceSecret) {
            return self.exchange_device_secret(context, client, params, confirmation).await;
        }
        client.require_confidential()?;
        match params.requested {
            TokenKind::IdJag => self.grant_identity_assertion(context, client, params).await,
            TokenKind::AccessToken | TokenKind::Jwt => {
                self.exchange_for_access_token(context, client, params, confirmation).await
            }
            _ => Err(OAuthError::invalid_request("requested_token_type is not supported").into()),
        }
    }

    async fn exchange_for_access_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: ExchangeParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        let policy = &client.metadata.token_exchange;
        let audience = targets(&params.targets(), policy)?;
        let subject = self.verify_subject_token(context, client, &params.subject, confirmation).await?;
        let acting = self.acting_party(context, client, params.actor.as_ref(), confirmation).await?;
        acting.check_may_act(subject.may_act.as_ref(), &context.issuer)?;
        let actor = delegate(&acting, subject.actor.clone(), policy)?;

        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let most = exchangeable(&subject.scope, client, &servers, (&audience, &context.issuer));
        let scope = params.scope_within(&most)?;
        let expires_by = earlier(subject.expires_at, acting.expires_at);
        let granted = self.on_the_grant_of(context, client, subject, (scope.clone(), &audience)).await?;
        Ok(Granted {
            grant_type: GrantType::TokenExchange,
            scope,
            audience: Some(audience),
            actor,
            authorization_details: None,
            issued_token_type: Some(params.requested),
            expires_by: Some(expires_by),
            ..granted
        })
    }

    /// The new token hangs on what the subject token hangs on; what another issuer says becomes a grant of its own.
    async fn on_the_grant_of(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        subject: SubjectToken,
        (scope, audience): (Scope, &[String]),
    ) -> Result<Granted, EndpointError> {
        match subject.of {
            ExchangeSubject::Grant(grant) => Ok(Granted::user(*grant, None, None)),
            ExchangeSubject::Client(client_id) => Ok(Granted::client(client_id, scope)),
            ExchangeSubject::Elsewhere { user_id, authentication } => {
                let grant = NewGrant {
                    grant_type: GrantType::TokenExchange,
                    client_id: client.client_id.clone(),
                    user_id,
                    session_id: None,
                    scope,
                    audience: audience.to_vec(),
                    authentication,
                    claims: None,
                    offline: false,
                    confirmation: None,
                    authorization_details: None,
                    actor: None,
                };
                self.store_grant(context, &grant, RefreshIssue::Withhold).await
            }
        }
    }
}

/// §2.1: for what the token is. A client that may reach one audience only need not name it.
fn targets(asked: &[String], policy: &TokenExchangePolicy) -> Result<Vec<String>, OAuthError> {
    let refused = |description| OAuthError::new(ErrorCode::InvalidTarget, description);
    match (asked, policy.audiences.as_slice()) {
        ([], [only]) => Ok(vec![only.clone()]),
        ([], _) => Err(refused("name the target by resource or audience")),
        (asked, _) if asked.iter().all(|audience| policy.allows_audience(audience)) => Ok(asked.to_vec()),
        _ => Err(refused("the client may not exchange tokens for this target")),
    }
}

fn token_kind(text: &str) -> Result<TokenKind, OAuthError> {
    text.parse().map_err(|_| OAuthError::invalid_request("unknown token type"))
}

fn earlier(one: UtcTime, other: Option<UtcTime>) -> UtcTime {
    other.map_or(one, |other| one.min(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<ExchangeParams, OAuthError> {
        ExchangeParams::parse(&mut Params::parse(body.as_bytes()).expect("a form"))
    }

    const ACCESS: &str = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token";

    #[test]
    fn resources_and_audiences_are_one_list_of_targets_and_an_access_token_is_the_default() {
        // RFC 8693 §2.3, but for the names.
        let body = format!(
            "resource=https%3A%2F%2Fb.example&audience=https%3A%2F%2Fa.example&audience=https%3A%2F%2Fb.example\
             &subject_token=t&subject_token_type={ACCESS}"
        );
        let params = parse(&body).expect("parses");
        assert_eq!(params.targets(), ["https://a.example", "https://b.example"]);
        assert_eq!((params.requested, params.actor), (TokenKind::AccessToken, None));
    }

    #[test]
    fn an_actor_token_and_its_type_go_together_and_a_type_must_be_known() {
        for (body, fits) in [
            (format!("subject_token=t&subject_token_type={ACCESS}&actor_token=a&actor_token_type={ACCESS}"), true),
            (format!("subject_token=t&subject_token_type={ACCESS}&actor_token=a"), false),
            (format!("subject_token=t&subject_token_type={ACCESS}&actor_token_type={ACCESS}"), false),
            (format!("subject_token=t&subject_token_type={ACCESS}&requested_token_type=x"), false),
            ("subject_token=t&subject_token_type=access_token".to_owned(), false),
            ("subject_token=t".to_owned(), false),
            (format!("subject_token_type={ACCESS}"), false),
        ] {
            assert_eq!(parse(&body).is_ok(), fits, "{body}");
        }
    }

    #[test]
    fn a_target_is_one_of_the_list_and_the_only_one_need_not_be_named() {
        let policy = |audiences: &[&str]| TokenExchangePolicy {
            audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
            ..TokenExchangePolicy::default()
        };
        let asked = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(targets(&[], &policy(&["https://a"])).expect("one"), ["https://a"]);
        assert_eq!(targets(&asked(&["https://a"]), &policy(&["https://a", "https://b"])).expect("one"), ["https://a"]);
        for (names, listed) in [
            (asked(&[]), policy(&[])),
            (asked(&[]), policy(&["https://a", "https://b"])),
            (asked(&["https://a", "https://c"]), policy(&["https://a", "https://b"])),
            (asked(&["https://a/"]), policy(&["https://a"])),
        ] {
            assert_eq!(targets(&names, &listed).expect_err("refused").code, ErrorCode::InvalidTarget, "{names:?}");
        }
    }
}
