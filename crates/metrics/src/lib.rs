//! Every metric of Latchkey and its labels, in one place.
//!
//! Names start with `latchkey_`. Label values are enums or `&'static str`, never what a request says, so the number of
//! series is bounded. [`Metrics::render`] writes the text format that Prometheus reads; metrics of the process itself
//! (`process_*`) are part of it on Linux.

mod families;
mod labels;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use prometheus::{Encoder, IntGauge, Registry, TextEncoder};

use crate::families::{Http, Resources, Security};
pub use crate::labels::{ConsentDecision, SignInOutcome};

/// The metrics of one process; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    http: Http,
    security: Security,
    resources: Resources,
}

impl Metrics {
    /// Metrics in a registry of their own, all at zero. Fails only when two of them have the same name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let http = Http::register(&registry)?;
        let security = Security::register(&registry)?;
        let resources = Resources::register(&registry)?;
        #[cfg(target_os = "linux")]
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        Ok(Self(Arc::new(Inner { registry, http, security, resources })))
    }

    /// The present values in the Prometheus text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.0.registry.gather(), &mut text) {
            text.extend_from_slice(format!("\n# incomplete: {error}\n").as_bytes());
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Counts an answered request.
    ///
    /// `endpoint` is the pattern of the route, never the path: a path would make a series for each tenant.
    pub fn observe_http(&self, endpoint: &str, method: &str, status: u16, duration: Duration) {
        let mut digits = [b'0'; 3];
        let status = labels::status(status, &mut digits);
        let http = &self.0.http;
        http.requests.with_label_values(&[endpoint, labels::method(method), status]).inc();
        http.duration.with_label_values(&[endpoint]).observe(duration.as_secs_f64());
    }

    /// Counts an attempt to sign in.
    pub fn sign_in(&self, outcome: SignInOutcome) {
        self.0.security.sign_ins.with_label_values(&[outcome.as_str()]).inc();
    }

    /// Counts a successful answer of the token endpoint.
    pub fn tokens_issued(&self, grant_type: &'static str) {
        self.0.security.tokens_issued.with_label_values(&[grant_type]).inc();
    }

    /// Counts an error answer of an OAuth endpoint, by its `error` code.
    pub fn oauth_error(&self, endpoint: &'static str, error: &'static str) {
        self.0.security.oauth_errors.with_label_values(&[endpoint, error]).inc();
    }

    /// Counts a refresh token that was presented after its successor was in use: a sign of theft.
    pub fn refresh_token_reused(&self) {
        self.0.security.refresh_token_reuse.inc();
    }

    /// Counts a session that began.
    pub fn session_started(&self) {
        self.0.security.sessions_started.inc();
    }

    /// Counts an answer to the consent page.
    pub fn consent(&self, decision: ConsentDecision) {
        self.0.security.consents.with_label_values(&[decision.as_str()]).inc();
    }

    /// Counts a request refused because a limit was reached; `rule` names the limit.
    pub fn throttled(&self, rule: &'static str) {
        self.0.security.throttled.with_label_values(&[rule]).inc();
    }

    /// Counts a pair of signing keys that was made.
    pub fn signing_key_generated(&self) {
        self.0.security.signing_keys_generated.inc();
    }

    /// Counts a claim of a tenant's mapping that was left out; `reason` is `failed` or `too_large`.
    pub fn mapped_claim_left_out(&self, reason: &'static str) {
        self.0.security.mapped_claims_left_out.with_label_values(&[reason]).inc();
    }

    /// Counts a refusal by an access policy; `outcome` is `deny`, `step_up` or `failed`.
    pub fn access_policy_refused(&self, outcome: &'static str) {
        self.0.security.access_policies.with_label_values(&[outcome]).inc();
    }

    /// Counts a look-up among the passwords of breaches; `source` is `filter` or `service`, `outcome` is `known`, `unknown`
    /// or `failed`.
    pub fn breached_password_looked_up(&self, source: &'static str, outcome: &'static str) {
        self.0.security.breached_passwords.with_label_values(&[outcome, source]).inc();
    }

    /// Counts one more password hash that waits for its turn, until the answer is dropped.
    #[must_use = "the hash counts as waiting for as long as this is held"]
    pub fn password_hash_waits(&self) -> WaitingHash {
        let waiting = self.0.resources.password_hashes_waiting.clone();
        waiting.inc();
        WaitingHash { waiting }
    }

    /// Records how long one password hash took, without its wait.
    pub fn observe_password_hash(&self, duration: Duration) {
        self.0.resources.password_hash_duration.observe(duration.as_secs_f64());
    }

    /// Sets how many connections to the database there are.
    pub fn set_db_connections(&self, idle: u32, in_use: u32) {
        let connections = &self.0.resources.db_connections;
        connections.with_label_values(&["idle"]).set(i64::from(idle));
        connections.with_label_values(&["in_use"]).set(i64::from(in_use));
    }

    /// Counts an operation of the short-lived store that failed.
    pub fn cache_error(&self) {
        self.0.resources.cache_errors.inc();
    }

    /// States which version runs.
    pub fn set_build_info(&self, version: &'static str) {
        self.0.resources.build_info.with_label_values(&[version]).set(1);
    }
}

/// A password hash that waits for its turn; dropped when the turn comes or the wait is given up.
#[derive(Debug)]
pub struct WaitingHash {
    waiting: IntGauge,
}

impl Drop for WaitingHash {
    fn drop(&mut self) {
        self.waiting.dec();
    }
}
