//! What the endpoints stand on.

use latchkey_auth::{Backchannel, Devices, SignIn};
use latchkey_cache::Cache;
use latchkey_core::{Clock, Rng};
use latchkey_fetch::Fetcher;
use latchkey_metrics::Metrics;
use latchkey_tenants::{Directory, PublicUrl, Registrations, SecretSealer};
use latchkey_tokens::Tokens;

use crate::{ClientDocuments, ClientKeys, ClientLogos, ClientThrottle, MutualTls, Rules};

/// Put into the app data as `web::Data<Services>`, beside `latchkey_web::WebState`.
#[derive(Clone)]
pub struct Services {
    /// Finds tenants, clients and resource servers.
    pub directory: Directory,
    /// Grants, tokens and keys.
    pub tokens: Tokens,
    /// Sessions and sign-ins under way.
    pub sign_in: SignIn,
    /// Devices that wait for their user.
    pub devices: Devices,
    /// Requests of CIBA that wait for their user.
    pub backchannel: Backchannel,
    /// The short-lived store, for requests on their way from POST to GET.
    pub cache: Cache,
    /// The clock.
    pub clock: Clock,
    /// Source of the ids of those requests.
    pub rng: Rng,
    /// Where tokens and errors are counted.
    pub metrics: Metrics,
    /// The origin that all path issuers start with.
    pub public_url: PublicUrl,
    /// Outgoing requests.
    pub fetcher: Fetcher,
    /// Clients that register themselves.
    pub registrations: Registrations,
    /// Clients that documents describe.
    pub client_documents: ClientDocuments,
    /// The logos of clients.
    pub client_logos: ClientLogos,
    /// The public keys of clients.
    pub client_keys: ClientKeys,
    /// Bounds failed client authentications.
    pub client_throttle: ClientThrottle,
    /// Opens the secrets that are kept for `client_secret_jwt`.
    pub secret_sealer: SecretSealer,
    /// Where clients with certificates call.
    pub mtls: MutualTls,
    /// The rules of tenants, compiled.
    pub rules: Rules,
}
