//! Assertions of trusted issuers, [RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3): who signed them, for
//! whom, about whom, and that they were not used before.

use std::time::Duration;

use latchkey_auth::{IdentifierKey, LinkedUser};
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{Secret, TokenHash, UserId, UtcTime};
use latchkey_jose::{InvalidJws, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::Scope;
use latchkey_tenants::{AssertionUse, SubjectMatch, TrustedIssuer};
use latchkey_tokens::Authentication;
use latchkey_web::TenantContext;
use serde_json::Value;

use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::endpoint::chain;
use crate::error::EndpointError;

/// `typ` of an ID-JAG.
pub(crate) const ID_JAG_TYPE: &str = "oauth-id-jag+jwt";
/// Clocks of others differ from ours by as much.
const LEEWAY: Duration = Duration::from_secs(30);
/// RFC 7523 §3: an assertion that expires unreasonably far in the future is refused; its `jti` is kept that long.
const MAX_LIFE: Duration = Duration::from_secs(60 * 60);
/// OpenID Connect Core §2: how somebody signed in elsewhere says nothing about our own levels.
const ACR_UNKNOWN: &str = "0";

/// An assertion that says nothing yet.
pub(crate) struct UnverifiedAssertion {
    text: Secret<String>,
    jws: UnverifiedJws,
}

/// An assertion of a trusted issuer, in time and meant for this tenant.
pub(crate) struct VerifiedAssertion {
    pub(crate) issuer: TrustedIssuer,
    pub(crate) claims: VerifiedPayload,
    pub(crate) expires_at: UtcTime,
    /// What of it makes it the same one when it comes again.
    identity: String,
}

/// Whom an assertion is about, here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LocalSubject {
    /// An active user.
    User(UserId),
    /// The client that presents it.
    Client,
}

impl UnverifiedAssertion {
    pub(crate) fn parse(text: &Secret<String>) -> Option<Self> {
        UnverifiedJws::parse(text.expose()).ok().map(|jws| Self { text: text.clone(), jws })
    }

    /// What it is to be used for, where both kinds are taken: only the type tells an ID-JAG.
    pub(crate) fn intended_use(&self) -> AssertionUse {
        if self.jws.has_typ(ID_JAG_TYPE) { AssertionUse::IdentityAssertion } else { AssertionUse::JwtBearer }
    }

    /// RFC 8725 §3.11: an access token, a logout token or a proof of that issuer is no assertion.
    fn has_typ_for(&self, wanted: AssertionUse) -> bool {
        match wanted {
            AssertionUse::IdentityAssertion => self.jws.has_typ(ID_JAG_TYPE),
            AssertionUse::JwtBearer | AssertionUse::TokenExchange => {
                self.jws.typ().is_none() || self.jws.has_typ("JWT")
            }
        }
    }

    /// The `jti`, or for an assertion without one all that is signed.
    fn identity(&self) -> String {
        let signed = self.text.expose().rsplit_once('.').map_or("", |(signed, _)| signed);
        match (self.jws.unverified_text("iss"), self.jws.unverified_text("jti")) {
            (Some(issuer), Some(jti)) => TokenHash::of(&format!("jti {issuer} {jti}")).as_str().to_owned(),
            _ => TokenHash::of(&format!("jws {signed}")).as_str().to_owned(),
        }
    }
}

impl Services {
    /// Verifies an assertion that the client presents; `None`, and a line in the log, when it is not to be believed.
    pub(crate) async fn verify_trusted_assertion(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        unverified: &UnverifiedAssertion,
        wanted: AssertionUse,
    ) -> Result<Option<VerifiedAssertion>, EndpointError> {
        let refused = |reason: &dyn std::fmt::Display| {
            tracing::info!(client_id = %client.client_id, %reason, "assertion refused");
            Ok(None)
        };
        let claimed = unverified.jws.unverified_text("iss").unwrap_or_default();
        let Some(issuer) = context.tenant.settings.trusted_issuers.find(claimed, wanted, &client.client_id) else {
            return refused(&"no issuer trusted with this, for this client");
        };
        if !unverified.has_typ_for(wanted) {
            return refused(&"another type of token");
        }
        let signed_by = (&*context.tenant, issuer);
        let algorithms = client.rules().algorithms;
        let claims = match self.client_keys.verify_of_issuer(signed_by, &unverified.jws, algorithms).await {
            Ok(claims) => claims,
            Err(reason) => return refused(&chain(&reason)),
        };
        match self.check_assertion(context, issuer, &claims, wanted) {
            Ok(expires_at) => {
                let identity = unverified.identity();
                Ok(Some(VerifiedAssertion { issuer: issuer.clone(), claims, expires_at, identity }))
            }
            Err(reason) => refused(&reason),
        }
    }

    /// RFC 7523 §3, points 1 to 8.
    fn check_assertion(
        &self,
        context: &TenantContext,
        issuer: &TrustedIssuer,
        claims: &VerifiedPayload,
        wanted: AssertionUse,
    ) -> Result<UtcTime, InvalidJws> {
        let now = self.clock.now();
        let token_endpoint = format!("{}/oauth2/token", context.issuer);
        let issuer_alone: [&str; 1] = [&context.issuer];
        let own: [&str; 2] = [&context.issuer, &token_endpoint];
        let listed: Vec<&str> = issuer.audiences.iter().map(String::as_str).collect();
        claims.require_issuer(&issuer.issuer)?;
        claims.require_text("sub")?;
        match wanted {
            // The draft: the audience is the issuer of this authorization server, and nobody else.
            AssertionUse::IdentityAssertion => {
                claims.require_sole_audience(if listed.is_empty() { &issuer_alone } else { &listed })?;
                claims.require_text("jti")?;
                claims.require_issued_within(now, MAX_LIFE, LEEWAY)?;
            }
            AssertionUse::JwtBearer | AssertionUse::TokenExchange => {
                claims.require_audience(if listed.is_empty() { &own } else { &listed })?;
            }
        }
        claims.require_begun(now, LEEWAY)?;
        claims.require_expiry_within(now, MAX_LIFE.saturating_add(LEEWAY))?;
        claims.require_unexpired(now, LEEWAY)
    }

    /// Finds whom the assertion is about, as the tenant maps the subjects of that issuer.
    pub(crate) async fn find_local_subject(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        assertion: &VerifiedAssertion,
    ) -> Result<Option<LocalSubject>, EndpointError> {
        let mapping = &assertion.issuer.subject;
        let tenant = &context.tenant;
        if mapping.matches != SubjectMatch::Client {
            // A link says who it is; the mapping is for those who have none.
            let subject = assertion.claims.text("sub").unwrap_or_default();
            match self.sign_in.find_linked_user(tenant, (&assertion.issuer.issuer, subject)).await? {
                LinkedUser::Found(user) => return Ok(Some(LocalSubject::User(user.id))),
                LinkedUser::Withheld => return Ok(None),
                LinkedUser::NotLinked => {}
            }
        }
        let Some(name) = assertion.claims.text(&mapping.claim) else { return Ok(None) };
        let key = IdentifierKey::of(name);
        let user = match mapping.matches {
            SubjectMatch::Client => {
                return Ok((name == client.client_id.as_str()).then_some(LocalSubject::Client));
            }
            SubjectMatch::Id => match name.parse::<UserId>() {
                Ok(id) => self.sign_in.find_user(tenant, &id).await?,
                Err(_) => None,
            },
            SubjectMatch::Username if !key.is_email() => self.sign_in.find_user_by_identifier(tenant, &key).await?,
            // Whoever may write an address into either account must not become the other one.
            SubjectMatch::Email if key.is_email() && is_verified(&assertion.claims) => {
                let user = self.sign_in.find_user_by_identifier(tenant, &key).await?;
                user.filter(|user| user.email_verified)
            }
            SubjectMatch::Username | SubjectMatch::Email => None,
        };
        Ok(user.map(|user| LocalSubject::User(user.id)))
    }

    /// Spends the assertion: of those who race with it, and of all that come later, exactly one may go on.
    pub(crate) async fn spend_assertion(
        &self,
        context: &TenantContext,
        assertion: &VerifiedAssertion,
    ) -> Result<bool, EndpointError> {
        let key = CacheKey::new(&context.tenant.id, Kind::SeenAssertion, &format!("grant:{}", assertion.identity));
        let life = assertion.expires_at.plus(LEEWAY).since(self.clock.now()).saturating_add(LEEWAY);
        Ok(self.cache.put_if_absent(&key, &true, life).await? == Inserted::Inserted)
    }
}

impl VerifiedAssertion {
    /// What is known of how the subject signed in: when, if the issuer says so and it is not in the future.
    pub(crate) fn authentication(&self, now: UtcTime) -> Authentication {
        let said = self.claims.date("auth_time").ok().flatten().filter(|at| *at <= now);
        // Unknown is as long ago as can be: never better than what happened.
        let auth_time = said.unwrap_or(UtcTime::from_unix_seconds(0));
        Authentication { auth_time, amr: Vec::new(), acr: ACR_UNKNOWN.to_owned() }
    }

    /// What it may lead to at most: what the tenant says, and what the issuer says if it says anything.
    pub(crate) fn scope(&self) -> Scope {
        let ceiling = &self.issuer.scope;
        match self.claims.claims().get("scope") {
            None => ceiling.clone(),
            Some(said) => {
                said.as_str().and_then(Scope::parse).map(|said| said.intersection(ceiling)).unwrap_or_default()
            }
        }
    }
}

fn is_verified(claims: &VerifiedPayload) -> bool {
    claims.claims().get("email_verified") == Some(&Value::Bool(true))
}
