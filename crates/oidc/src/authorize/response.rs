//! The authorization response: [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2) with `iss`
//! (RFC 9207), by query, fragment or form post (OAuth 2.0 Form Post Response Mode).

use std::sync::Arc;

use latchkey_core::Secret;
use latchkey_protocol::{OAuthError, ResponseMode, TokenType};
use latchkey_tenants::Client;

use crate::token::FrontChannelTokens;

/// Names and values, not yet escaped.
pub(crate) type ResponseParams = Vec<(&'static str, String)>;

/// Where an answer may go: the client is known, and the URI is one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResponseTarget {
    /// As the request gave it.
    pub(crate) redirect_uri: String,
    /// How the answer travels.
    pub(crate) response_mode: ResponseMode,
    /// As the request gave it.
    pub(crate) state: Option<String>,
    /// Who answers.
    pub(crate) issuer: String,
    /// OpenID Connect Session Management §2; in successful answers only.
    pub(crate) session_state: Option<String>,
    /// Who is answered: a signed answer is made as it registered.
    pub(crate) client: Arc<Client>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum AuthorizationResponse {
    /// RFC 6749 §4.1.2, OpenID Connect Core §3.2.2.5 and §3.3.2.5.
    Granted {
        /// The code.
        code: Option<Secret<String>>,
        /// What comes at once.
        tokens: FrontChannelTokens,
    },
    /// RFC 6749 §4.1.2.1.
    Error(OAuthError),
}

/// An answer as the browser gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// 303 to this location.
    Redirect(String),
    /// A page that posts these parameters.
    FormPost {
        /// Where to.
        redirect_uri: String,
        /// Names and values, not yet escaped.
        params: ResponseParams,
    },
}

impl ResponseTarget {
    /// Puts the parameters into the form that the client asked for.
    pub(crate) fn deliver(&self, params: ResponseParams) -> Delivery {
        match self.response_mode {
            ResponseMode::Query | ResponseMode::QueryJwt | ResponseMode::Jwt => {
                Delivery::Redirect(with_query(&self.redirect_uri, &params))
            }
            // A registered URI has no fragment of its own.
            ResponseMode::Fragment | ResponseMode::FragmentJwt => {
                Delivery::Redirect(format!("{}#{}", self.redirect_uri, encode(&params)))
            }
            ResponseMode::FormPost | ResponseMode::FormPostJwt => {
                Delivery::FormPost { redirect_uri: self.redirect_uri.clone(), params }
            }
        }
    }

    /// The parameters of the answer; every one says who answers (RFC 9207 §2).
    pub(crate) fn params(&self, response: AuthorizationResponse) -> ResponseParams {
        let mut params = match response {
            AuthorizationResponse::Granted { code, tokens } => granted_params(code, tokens),
            AuthorizationResponse::Error(error) => {
                vec![("error", error.code.as_str().to_owned()), ("error_description", error.description.into_owned())]
            }
        };
        params.extend(self.state.clone().map(|state| ("state", state)));
        params.push(("iss", self.issuer.clone()));
        params.extend(self.session_state.clone().map(|session_state| ("session_state", session_state)));
        params
    }
}

fn granted_params(code: Option<Secret<String>>, tokens: FrontChannelTokens) -> ResponseParams {
    let mut params = ResponseParams::new();
    params.extend(code.map(|code| ("code", code.expose().clone())));
    if let Some(access_token) = tokens.access_token {
        params.push(("access_token", access_token.token.expose().clone()));
        let token_type = if access_token.token_type == TokenType::DPoP { "DPoP" } else { "Bearer" };
        params.push(("token_type", token_type.to_owned()));
        params.push(("expires_in", access_token.expires_in.to_string()));
        params.push(("scope", access_token.scope.to_string()));
    }
    params.extend(tokens.id_token.map(|id_token| ("id_token", id_token.expose().clone())));
    params
}

/// Appends parameters to the query of a registered URI and leaves the rest of it as it is (RFC 6749 §3.1.2).
pub(crate) fn with_query(uri: &str, params: &[(&'static str, String)]) -> String {
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    if params.is_empty() { uri.to_owned() } else { format!("{uri}{separator}{}", encode(params)) }
}

fn encode(params: &[(&'static str, String)]) -> String {
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    // Every decoder understands %20; some that read a fragment keep a + as it is.
    encoded.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use latchkey_protocol::{ErrorCode, Scope};
    use latchkey_tenants::{ClientMetadata, ClientOrigin};

    use super::*;
    use crate::token::FrontChannelToken;

    fn target(redirect_uri: &str, response_mode: ResponseMode, state: Option<&str>) -> ResponseTarget {
        ResponseTarget {
            redirect_uri: redirect_uri.to_owned(),
            response_mode,
            state: state.map(str::to_owned),
            issuer: "https://id.example/t/demo".to_owned(),
            session_state: None,
            client: Arc::new(Client {
                client_id: "web".parse().expect("a client id"),
                name: "Web".to_owned(),
                metadata: ClientMetadata::default(),
                secrets: Vec::new(),
                origin: ClientOrigin::Managed,
            }),
        }
    }

    fn code() -> AuthorizationResponse {
        AuthorizationResponse::Granted { code: Some("abc".into()), tokens: FrontChannelTokens::default() }
    }

    fn deliver(target: &ResponseTarget, response: AuthorizationResponse) -> Delivery {
        target.deliver(target.params(response))
    }

    #[test]
    fn the_query_of_the_redirect_uri_is_kept() {
        let iss = "iss=https%3A%2F%2Fid.example%2Ft%2Fdemo";
        let cases = [
            ("https://a.example/cb", format!("https://a.example/cb?code=abc&{iss}")),
            ("https://a.example/cb?x=1", format!("https://a.example/cb?x=1&code=abc&{iss}")),
            ("https://a.example/cb?", format!("https://a.example/cb?code=abc&{iss}")),
        ];
        for (uri, expected) in cases {
            assert_eq!(deliver(&target(uri, ResponseMode::Query, None), code()), Delivery::Redirect(expected));
        }
    }

    #[test]
    fn in_fragment_mode_the_query_holds_nothing() {
        let Delivery::Redirect(location) =
            deliver(&target("https://a.example/cb", ResponseMode::Fragment, Some("s")), code())
        else {
            panic!("a redirect");
        };
        assert!(location.starts_with("https://a.example/cb#code=abc&state=s&iss="), "{location}");
    }

    #[test]
    fn tokens_come_with_what_says_how_to_use_them() {
        let tokens = FrontChannelTokens {
            access_token: Some(FrontChannelToken {
                token: "at".into(),
                token_type: TokenType::Bearer,
                expires_in: 300,
                scope: Scope::parse("openid").expect("a scope"),
            }),
            id_token: Some("it".into()),
        };
        let target = target("https://a.example/cb", ResponseMode::Fragment, None);
        let params = target.params(AuthorizationResponse::Granted { code: None, tokens });
        let names: Vec<_> = params.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["access_token", "token_type", "expires_in", "scope", "id_token", "iss"]);
    }

    #[test]
    fn state_comes_back_exactly_whatever_it_holds() {
        let state = "a b+c&d=e#f%2F\"<é>\r\n";
        let Delivery::Redirect(location) =
            deliver(&target("https://a.example/cb", ResponseMode::Query, Some(state)), code())
        else {
            panic!("a redirect");
        };
        let url = url::Url::parse(&location).expect("a URL");
        assert_eq!(url.query_pairs().find(|(name, _)| name == "state").expect("a state").1, state);
        assert!(!location.contains(['\r', '\n', '"', '<', ' ', '+']));
    }

    #[test]
    fn an_error_has_its_code_state_and_issuer_and_no_code() {
        let error = OAuthError::new(ErrorCode::LoginRequired, "the user is not signed in");
        let target = target("https://a.example/cb", ResponseMode::FormPost, Some("s"));
        let delivery = deliver(&target, AuthorizationResponse::Error(error));
        let Delivery::FormPost { redirect_uri, params } = delivery else { panic!("a form") };
        assert_eq!(redirect_uri, "https://a.example/cb");
        let names: Vec<_> = params.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
        assert_eq!(params.first().map(|(_, value)| value.as_str()), Some("login_required"));
    }
}
