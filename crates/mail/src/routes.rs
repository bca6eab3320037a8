//! Connections to the mail servers of tenants: kept for a while, bounded in number, and never shared between tenants.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use latchkey_core::{Secret, TenantId, sha256};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use moka::sync::Cache;

use crate::{MailError, Protection, SmtpRoute};

pub(crate) type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Servers that are remembered.
const MAX_SERVERS: u64 = 256;
/// Connections to one server that wait for the next mail.
const MAX_IDLE: u32 = 2;
const IDLE: Duration = Duration::from_secs(30);
/// For each command; RFC 5321 §4.5.3.2 allows minutes, but a turn is not held for a server that is as good as away.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
const END_OF_CERTIFICATE: &str = "-----END CERTIFICATE-----";

/// The connections. Clones share them.
#[derive(Clone)]
pub(crate) struct Routes(Cache<[u8; 32], Smtp>);

impl Default for Routes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_SERVERS).time_to_idle(10 * IDLE).build())
    }
}

impl Routes {
    /// The way to one address of the server; other settings are another way, so nothing old is used on.
    pub(crate) fn to(&self, tenant: &TenantId, route: &SmtpRoute, address: SocketAddr) -> Result<Smtp, MailError> {
        let key = sha256(description(tenant, route, address).expose().as_bytes());
        if let Some(smtp) = self.0.get(&key) {
            return Ok(smtp);
        }
        let smtp = connect(route, address)?;
        self.0.insert(key, smtp.clone());
        Ok(smtp)
    }
}

/// All that makes two ways differ; each part is preceded by its length, so that no two read alike.
fn description(tenant: &TenantId, route: &SmtpRoute, address: SocketAddr) -> Secret<String> {
    let address = address.to_string();
    let protection = format!("{:?}", route.protection);
    let mut parts = vec![tenant.as_str(), &route.host, &address, &protection];
    if let Some((username, password)) = &route.credentials {
        parts.extend([username.as_str(), password.expose().as_str()]);
    }
    parts.extend(route.trust_anchors.iter().map(String::as_str));
    let mut description = String::new();
    for part in parts {
        // Writing to a text does not fail.
        let _ = write!(description, "{}:{part}", part.len());
    }
    Secret::new(description)
}

fn connect(route: &SmtpRoute, address: SocketAddr) -> Result<Smtp, MailError> {
    let tls = match route.protection {
        Protection::Loopback => Tls::None,
        Protection::StartTls => Tls::Required(parameters(route)?),
        Protection::Tls => Tls::Wrapper(parameters(route)?),
    };
    // By address: the name was looked up by who checks what may be reached, and is not looked up again.
    let mut builder = Smtp::builder_dangerous(address.ip().to_string())
        .port(address.port())
        .tls(tls)
        .timeout(Some(COMMAND_TIMEOUT))
        .pool_config(PoolConfig::new().max_size(MAX_IDLE).idle_timeout(IDLE));
    if let Some((username, password)) = &route.credentials {
        builder = builder.credentials(Credentials::new(username.clone(), password.expose().clone()));
    }
    Ok(builder.build())
}

fn parameters(route: &SmtpRoute) -> Result<TlsParameters, MailError> {
    let mut parameters = TlsParameters::builder(route.host.clone());
    for pem in &route.trust_anchors {
        for one in pem.split_inclusive(END_OF_CERTIFICATE).filter(|text| text.contains(END_OF_CERTIFICATE)) {
            parameters = parameters.add_root_certificate(Certificate::from_pem(one.as_bytes())?);
        }
    }
    Ok(parameters.build()?)
}
