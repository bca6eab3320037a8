//! The metrics themselves: names, help texts, labels and buckets.

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::labels::{ConsentDecision, SignInOutcome};

/// Seconds. 0.25 s is the line between a page that feels immediate and one that does not.
const REQUEST_BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Seconds.
const HASH_BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) requests: IntCounterVec,
    pub(crate) duration: HistogramVec,
}

impl Http {
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = counters(
            registry,
            "latchkey_http_requests_total",
            "Requests answered, by route pattern, method and status.",
            &["endpoint", "method", "status"],
        )?;
        let options = HistogramOpts::new(
            "latchkey_http_request_duration_seconds",
            "Time from the head of a request to the head of its answer, by route pattern.",
        );
        let duration = HistogramVec::new(options.buckets(REQUEST_BUCKETS.to_vec()), &["endpoint"])?;
        Ok(Self { requests, duration: register(registry, duration)? })
    }
}

#[derive(Debug)]
pub(crate) struct Security {
    pub(crate) sign_ins: IntCounterVec,
    pub(crate) tokens_issued: IntCounterVec,
    pub(crate) oauth_errors: IntCounterVec,
    pub(crate) refresh_token_reuse: IntCounter,
    pub(crate) sessions_started: IntCounter,
    pub(crate) consents: IntCounterVec,
    pub(crate) throttled: IntCounterVec,
    pub(crate) signing_keys_generated: IntCounter,
    pub(crate) mapped_claims_left_out: IntCounterVec,
    pub(crate) access_policies: IntCounterVec,
    pub(crate) breached_passwords: IntCounterVec,
}

impl Security {
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let r = registry;
        let this = Self {
            sign_ins: counters(r, "latchkey_sign_ins_total", "Attempts to sign in, by outcome.", &["outcome"])?,
            tokens_issued: counters(
                r,
                "latchkey_tokens_issued_total",
                "Successful answers of the token endpoint, by grant type.",
                &["grant_type"],
            )?,
            oauth_errors: counters(
                r,
                "latchkey_oauth_errors_total",
                "Error answers of OAuth endpoints, by endpoint and error code.",
                &["endpoint", "error"],
            )?,
            refresh_token_reuse: counter(
                r,
                "latchkey_refresh_token_reuse_total",
                "Refresh tokens presented after their successor was in use; each revoked its grant.",
            )?,
            sessions_started: counter(r, "latchkey_sessions_started_total", "Sessions begun.")?,
            consents: counters(r, "latchkey_consents_total", "Answers to the consent page.", &["decision"])?,
            throttled: counters(r, "latchkey_throttled_total", "Requests refused by a limit, by limit.", &["rule"])?,
            signing_keys_generated: counter(r, "latchkey_signing_keys_generated_total", "Signing keys made.")?,
            mapped_claims_left_out: counters(
                r,
                "latchkey_mapped_claims_left_out_total",
                "Claims of a tenant's mapping that a token or answer lacks, by reason.",
                &["reason"],
            )?,
            access_policies: counters(
                r,
                "latchkey_access_policy_refusals_total",
                "Grants and sign-ins that an access policy refused, by outcome.",
                &["outcome"],
            )?,
            breached_passwords: counters(
                r,
                "latchkey_breached_password_lookups_total",
                "New passwords looked up among those of breaches, by outcome and source.",
                &["outcome", "source"],
            )?,
        };
        // A series that appears with its first event hides that event from rate().
        for outcome in SignInOutcome::ALL {
            this.sign_ins.with_label_values(&[outcome.as_str()]);
        }
        for decision in ConsentDecision::ALL {
            this.consents.with_label_values(&[decision.as_str()]);
        }
        Ok(this)
    }
}

#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) password_hash_duration: Histogram,
    pub(crate) password_hashes_waiting: IntGauge,
    pub(crate) db_connections: IntGaugeVec,
    pub(crate) cache_errors: IntCounter,
    pub(crate) build_info: IntGaugeVec,
}

impl Resources {
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let options = HistogramOpts::new(
            "latchkey_password_hash_duration_seconds",
            "Time that hashing one password took, without the wait for a turn.",
        );
        let password_hash_duration = Histogram::with_opts(options.buckets(HASH_BUCKETS.to_vec()))?;
        let password_hashes_waiting =
            IntGauge::new("latchkey_password_hashes_waiting", "Password hashes that wait for their turn.")?;
        let db_connections = IntGaugeVec::new(
            Opts::new("latchkey_db_pool_connections", "Connections to the database, by state."),
            &["state"],
        )?;
        let build_info = IntGaugeVec::new(Opts::new("latchkey_build_info", "1, with the version."), &["version"])?;
        Ok(Self {
            password_hash_duration: register(registry, password_hash_duration)?,
            password_hashes_waiting: register(registry, password_hashes_waiting)?,
            db_connections: register(registry, db_connections)?,
            cache_errors: counter(
                registry,
                "latchkey_cache_errors_total",
                "Operations of the short-lived store that failed.",
            )?,
            build_info: register(registry, build_info)?,
        })
    }
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    register(registry, IntCounter::new(name, help)?)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
    register(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
