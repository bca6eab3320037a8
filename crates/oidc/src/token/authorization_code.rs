//! The authorization code grant, [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3).

use latchkey_core::{Secret, TokenHash};
use latchkey_protocol::{CodeChallenge, Confirmation, GrantType, OAuthError};
use latchkey_tokens::{CodePayload, CodeRefusal, Redemption, RefreshIssue};
use latchkey_web::TenantContext;

use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// What the client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeParams {
    pub(crate) code: Secret<String>,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) code_verifier: Option<Secret<String>>,
    /// The one that the device has, OpenID Connect Native SSO §3.3.
    pub(crate) device_secret: Option<Secret<String>>,
}

impl CodeParams {
    /// Whether the code was issued for this request.
    fn check(&self, payload: &CodePayload, confirmation: Option<&Confirmation>) -> Result<(), CodeRefusal> {
        // RFC 6749 §4.1.3: the same redirect_uri as in the authorization request, which always has one, unless the
        // code was issued without a redirect (OAuth 2.0 for First-Party Applications): then there is none.
        let redirect_uri = Some(payload.redirect_uri.as_str()).filter(|uri| !uri.is_empty());
        if self.redirect_uri.as_deref() != redirect_uri {
            return Err(CodeRefusal::WrongRedirectUri);
        }
        // RFC 9449 §10: whoever holds another key did not make the authorization request.
        if payload.grant.confirmation.is_some() && payload.grant.confirmation.as_ref() != confirmation {
            return Err(CodeRefusal::WrongKey);
        }
        let challenge = payload.code_challenge.as_deref().map(CodeChallenge::parse);
        let fits = match (challenge, &self.code_verifier) {
            (Some(Some(challenge)), Some(verifier)) => challenge.verify(verifier.expose()),
            // RFC 9700 §4.8.2: a verifier without a challenge is a sign that the challenge was stripped.
            (None, None) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err(CodeRefusal::WrongCodeVerifier) }
    }
}

impl Services {
    /// Spends the code.
    pub(super) async fn redeem_code(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: CodeParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        let refresh =
            if client.may_use_grant(GrantType::RefreshToken) { RefreshIssue::Issue } else { RefreshIssue::Withhold };
        let check = |payload: &mut CodePayload| {
            params.check(payload, confirmation)?;
            // RFC 9449 §5: what ties the refresh tokens of a public client to it; another authenticates.
            payload.grant.confirmation = confirmation.filter(|_| client.is_public()).cloned();
            Ok(())
        };
        let redemption =
            self.tokens.redeem_code(&context.tenant, &client.client_id, &params.code, check, refresh).await?;
        match redemption {
            Redemption::Redeemed { grant, refresh_token, payload } => {
                let old_device_secret = params.device_secret.as_ref().map(|secret| TokenHash::of(secret.expose()));
                Ok(Granted { old_device_secret, ..Granted::user(*grant, refresh_token, payload.nonce) })
            }
            Redemption::Refused(reason) => {
                tracing::info!(client_id = %client.client_id, %reason, "authorization code refused");
                Err(OAuthError::invalid_grant("the code was not issued for this request").into())
            }
            Redemption::Replayed => {
                tracing::warn!(client_id = %client.client_id, "authorization code replayed, its grant is revoked");
                Err(OAuthError::invalid_grant("the code is unknown, expired or spent").into())
            }
            Redemption::Unknown => Err(OAuthError::invalid_grant("the code is unknown, expired or spent").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::UtcTime;
    use latchkey_protocol::Scope;
    use latchkey_tokens::{Authentication, NewGrant};

    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const URI: &str = "https://app.example/cb";

    fn payload(code_challenge: Option<&str>) -> CodePayload {
        let now = UtcTime::from_unix_seconds(1);
        let id = "0123456789abcdef0123456789abcdef";
        let grant = NewGrant {
            grant_type: GrantType::AuthorizationCode,
            client_id: "web".parse().expect("a client id"),
            user_id: format!("usr_{id}").parse().expect("a user id"),
            session_id: format!("ses_{id}").parse().ok(),
            scope: Scope::default(),
            audience: Vec::new(),
            authentication: Authentication { auth_time: now, amr: Vec::new(), acr: "1".to_owned() },
            claims: None,
            offline: false,
            confirmation: None,
            authorization_details: None,
            actor: None,
        };
        CodePayload {
            grant,
            redirect_uri: URI.to_owned(),
            nonce: None,
            code_challenge: code_challenge.map(str::to_owned),
            issued_at: now,
        }
    }

    #[test]
    fn redirect_uri_and_verifier_must_be_those_of_the_authorization_request() {
        let other = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX";
        let cases = [
            (Some(CHALLENGE), Some(URI), Some(VERIFIER), Ok(())),
            (None, Some(URI), None, Ok(())),
            (Some(CHALLENGE), None, Some(VERIFIER), Err(CodeRefusal::WrongRedirectUri)),
            (Some(CHALLENGE), Some("https://app.example/cb/"), Some(VERIFIER), Err(CodeRefusal::WrongRedirectUri)),
            (Some(CHALLENGE), Some(URI), None, Err(CodeRefusal::WrongCodeVerifier)),
            (Some(CHALLENGE), Some(URI), Some(other), Err(CodeRefusal::WrongCodeVerifier)),
            (Some(CHALLENGE), Some(URI), Some(CHALLENGE), Err(CodeRefusal::WrongCodeVerifier)),
            (None, Some(URI), Some(VERIFIER), Err(CodeRefusal::WrongCodeVerifier)),
        ];
        for (challenge, redirect_uri, verifier, expected) in cases {
            let params = CodeParams {
                code: "c".into(),
                redirect_uri: redirect_uri.map(str::to_owned),
                code_verifier: verifier.map(Secret::from),
                device_secret: None,
            };
            assert_eq!(
                params.check(&payload(challenge), None),
                expected,
                "{challenge:?} {redirect_uri:?} {verifier:?}"
            );
        }
    }
}
