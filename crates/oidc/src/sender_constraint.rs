//! Sender-constrained tokens: what a request proves about the key of its sender, by DPoP (RFC 9449) or by mutual TLS
//! (RFC 8705).

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::TokenHash;
use latchkey_jose::dpop::{Expected, Proof};
use latchkey_protocol::{Confirmation, TokenScheme};
use latchkey_tenants::{Client, SenderConstraint};
use latchkey_web::{ClientCertificate, TenantContext};

use crate::Services;
use crate::bearer::PresentedToken;
use crate::error::EndpointError;

/// As long as a proof can be good: a nonce lives five minutes, a proof without one two.
const REMEMBERED_FOR: Duration = Duration::from_secs(6 * 60);

/// What a request brings to prove which key its sender holds; nothing of it is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnverifiedSender {
    /// The `DPoP` headers; more than one is an error (RFC 9449 §4.3).
    pub(crate) dpop: Vec<Vec<u8>>,
    /// The certificate of the connection.
    pub(crate) certificate: Option<ClientCertificate>,
    /// The method of the request, for `htm`.
    pub(crate) method: String,
    /// The path of the request, for `htu`.
    pub(crate) path: String,
}

impl UnverifiedSender {
    /// Reads it off the request.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self {
            dpop: request.headers().get_all("dpop").map(|value| value.as_bytes().to_vec()).collect(),
            certificate: ClientCertificate::of(request),
            method: request.method().as_str().to_owned(),
            path: request.path().to_owned(),
        }
    }
}

impl FromRequest for UnverifiedSender {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// Where a proof is presented: the error is told differently (RFC 9449 §5 and §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At an endpoint of the authorization server.
    AuthorizationServer,
    /// At a protected resource.
    Resource,
}

/// Why a sender proved nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SenderRefusal {
    pub(crate) place: Place,
    pub(crate) problem: Problem,
}

/// What is wrong with the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It does not hold, for this reason.
    Invalid(&'static str),
    /// It needs this nonce.
    NeedsNonce(String),
}

impl UnverifiedSender {
    /// Whether it brings a DPoP proof, which is remembered once it holds (RFC 9449 §11.1).
    pub(crate) fn has_proof(&self) -> bool {
        !self.dpop.is_empty()
    }

    /// A DPoP proof for this request, if there is one; its nonce and its single use are still to be checked.
    fn proof(&self, uris: &[String], access_token: Option<&str>) -> Result<Option<Proof>, &'static str> {
        let unverified = match self.dpop.as_slice() {
            [] => return Ok(None),
            [one] => std::str::from_utf8(one).map_err(|_| "the DPoP proof is no text")?,
            _ => return Err("there is more than one DPoP header"),
        };
        Proof::verify(unverified, &Expected { method: &self.method, uris, access_token }).map(Some)
    }
}

impl Services {
    /// The key that the sender proved to hold to the authorization server, if it proved one. A proof counts before a
    /// certificate, and a certificate only for a client whose tokens are to be bound to it.
    pub(crate) async fn verify_sender(
        &self,
        context: &TenantContext,
        client: &Client,
        sender: &UnverifiedSender,
    ) -> Result<Option<Confirmation>, EndpointError> {
        if let Some(jkt) = self.verify_proof(context, sender, None).await? {
            return Ok(Some(Confirmation::Jkt(jkt)));
        }
        let by_certificate = client.metadata.tls_client_certificate_bound_access_tokens
            || (client.rules().sender_constraint == SenderConstraint::Required
                && !client.metadata.dpop_bound_access_tokens);
        let certificate = sender.certificate.as_ref().filter(|_| by_certificate);
        Ok(certificate.map(|certificate| Confirmation::X5tS256(certificate.thumbprint())))
    }

    /// Checks that whoever presents this access token to a resource of ours holds the key that it is bound to.
    pub(crate) async fn verify_bound_token(
        &self,
        context: &TenantContext,
        presented: &PresentedToken,
        bound_to: Option<&Confirmation>,
    ) -> Result<(), EndpointError> {
        let token = presented.token.expose().as_str();
        match (bound_to, presented.scheme) {
            (None, TokenScheme::Bearer) => Ok(()),
            (Some(Confirmation::X5tS256(thumbprint)), TokenScheme::Bearer) => {
                let holds = presented.sender.certificate.as_ref().is_some_and(|own| own.thumbprint() == *thumbprint);
                if holds { Ok(()) } else { Err(EndpointError::InvalidAccessToken) }
            }
            (Some(Confirmation::Jkt(jkt)), TokenScheme::DPoP) => {
                let proved = self.verify_proof(context, &presented.sender, Some(token)).await?;
                match proved {
                    Some(proved) if proved == *jkt => Ok(()),
                    Some(_) => Err(refuse(Place::Resource, "the access token is bound to another key").into()),
                    None => Err(refuse(Place::Resource, "the DPoP proof is missing").into()),
                }
            }
            // RFC 9449 §7.1: no downgrade to Bearer, and nothing to prove for a token that is bound to no such key.
            _ => Err(EndpointError::InvalidAccessToken),
        }
    }

    /// The thumbprint of the key of a proof that holds, is fresh and was never seen.
    async fn verify_proof(
        &self,
        context: &TenantContext,
        sender: &UnverifiedSender,
        access_token: Option<&str>,
    ) -> Result<Option<String>, EndpointError> {
        let place = if access_token.is_some() { Place::Resource } else { Place::AuthorizationServer };
        let uris = self.addresses(context, sender);
        let Some(proof) = sender.proof(&uris, access_token).map_err(|reason| refuse(place, reason))? else {
            return Ok(None);
        };
        let (tenant, now) = (&context.tenant.id, self.clock.now());
        if context.tenant.settings.dpop_nonce_required {
            let nonces = self.tokens.keys().proof_nonces();
            if !proof.nonce.as_deref().is_some_and(|nonce| nonces.accepts(tenant, nonce, now)) {
                let problem = Problem::NeedsNonce(nonces.issue(tenant, now));
                return Err(SenderRefusal { place, problem }.into());
            }
        } else {
            proof.check_time(now).map_err(|reason| refuse(place, reason))?;
        }
        let seen =
            CacheKey::new(tenant, Kind::SeenProof, TokenHash::of(&format!("{}|{}", proof.jkt, proof.jti)).as_str());
        match self.cache.put_if_absent(&seen, &(), REMEMBERED_FOR).await? {
            Inserted::Inserted => Ok(Some(proof.jkt)),
            Inserted::AlreadyThere => Err(refuse(place, "the DPoP proof was used before").into()),
        }
    }

    /// The addresses that the request may have been made to: below the issuer's origin, or below that of the aliases for
    /// clients with certificates (RFC 8705 §5).
    fn addresses(&self, context: &TenantContext, sender: &UnverifiedSender) -> Vec<String> {
        let issuer = context.issuer.strip_suffix(context.base_path.as_str()).unwrap_or(&context.issuer);
        let aliases = self.mtls.url.as_ref().map(ToString::to_string);
        [Some(issuer.to_owned()), aliases]
            .into_iter()
            .flatten()
            .map(|origin| format!("{origin}{}", sender.path))
            .collect()
    }
}

/// Refuses a sender who did not prove the kind of key that the tokens of this client are bound to.
pub(crate) fn require_key(client: &Client, confirmation: Option<&Confirmation>) -> Result<(), EndpointError> {
    let bound = match confirmation {
        Some(Confirmation::Jkt(_)) => true,
        // RFC 9449 §5.2: registered for DPoP, not for another binding.
        Some(Confirmation::X5tS256(_)) => !client.metadata.dpop_bound_access_tokens,
        None => client.rules().sender_constraint == SenderConstraint::AsRegistered,
    };
    if bound { Ok(()) } else { Err(EndpointError::UnboundSender) }
}

fn refuse(place: Place, reason: &'static str) -> SenderRefusal {
    SenderRefusal { place, problem: Problem::Invalid(reason) }
}
