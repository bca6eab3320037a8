//! What one operation of each kind is.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::browser::{self, Visitor};
use crate::http::{Connection, Response};
use crate::passkey_device::PasskeyDevice;
use crate::proof::ProofKey;

pub const TENANT: &str = "/t/bench";
/// Users of the fixture, `person0` and on: no two workers sign in as the same one.
const PEOPLE: usize = 16;
const SECRET: &str = "bench-secret-0123456789-0123456789-0123456789";
const REDIRECT_URI: &str = "http://127.0.0.1:9000/callback";
const VERIFIER: &str = "bench-verifier-0123456789-0123456789-0123456789";

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    Discovery,
    Jwks,
    ClientCredentialsEs256,
    ClientCredentialsRs256,
    Refresh,
    TokenExchange,
    Userinfo,
    IntrospectionOfJwt,
    IntrospectionOfOpaque,
    CodeFlow,
    PushedCodeFlow,
    PasswordSignIn,
    PasskeySignIn,
}

impl Scenario {
    /// A plain counterpart comes before what is compared with it.
    pub const ALL: [Self; 13] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentialsEs256,
        Self::ClientCredentialsRs256,
        Self::Refresh,
        Self::TokenExchange,
        Self::Userinfo,
        Self::IntrospectionOfJwt,
        Self::IntrospectionOfOpaque,
        Self::CodeFlow,
        Self::PushedCodeFlow,
        Self::PasswordSignIn,
        Self::PasskeySignIn,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::ClientCredentialsEs256 => "client_credentials ES256",
            Self::ClientCredentialsRs256 => "client_credentials RS256",
            Self::Refresh => "refresh",
            Self::TokenExchange => "token exchange",
            Self::Userinfo => "userinfo",
            Self::IntrospectionOfJwt => "introspection, JWT",
            Self::IntrospectionOfOpaque => "introspection, opaque",
            Self::CodeFlow => "code flow with a session",
            Self::PushedCodeFlow => "code flow, PAR and DPoP",
            Self::PasswordSignIn => "password sign-in, whole flow",
            Self::PasskeySignIn => "passkey sign-in, whole flow",
        }
    }

    /// What does the same with less; the goal is at least half of its requests per second.
    pub fn counterpart(self) -> Option<Self> {
        match self {
            // Both make an access token of a token that somebody was given.
            Self::TokenExchange => Some(Self::Refresh),
            Self::IntrospectionOfOpaque => Some(Self::IntrospectionOfJwt),
            Self::PushedCodeFlow => Some(Self::CodeFlow),
            _ => None,
        }
    }
}

/// One client with its own connection and its own tokens.
pub struct Worker {
    connection: Connection,
    scenario: Scenario,
    key: ProofKey,
    token_url: String,
    request: Vec<u8>,
    refresh_token: String,
    cookies: String,
    person: String,
    device: PasskeyDevice,
}

impl Worker {
    /// Connects and does what comes before the first measured operation; `cookies` are of a signed-in browser.
    pub async fn prepare(port: u16, scenario: Scenario, cookies: &str) -> Result<Self> {
        let connection = Connection::open(port).await?;
        let mut worker = Self {
            connection,
            scenario,
            key: ProofKey::generate()?,
            token_url: format!("http://localhost:{port}{TENANT}/oauth2/token"),
            request: Vec::new(),
            refresh_token: String::new(),
            cookies: cookies.to_owned(),
            person: next_person(),
            device: PasskeyDevice::at(&format!("http://localhost:{port}")),
        };
        worker.request = match scenario {
            Scenario::Discovery => worker.get(&format!("{TENANT}/.well-known/openid-configuration")),
            Scenario::Jwks => worker.get(&format!("{TENANT}/oauth2/jwks")),
            Scenario::ClientCredentialsEs256 => worker.client_credentials("machine-es256"),
            Scenario::ClientCredentialsRs256 => worker.client_credentials("machine-rs256"),
            Scenario::Userinfo => {
                let token = worker.code_flow("web").await?.access_token;
                let authorization = format!("Bearer {token}");
                worker.connection.encode(
                    "GET",
                    &format!("{TENANT}/oauth2/userinfo"),
                    &[("Authorization", &authorization)],
                    "",
                )
            }
            Scenario::IntrospectionOfJwt => worker.introspection("web").await?,
            Scenario::IntrospectionOfOpaque => worker.introspection("bench-opaque").await?,
            Scenario::TokenExchange => worker.exchange("bench-exchange").await?,
            Scenario::Refresh => {
                worker.refresh_token = worker.code_flow("web").await?.refresh_token;
                Vec::new()
            }
            Scenario::PasskeySignIn => {
                let mut visitor = Visitor::new(&mut worker.connection);
                let form = visitor.find_form(&authorize_path("web")).await?;
                visitor.make_passkey(&form, &worker.person, &mut worker.device).await?;
                Vec::new()
            }
            Scenario::CodeFlow | Scenario::PushedCodeFlow | Scenario::PasswordSignIn => Vec::new(),
        };
        Ok(worker)
    }

    /// One operation.
    pub async fn run(&mut self) -> Result<()> {
        match self.scenario {
            Scenario::Refresh => {
                let fields = [("grant_type", "refresh_token"), ("refresh_token", self.refresh_token.as_str())];
                let request = self.post("token", "web", &fields);
                let tokens = expect_ok(self.connection.send(&request).await?)?.json()?;
                self.refresh_token = text(&tokens, "refresh_token")?;
            }
            Scenario::CodeFlow => {
                self.code_flow("web").await?;
            }
            Scenario::PushedCodeFlow => {
                self.pushed_code_flow("bench-dpop").await?;
            }
            Scenario::PasswordSignIn => self.password_sign_in("web").await?,
            Scenario::PasskeySignIn => self.passkey_sign_in("web").await?,
            _ => {
                expect_ok(self.connection.send(&self.request).await?)?;
            }
        }
        Ok(())
    }

    fn get(&self, path: &str) -> Vec<u8> {
        self.connection.encode("GET", path, &[], "")
    }

    fn post(&self, endpoint: &str, client: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        self.post_with(endpoint, client, fields, None)
    }

    fn post_with(&self, endpoint: &str, client: &str, fields: &[(&str, &str)], proof: Option<&str>) -> Vec<u8> {
        let authorization = format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")));
        let mut headers = vec![("Authorization", authorization.as_str())];
        headers.extend(proof.map(|proof| ("DPoP", proof)));
        self.connection.encode("POST", &format!("{TENANT}/oauth2/{endpoint}"), &headers, &form(fields))
    }

    fn client_credentials(&self, client: &str) -> Vec<u8> {
        self.post("token", client, &[("grant_type", "client_credentials"), ("scope", "read")])
    }

    async fn introspection(&mut self, client: &str) -> Result<Vec<u8>> {
        let token = self.code_flow(client).await?.access_token;
        Ok(self.post("introspect", client, &[("token", &token)]))
    }

    async fn exchange(&mut self, client: &str) -> Result<Vec<u8>> {
        let token = self.code_flow(client).await?.access_token;
        let fields = [
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", token.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
            ("scope", "read"),
        ];
        Ok(self.post("token", client, &fields))
    }

    async fn code_flow(&mut self, client: &str) -> Result<Tokens> {
        let code = self.authorize(&authorize_path(client)).await?;
        self.redeem(client, &code, None).await
    }

    /// RFC 9126 and RFC 9449: the request is pushed, and the tokens are bound to a key by a proof.
    async fn pushed_code_flow(&mut self, client: &str) -> Result<Tokens> {
        let challenge = code_challenge();
        let request = self.post("par", client, &authorization_fields(client, &challenge));
        let pushed = expect(201, self.connection.send(&request).await?)?.json()?;
        let request_uri = text(&pushed, "request_uri")?;
        let fields = [("client_id", client), ("request_uri", request_uri.as_str())];
        let code = self.authorize(&format!("{TENANT}/oauth2/authorize?{}", form(&fields))).await?;
        let proof = self.key.proof("POST", &self.token_url)?;
        self.redeem(client, &code, Some(&proof)).await
    }

    /// From the first request of a browser that nobody knows to the tokens: five requests and one password hash.
    async fn password_sign_in(&mut self, client: &str) -> Result<()> {
        let mut visitor = Visitor::new(&mut self.connection);
        let form = visitor.find_form(&authorize_path(client)).await?;
        let path = visitor.submit_password(&form, &self.person, browser::PASSWORD).await?;
        let code = code_of(&visitor.get(&path).await?)?;
        self.redeem(client, &code, None).await?;
        Ok(())
    }

    /// The same with a passkey and without a name.
    async fn passkey_sign_in(&mut self, client: &str) -> Result<()> {
        let mut visitor = Visitor::new(&mut self.connection);
        let form = visitor.find_form(&authorize_path(client)).await?;
        let path = visitor.use_passkey(&form, &mut self.device).await?;
        let code = code_of(&visitor.get(&path).await?)?;
        self.redeem(client, &code, None).await?;
        Ok(())
    }

    async fn authorize(&mut self, path: &str) -> Result<String> {
        let request = self.connection.encode("GET", path, &[("Cookie", &self.cookies)], "");
        code_of(&self.connection.send(&request).await?)
    }

    async fn redeem(&mut self, client: &str, code: &str, proof: Option<&str>) -> Result<Tokens> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        let request = self.post_with("token", client, &fields, proof);
        let tokens = expect_ok(self.connection.send(&request).await?)?.json()?;
        Ok(Tokens { access_token: text(&tokens, "access_token")?, refresh_token: text(&tokens, "refresh_token")? })
    }
}

struct Tokens {
    access_token: String,
    refresh_token: String,
}

fn next_person() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("person{}", NEXT.fetch_add(1, Ordering::Relaxed) % PEOPLE)
}

fn code_of(response: &Response) -> Result<String> {
    let location = response.header("location").context("no redirect: is the session gone?")?;
    let location = url::Url::parse(location)?;
    let code = location.query_pairs().find(|(name, _)| name == "code").context("no code")?.1;
    Ok(code.into_owned())
}

pub fn authorize_path(client: &str) -> String {
    let challenge = code_challenge();
    format!("{TENANT}/oauth2/authorize?{}", form(&authorization_fields(client, &challenge)))
}

fn code_challenge() -> String {
    URL_SAFE_NO_PAD.encode(openssl::sha::sha256(VERIFIER.as_bytes()))
}

fn authorization_fields<'a>(client: &'a str, challenge: &'a str) -> [(&'a str, &'a str); 8] {
    [
        ("client_id", client),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid profile email offline_access read"),
        ("state", "state"),
        ("nonce", "nonce"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

pub fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub fn expect_ok(response: Response) -> Result<Response> {
    expect(200, response)
}

fn expect(status: u16, response: Response) -> Result<Response> {
    if response.status != status {
        bail!("{}: {}", response.status, String::from_utf8_lossy(&response.body));
    }
    Ok(response)
}

fn text(value: &serde_json::Value, name: &str) -> Result<String> {
    Ok(value.get(name).and_then(|member| member.as_str()).with_context(|| format!("no {name}"))?.to_owned())
}
