//! What one operation of each kind is.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::http::{Connection, Response};

const TENANT: &str = "/t/bench";
const SECRET: &str = "bench-secret-0123456789-0123456789-0123456789";
const REDIRECT_URI: &str = "http://127.0.0.1:9000/callback";
const VERIFIER: &str = "bench-verifier-0123456789-0123456789-0123456789";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    Discovery,
    Jwks,
    ClientCredentialsEs256,
    ClientCredentialsRs256,
    Refresh,
    Userinfo,
    Introspection,
    CodeFlow,
}

impl Scenario {
    pub const ALL: [Self; 8] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentialsEs256,
        Self::ClientCredentialsRs256,
        Self::Refresh,
        Self::Userinfo,
        Self::Introspection,
        Self::CodeFlow,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::ClientCredentialsEs256 => "client_credentials ES256",
            Self::ClientCredentialsRs256 => "client_credentials RS256",
            Self::Refresh => "refresh",
            Self::Userinfo => "userinfo",
            Self::Introspection => "introspection",
            Self::CodeFlow => "code flow with a session",
        }
    }
}

/// One client with its own connection and its own tokens.
pub struct Worker {
    connection: Connection,
    scenario: Scenario,
    request: Vec<u8>,
    refresh_token: String,
    cookies: String,
}

impl Worker {
    /// Connects and does what comes before the first measured operation; `cookies` are of a signed-in browser.
    pub async fn prepare(port: u16, scenario: Scenario, cookies: &str) -> Result<Self> {
        let connection = Connection::open(port).await?;
        let mut worker = Self {
            connection,
            scenario,
            request: Vec::new(),
            refresh_token: String::new(),
            cookies: cookies.to_owned(),
        };
        worker.request = match scenario {
            Scenario::Discovery => worker.get(&format!("{TENANT}/.well-known/openid-configuration")),
            Scenario::Jwks => worker.get(&format!("{TENANT}/oauth2/jwks")),
            Scenario::ClientCredentialsEs256 => worker.client_credentials("machine-es256"),
            Scenario::ClientCredentialsRs256 => worker.client_credentials("machine-rs256"),
            Scenario::Userinfo => {
                let token = worker.code_flow().await?.access_token;
                let authorization = format!("Bearer {token}");
                worker.connection.encode(
                    "GET",
                    &format!("{TENANT}/oauth2/userinfo"),
                    &[("Authorization", &authorization)],
                    "",
                )
            }
            Scenario::Introspection => {
                let token = worker.code_flow().await?.access_token;
                worker.post("introspect", "web", &[("token", &token)])
            }
            Scenario::Refresh => {
                worker.refresh_token = worker.code_flow().await?.refresh_token;
                Vec::new()
            }
            Scenario::CodeFlow => Vec::new(),
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
                self.code_flow().await?;
            }
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
        let authorization = format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")));
        let path = format!("{TENANT}/oauth2/{endpoint}");
        self.connection.encode("POST", &path, &[("Authorization", &authorization)], &form(fields))
    }

    fn client_credentials(&self, client: &str) -> Vec<u8> {
        self.post("token", client, &[("grant_type", "client_credentials"), ("scope", "read")])
    }

    async fn code_flow(&mut self) -> Result<Tokens> {
        let request = self.connection.encode("GET", &authorize_path(), &[("Cookie", &self.cookies)], "");
        let response = self.connection.send(&request).await?;
        let location = response.header("location").context("no redirect: is the session gone?")?;
        let location = url::Url::parse(location)?;
        let (_, code) = location.query_pairs().find(|(name, _)| name == "code").context("no code")?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        let request = self.post("token", "web", &fields);
        let tokens = expect_ok(self.connection.send(&request).await?)?.json()?;
        Ok(Tokens { access_token: text(&tokens, "access_token")?, refresh_token: text(&tokens, "refresh_token")? })
    }
}

struct Tokens {
    access_token: String,
    refresh_token: String,
}

/// Signs in by the page's form; answers the cookies of the session.
pub async fn sign_in(port: u16) -> Result<String> {
    let mut connection = Connection::open(port).await?;
    let mut cookies = BTreeMap::new();
    let mut path = authorize_path();
    let page = loop {
        let request = connection.encode("GET", &path, &[("Cookie", &cookie_header(&cookies))], "");
        let response = connection.send(&request).await?;
        remember(&mut cookies, &response);
        match response.header("location") {
            Some(location) => path = path_of(location)?,
            None => break expect_ok(response)?,
        }
    };
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let mut fields: Vec<(String, String)> = hidden_fields(&html);
    fields.push(("login".into(), "alice".into()));
    fields.push(("password".into(), "bench-password-in-summer".into()));
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let origin = format!("http://localhost:{port}");
    let headers = [("Cookie", cookie_header(&cookies)), ("Origin", origin)];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let request = connection.encode("POST", &path, &headers, &form(&pairs));
    let response = connection.send(&request).await?;
    ensure!(response.status == 303, "sign-in answered {}", response.status);
    remember(&mut cookies, &response);
    Ok(cookie_header(&cookies))
}

fn authorize_path() -> String {
    let challenge = URL_SAFE_NO_PAD.encode(openssl::sha::sha256(VERIFIER.as_bytes()));
    let fields = [
        ("client_id", "web"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid profile email offline_access read"),
        ("state", "state"),
        ("nonce", "nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    format!("{TENANT}/oauth2/authorize?{}", form(&fields))
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn expect_ok(response: Response) -> Result<Response> {
    if response.status != 200 {
        bail!("{}: {}", response.status, String::from_utf8_lossy(&response.body));
    }
    Ok(response)
}

fn text(value: &serde_json::Value, name: &str) -> Result<String> {
    Ok(value.get(name).and_then(|member| member.as_str()).with_context(|| format!("no {name}"))?.to_owned())
}

fn path_of(location: &str) -> Result<String> {
    let base = url::Url::parse("http://localhost/")?;
    let url = base.join(location)?;
    Ok(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

fn remember(cookies: &mut BTreeMap<String, String>, response: &Response) {
    for line in response.headers("set-cookie") {
        if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn cookie_header(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn hidden_fields(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    html.split("<input")
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
        .filter(|tag| tag.contains("type=\"hidden\""))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
        .collect()
}
