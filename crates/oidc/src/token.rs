//! The token endpoint, [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2).

mod actor;
mod admission;
mod approved;
mod authorization_code;
mod ciba;
mod client_credentials;
mod device_code;
mod exchange;
mod front_channel;
mod id_token;
mod identity_assertion;
mod issue;
mod jwt_bearer;
mod native_sso;
mod password;
mod preview;
mod refresh_token;
mod store;
mod subject_token;
mod target;

use actix_web::web;
use latchkey_core::Secret;
use latchkey_protocol::{ErrorCode, GrantType, OAuthError, Params, TokenResponse};
use latchkey_web::TenantContext;

use crate::Services;
use crate::client_authentication::{AuthenticatedClient, ClientRequest, is_stranger};
use crate::error::EndpointError;
use crate::no_store::NoStore;
use crate::requester::Requester;
use crate::sender_constraint::{UnverifiedSender, require_key};

#[cfg(test)]
pub(crate) use front_channel::FrontChannelToken;
pub(crate) use front_channel::{FrontChannelRequest, FrontChannelTokens};
pub(crate) use issue::Granted;
pub(crate) use password::ByPassword;
pub use preview::{ClaimsPreview, PreviewedClaims};
pub(crate) use store::grant_in_session;

use authorization_code::CodeParams;
use ciba::CibaParams;
use client_credentials::ClientCredentialsParams;
use device_code::DeviceCodeParams;
use exchange::ExchangeParams;
use jwt_bearer::JwtBearerParams;
use password::PasswordParams;
use refresh_token::RefreshParams;
use target::Targeted;

/// Parse, authenticate the client, check that it may use the grant, verify the key of the sender and the grant, issue,
/// respond.
pub(crate) async fn token(
    context: TenantContext,
    call: ClientRequest<Targeted>,
    sender: UnverifiedSender,
    requester: Requester,
    services: web::Data<Services>,
) -> Result<NoStore<TokenResponse>, EndpointError> {
    let ClientRequest { credentials, request } = call;
    let client = services.authenticate_client(&context.tenant, &credentials).await?;
    // What a stranger proves itself by is remembered, whether or not the grant is good.
    let is_counted = is_stranger(&client) && (sender.has_proof() || credentials.has_assertion());
    if is_counted {
        services.sign_in.would_admit_stranger(&context.tenant, credentials.address()).await?;
    }
    let answer = services.answer(&context, &client, request, (&sender, requester)).await;
    if is_counted && answer.is_err() {
        // The answer is what was wrong; it is the next request that is refused for having been one too many.
        let _counted = services.sign_in.admit_stranger(&context.tenant, credentials.address()).await;
    }
    answer.map(NoStore)
}

impl Services {
    async fn answer(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        Targeted { request, target }: Targeted,
        (sender, requester): (&UnverifiedSender, Requester),
    ) -> Result<TokenResponse, EndpointError> {
        client.require_grant_type(request.grant_type())?;
        let confirmation = self.verify_sender(context, client, sender).await?;
        // Before a code, an assertion or an approval is spent on a request that gets no tokens.
        require_key(client, confirmation.as_ref())?;
        self.check_target(context, client, &request, &target).await?;

        let granted = match request {
            TokenRequest::AuthorizationCode(params) => {
                self.redeem_code(context, client, params, confirmation.as_ref()).await?
            }
            TokenRequest::RefreshToken(params) => {
                self.rotate_refresh_token(context, client, params, confirmation.as_ref()).await?
            }
            TokenRequest::ClientCredentials(params) => self.grant_to_client(context, client, &params).await?,
            TokenRequest::TokenExchange(params) => {
                self.exchange(context, client, params, confirmation.as_ref()).await?
            }
            TokenRequest::JwtBearer(params) => {
                self.grant_by_assertion(context, client, params, confirmation.as_ref()).await?
            }
            TokenRequest::Password(params) => self.grant_by_password(context, client, params, requester).await?,
            TokenRequest::DeviceCode(params) => {
                self.redeem_device_code(context, client, &params, confirmation.as_ref()).await?
            }
            TokenRequest::Ciba(params) => {
                self.redeem_auth_req_id(context, client, &params, confirmation.as_ref()).await?
            }
        };

        let granted = self.aim(context, client, granted, target).await?;
        self.issue_tokens(context, client, granted.bound_to(confirmation)).await
    }
}

/// A token request, by grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenRequest {
    /// RFC 6749 §4.1.3.
    AuthorizationCode(CodeParams),
    /// RFC 6749 §6.
    RefreshToken(RefreshParams),
    /// RFC 6749 §4.4.2.
    ClientCredentials(ClientCredentialsParams),
    /// RFC 8693 §2.1.
    TokenExchange(ExchangeParams),
    /// RFC 7523 §2.1.
    JwtBearer(JwtBearerParams),
    /// RFC 6749 §4.3.2.
    Password(PasswordParams),
    /// RFC 8628 §3.4.
    DeviceCode(DeviceCodeParams),
    /// OpenID Connect CIBA Core §10.1.
    Ciba(CibaParams),
}

impl TokenRequest {
    fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::JwtBearer(_) => GrantType::JwtBearer,
            Self::Password(_) => GrantType::Password,
            Self::DeviceCode(_) => GrantType::DeviceCode,
            Self::Ciba(_) => GrantType::Ciba,
        }
    }
}

impl TryFrom<Params> for TokenRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        Ok(match params.required("grant_type")?.parse() {
            Ok(GrantType::AuthorizationCode) => Self::AuthorizationCode(CodeParams {
                code: Secret::new(params.required("code")?),
                redirect_uri: params.optional("redirect_uri"),
                code_verifier: params.optional("code_verifier").map(Secret::new),
                device_secret: params.optional("device_secret").map(Secret::new),
            }),
            Ok(GrantType::RefreshToken) => Self::RefreshToken(RefreshParams {
                refresh_token: Secret::new(params.required("refresh_token")?),
                scope: params.optional("scope"),
            }),
            Ok(GrantType::ClientCredentials) => {
                Self::ClientCredentials(ClientCredentialsParams { scope: params.optional("scope") })
            }
            Ok(GrantType::TokenExchange) => Self::TokenExchange(ExchangeParams::parse(&mut params)?),
            Ok(GrantType::JwtBearer) => Self::JwtBearer(JwtBearerParams {
                assertion: Secret::new(params.required("assertion")?),
                scope: params.optional("scope"),
            }),
            Ok(GrantType::Password) => Self::Password(PasswordParams {
                username: params.required("username")?,
                password: Secret::new(params.required("password")?),
                scope: params.optional("scope"),
            }),
            Ok(GrantType::DeviceCode) => {
                Self::DeviceCode(DeviceCodeParams { device_code: Secret::new(params.required("device_code")?) })
            }
            Ok(GrantType::Ciba) => Self::Ciba(CibaParams { auth_req_id: Secret::new(params.required("auth_req_id")?) }),
            _ => return Err(OAuthError::new(ErrorCode::UnsupportedGrantType, "unknown grant_type")),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(body: &str) -> Result<TokenRequest, OAuthError> {
        TokenRequest::try_from(Params::parse(body.as_bytes()).expect("a form"))
    }

    #[test]
    fn each_grant_takes_its_own_parameters() {
        let code =
            parse("grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa%2F&code_verifier=v&scope=x");
        let expected = CodeParams {
            code: "c".into(),
            redirect_uri: Some("https://a/".to_owned()),
            code_verifier: Some("v".into()),
            device_secret: None,
        };
        assert_eq!(code.expect("parses"), TokenRequest::AuthorizationCode(expected));
        let refresh = RefreshParams { refresh_token: "r".into(), scope: Some("a b".to_owned()) };
        assert_eq!(
            parse("grant_type=refresh_token&refresh_token=r&scope=a+b").expect("parses"),
            TokenRequest::RefreshToken(refresh)
        );
        let machine = ClientCredentialsParams { scope: None };
        assert_eq!(
            parse("grant_type=client_credentials&scope=").expect("parses"),
            TokenRequest::ClientCredentials(machine)
        );
    }

    #[test]
    fn what_is_missing_or_unknown_gets_its_error_code() {
        let cases = [
            ("", ErrorCode::InvalidRequest),
            ("grant_type=authorization_code", ErrorCode::InvalidRequest),
            ("grant_type=refresh_token", ErrorCode::InvalidRequest),
            ("grant_type=password&username=a", ErrorCode::InvalidRequest),
            ("grant_type=implicit", ErrorCode::UnsupportedGrantType),
            ("grant_type=urn:ietf:params:oauth:grant-type:device_code", ErrorCode::InvalidRequest),
            ("grant_type=AUTHORIZATION_CODE&code=c", ErrorCode::UnsupportedGrantType),
        ];
        for (body, expected) in cases {
            assert_eq!(parse(body).expect_err("refused").code, expected, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_form_makes_the_parser_panic_and_each_grant_type_is_read_as_itself(
            grant in prop::sample::select(GrantType::ALL),
            said in prop::collection::hash_map(prop::sample::select(&PARAMETERS[..]), "[ -~]{0,40}", 0..8),
        ) {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", grant.as_str()).extend_pairs(&said);
            if let Ok(request) = parse(&form.finish()) {
                prop_assert_eq!(request.grant_type(), grant);
            }
        }
    }

    const PARAMETERS: [&str; 16] = [
        "code",
        "scope",
        "refresh_token",
        "assertion",
        "username",
        "password",
        "subject_token",
        "subject_token_type",
        "actor_token",
        "actor_token_type",
        "requested_token_type",
        "audience",
        "resource",
        "device_code",
        "auth_req_id",
        "device_secret",
    ];
}
