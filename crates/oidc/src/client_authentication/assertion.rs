//! `private_key_jwt` and `client_secret_jwt`: [RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3),
//! OpenID Connect Core §9.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{UtcTime, sha256};
use latchkey_jose::{InvalidJws, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::{HmacAlgorithm, SigningAlgorithm, TokenEndpointAuthMethod};
use latchkey_tenants::{AssertionAudience, Client, Tenant};

use super::ClientCredentials;
use crate::Services;
use crate::client_keys::ClientKeysError;
use crate::error::EndpointError;

/// How far a client's clock may be off.
const LEEWAY: Duration = Duration::from_secs(10);
/// How long an assertion may live at most, and its `jti` be remembered.
const MAX_LIFE: Duration = Duration::from_secs(60 * 60);
const TOKEN_ENDPOINT: &str = "/oauth2/token";

/// Why an assertion proves nothing; for the log, the client only hears `invalid_client`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the signature or a claim is not good")]
    Jws(#[from] InvalidJws),
    #[error("no key of the client fits")]
    Keys(#[from] ClientKeysError),
    #[error("the client has no live secret that is kept for client_secret_jwt: set one again")]
    NoSealedSecret,
    #[error("the jti was seen before")]
    Replayed,
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

impl Services {
    /// Checks signature and claims, and that the assertion is used for the first time.
    pub(super) async fn verify_assertion(
        &self,
        (tenant, client): (&Tenant, &Client),
        credentials: &ClientCredentials,
        assertion: &UnverifiedJws,
    ) -> Result<(), Refusal> {
        let payload = match client.metadata.token_endpoint_auth_method {
            TokenEndpointAuthMethod::ClientSecretJwt => self.verify_by_secret(tenant, client, assertion)?,
            _ => {
                let allowed = signing_algorithms(client);
                self.client_keys.verify((tenant, client), assertion, &allowed).await?
            }
        };
        let now = self.clock.now();
        let client_id = client.client_id.as_str();
        payload.require_issuer(client_id)?;
        payload.require_subject(client_id)?;
        self.require_audience(tenant, client, credentials, &payload)?;
        let expires_at = payload.require_unexpired(now, LEEWAY)?;
        payload.require_expiry_within(now, MAX_LIFE + LEEWAY)?;
        payload.require_begun(now, LEEWAY)?;
        self.spend(tenant, client_id, payload.require_text("jti")?, expires_at.plus(LEEWAY).since(now)).await
    }

    fn verify_by_secret(
        &self,
        tenant: &Tenant,
        client: &Client,
        assertion: &UnverifiedJws,
    ) -> Result<VerifiedPayload, Refusal> {
        let registered = client.metadata.token_endpoint_auth_signing_alg.as_deref();
        let allowed: Vec<HmacAlgorithm> = only_registered(HmacAlgorithm::ALL, registered);
        let mut outcome = Err(Refusal::NoSealedSecret);
        for sealed in live_sealed(client, self.clock.now()) {
            let Some(secret) = self.secret_sealer.open(&tenant.id, &client.client_id, sealed) else { continue };
            outcome = assertion.verify_hmac(secret.expose().as_bytes(), &allowed).map_err(Refusal::Jws);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn require_audience(
        &self,
        tenant: &Tenant,
        client: &Client,
        credentials: &ClientCredentials,
        payload: &VerifiedPayload,
    ) -> Result<(), InvalidJws> {
        let issuer = tenant.issuer(&self.public_url);
        if client.rules().assertion_audience == AssertionAudience::Issuer {
            return payload.require_sole_audience(&[&issuer]);
        }
        let alias = self.mtls.base_of(tenant);
        let bases = [Some(&issuer), alias.as_ref()];
        let accepted: Vec<String> = bases
            .into_iter()
            .flatten()
            .flat_map(|base| [TOKEN_ENDPOINT, &credentials.endpoint].map(|path| format!("{base}{path}")))
            .chain([issuer.clone()])
            .collect();
        payload.require_audience(&accepted.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// RFC 7523 §3: the same `jti` is not accepted twice while the assertion is good.
    async fn spend(&self, tenant: &Tenant, client_id: &str, jti: &str, life: Duration) -> Result<(), Refusal> {
        let id = URL_SAFE_NO_PAD.encode(sha256(format!("{client_id}\n{jti}").as_bytes()));
        let key = CacheKey::new(&tenant.id, Kind::SeenAssertion, &id);
        let inserted = self.cache.put_if_absent(&key, &(), life.max(Duration::from_secs(1))).await;
        match inserted.map_err(EndpointError::from)? {
            Inserted::Inserted => Ok(()),
            Inserted::AlreadyThere => Err(Refusal::Replayed),
        }
    }
}

/// What its profile allows, of that only what it registered.
fn signing_algorithms(client: &Client) -> Vec<SigningAlgorithm> {
    only_registered(client.rules().algorithms, client.metadata.token_endpoint_auth_signing_alg.as_deref())
}

fn only_registered<T: Copy + std::str::FromStr + PartialEq>(allowed: &[T], registered: Option<&str>) -> Vec<T> {
    let Some(registered) = registered else { return allowed.to_vec() };
    let registered = registered.parse::<T>().ok();
    allowed.iter().copied().filter(|alg| Some(*alg) == registered).collect()
}

fn live_sealed(client: &Client, now: UtcTime) -> impl Iterator<Item = &str> {
    client.secrets.iter().filter(move |secret| secret.is_live(now)).filter_map(|secret| secret.sealed.as_deref())
}
