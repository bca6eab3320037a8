//! The rules that span members of a client's metadata.

use latchkey_protocol::{
    ApplicationType, DeliveryMode, GrantType, HmacAlgorithm, RedirectUri, ResponseType, TokenEndpointAuthMethod,
};

use super::{MAX_URI_LENGTH, MAX_URIS};
use crate::defaults::check_page;
use crate::resource_server::check_audience;
use crate::{ClientMetadata, InvalidClient, RefreshTokenRotation, Rules, SenderConstraint, client_translation};

impl ClientMetadata {
    /// Checks the rules that span members; what one member alone can break was refused when it was read.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidClient> {
        self.check_grants()?;
        self.check_public()?;
        self.check_uris()?;
        self.token_exchange.validate()?;
        self.check_profile()?;
        self.check_keys()?;
        self.check_authentication()?;
        self.check_ciba()?;
        for (index, audience) in self.audiences.iter().enumerate() {
            check_audience("audiences", audience)?;
            if self.audiences.iter().take(index).any(|other| other == audience) {
                return Err(InvalidClient::new("audiences", format!("{audience} stands there twice")));
            }
        }
        Ok(())
    }

    fn check_grants(&self) -> Result<(), InvalidClient> {
        let refuse = |reason: &'static str| Err(InvalidClient::new("grant_types", reason));
        let has = |grant| self.grant_types.contains(&grant);
        if self.grant_types.is_empty() {
            return refuse("must not be empty");
        }
        if self
            .grant_types
            .iter()
            .enumerate()
            .any(|(index, grant)| self.grant_types.iter().take(index).any(|other| other == grant))
        {
            return refuse("must not repeat a value");
        }
        if has(GrantType::RefreshToken) && !self.grant_types.iter().any(|grant| brings_refresh_tokens(*grant)) {
            return refuse("refresh_token needs a grant by a user, such as authorization_code");
        }
        let of_services = [GrantType::ClientCredentials, GrantType::TokenExchange, GrantType::JwtBearer];
        if self.application_type == ApplicationType::Service
            && self.grant_types.iter().any(|grant| !of_services.contains(grant))
        {
            return refuse("a service has no user: only client_credentials, token-exchange and jwt-bearer");
        }
        self.check_response_types()
    }

    /// OpenID Connect Dynamic Client Registration §2: each response type needs its grant types.
    fn check_response_types(&self) -> Result<(), InvalidClient> {
        let has = |grant| self.grant_types.contains(&grant);
        let redirects = has(GrantType::AuthorizationCode) || has(GrantType::Implicit);
        for response_type in self.response_types.iter().filter(|_| redirects) {
            if response_type.has_code() && !has(GrantType::AuthorizationCode) {
                return Err(InvalidClient::new("response_types", format!("{response_type} needs authorization_code")));
            }
            if *response_type != ResponseType::Code && !has(GrantType::Implicit) {
                return Err(InvalidClient::new(
                    "response_types",
                    format!("{response_type} is legacy: it needs the grant type implicit"),
                ));
            }
        }
        Ok(())
    }

    /// What a profile forbids is refused here, so that no request has to find out.
    fn check_profile(&self) -> Result<(), InvalidClient> {
        let rules = Rules::of(self.security_profile);
        let profile = self.security_profile;
        let refuse = |member, value: &str| {
            Err(InvalidClient::new(member, format!("{value} is not allowed by the security profile {profile}")))
        };
        let has_user = self.grant_types.contains(&GrantType::AuthorizationCode);
        if let Some(other) = self.response_types.iter().find(|t| has_user && !rules.response_types.contains(t)) {
            return refuse("response_types", other.as_str());
        }
        let forbidden = rules.forbidden_grants;
        if let Some(grant) = self.grant_types.iter().find(|grant| forbidden.contains(grant)) {
            return refuse("grant_types", grant.as_str());
        }
        if !rules.auth_methods.contains(&self.token_endpoint_auth_method) {
            return refuse("token_endpoint_auth_method", self.token_endpoint_auth_method.as_str());
        }
        let algorithms = [
            ("id_token_signed_response_alg", Some(self.id_token_signed_response_alg)),
            ("request_object_signing_alg", self.request_object_signing_alg),
            ("userinfo_signed_response_alg", self.userinfo_signed_response_alg),
            ("authorization_signed_response_alg", self.authorization_signed_response_alg),
            ("backchannel_authentication_request_signing_alg", self.backchannel_authentication_request_signing_alg),
        ];
        match algorithms.into_iter().find(|(_, alg)| alg.is_some_and(|alg| !rules.algorithms.contains(&alg))) {
            Some((member, Some(alg))) => refuse(member, alg.as_str()),
            _ => Ok(()),
        }
    }

    /// Keys that a method or an encryption needs must be there.
    fn check_keys(&self) -> Result<(), InvalidClient> {
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return Err(InvalidClient::new("jwks_uri", "give either jwks or jwks_uri"));
        }
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        let needs = [
            ("token_endpoint_auth_method", self.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt),
            (
                "token_endpoint_auth_method",
                self.token_endpoint_auth_method == TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
            ),
            ("require_signed_request_object", self.require_signed_request_object),
            (
                "backchannel_authentication_request_signing_alg",
                self.backchannel_authentication_request_signing_alg.is_some(),
            ),
            ("id_token_encrypted_response_alg", self.id_token_encrypted_response_alg.is_some()),
            ("userinfo_encrypted_response_alg", self.userinfo_encrypted_response_alg.is_some()),
            ("authorization_encrypted_response_alg", self.authorization_encrypted_response_alg.is_some()),
            ("introspection_encrypted_response_alg", self.introspection_encrypted_response_alg.is_some()),
        ];
        match needs.into_iter().find(|(_, needed)| *needed && !has_keys) {
            Some((member, _)) => Err(InvalidClient::new(member, "needs the client's public keys: jwks or jwks_uri")),
            None => Ok(()),
        }
    }

    /// What the method of client authentication needs, or cannot use.
    fn check_authentication(&self) -> Result<(), InvalidClient> {
        use TokenEndpointAuthMethod as Method;
        let subjects = [
            &self.tls_client_auth_subject_dn,
            &self.tls_client_auth_san_dns,
            &self.tls_client_auth_san_uri,
            &self.tls_client_auth_san_ip,
            &self.tls_client_auth_san_email,
        ];
        let subjects = subjects.into_iter().flatten().count();
        let method = self.token_endpoint_auth_method;
        // RFC 8705 §2.1.2: exactly one.
        if subjects != usize::from(method == Method::TlsClientAuth) {
            let reason = "tls_client_auth needs exactly one tls_client_auth_... member, other methods none";
            return Err(InvalidClient::new("token_endpoint_auth_method", reason));
        }
        let Some(alg) = &self.token_endpoint_auth_signing_alg else { return Ok(()) };
        let fits = match method {
            Method::ClientSecretJwt => alg.parse::<HmacAlgorithm>().is_ok(),
            Method::PrivateKeyJwt => {
                alg.parse().is_ok_and(|alg| Rules::of(self.security_profile).algorithms.contains(&alg))
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let reason = format!("{alg} is no algorithm of {method}, or the security profile does not allow it");
        Err(InvalidClient::new("token_endpoint_auth_signing_alg", reason))
    }

    /// OpenID Connect CIBA Core §4.
    fn check_ciba(&self) -> Result<(), InvalidClient> {
        let refuse = |member, reason: &'static str| Err(InvalidClient::new(member, reason));
        if !self.grant_types.contains(&GrantType::Ciba) {
            return Ok(());
        }
        if self.token_endpoint_auth_method == TokenEndpointAuthMethod::None {
            return refuse("grant_types", "a public client cannot use CIBA");
        }
        let Some(mode) = self.backchannel_token_delivery_mode else {
            return refuse("backchannel_token_delivery_mode", "CIBA needs one: poll, ping or push");
        };
        if mode != DeliveryMode::Poll && self.backchannel_client_notification_endpoint.is_none() {
            return refuse("backchannel_client_notification_endpoint", "ping and push need one, an https URI");
        }
        // Nobody asks for what is pushed, so nobody proves a key that it could be bound to.
        let bound = self.dpop_bound_access_tokens
            || self.tls_client_certificate_bound_access_tokens
            || Rules::of(self.security_profile).sender_constraint == SenderConstraint::Required;
        if mode == DeliveryMode::Push && bound {
            return refuse("backchannel_token_delivery_mode", "tokens that are bound to a key cannot be pushed");
        }
        Ok(())
    }

    fn check_public(&self) -> Result<(), InvalidClient> {
        let public = self.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
        let refuse = |member, reason: &'static str| Err(InvalidClient::new(member, reason));
        // What runs in a browser is read by whoever opens it.
        if self.application_type == ApplicationType::Browser && !public {
            return refuse("token_endpoint_auth_method", "a browser application cannot keep a secret: must be none");
        }
        if !public {
            return Ok(());
        }
        // RFC 6749 §4.4: only confidential clients.
        if self.grant_types.contains(&GrantType::ClientCredentials) {
            return refuse("grant_types", "a public client cannot use client_credentials");
        }
        // Whoever could pretend to be the client could ask people for their passwords.
        if self.grant_types.contains(&GrantType::Password) {
            return refuse("grant_types", "a public client cannot use password");
        }
        if !self.require_pkce {
            return refuse("require_pkce", "must be true for a public client");
        }
        // RFC 9700 §4.14.2: rotation is what detects the replay of a public client's token.
        if self.refresh_token_rotation == RefreshTokenRotation::Static {
            return refuse("refresh_token_rotation", "must be rotate for a public client");
        }
        Ok(())
    }

    fn check_uris(&self) -> Result<(), InvalidClient> {
        let redirects = [GrantType::AuthorizationCode, GrantType::Implicit];
        if let Some(grant) = redirects.iter().find(|grant| self.grant_types.contains(grant))
            && self.redirect_uris.is_empty()
        {
            return Err(InvalidClient::new("redirect_uris", format!("{grant} needs at least one")));
        }
        self.check_redirects("redirect_uris", &self.redirect_uris)?;
        self.check_redirects("post_logout_redirect_uris", &self.post_logout_redirect_uris)?;
        check_page("logo_uri", self.logo_uri.as_ref())?;
        check_page("client_uri", self.client_uri.as_ref())?;
        check_page("policy_uri", self.policy_uri.as_ref())?;
        check_page("tos_uri", self.tos_uri.as_ref())?;
        client_translation::validate(&self.translations)?;
        check_page("jwks_uri", self.jwks_uri.as_ref())?;
        check_page("sector_identifier_uri", self.sector_identifier_uri.as_ref())?;
        check_page("frontchannel_logout_uri", self.frontchannel_logout_uri.as_ref())?;
        check_page("backchannel_logout_uri", self.backchannel_logout_uri.as_ref())?;
        check_page("backchannel_client_notification_endpoint", self.backchannel_client_notification_endpoint.as_ref())?;
        check_page("initiate_login_uri", self.initiate_login_uri.as_ref())
    }

    fn check_redirects(&self, member: &'static str, uris: &[RedirectUri]) -> Result<(), InvalidClient> {
        if uris.len() > MAX_URIS {
            return Err(InvalidClient::new(member, format!("at most {MAX_URIS}")));
        }
        for (index, uri) in uris.iter().enumerate() {
            let text = uri.as_str();
            if text.len() > MAX_URI_LENGTH {
                return Err(InvalidClient::new(member, format!("at most {MAX_URI_LENGTH} characters each")));
            }
            if uris.iter().take(index).any(|other| other == uri) {
                return Err(InvalidClient::new(member, format!("{text} stands there twice")));
            }
            // RFC 8252 §7.1: private-use schemes are for native applications.
            let on_the_web = text.starts_with("https:") || text.starts_with("http:");
            if self.application_type != ApplicationType::Native && !on_the_web {
                return Err(InvalidClient::new(member, format!("{text} is for a native application only")));
            }
        }
        Ok(())
    }
}

/// The grants by which a user lets a client act for some time.
fn brings_refresh_tokens(grant: GrantType) -> bool {
    matches!(
        grant,
        GrantType::AuthorizationCode
            | GrantType::DeviceCode
            | GrantType::Ciba
            | GrantType::Password
            | GrantType::JwtBearer
            | GrantType::TokenExchange
    )
}
