//! Why nothing was fetched.

use std::io;

use crate::policy::InvalidPolicy;

/// Why a request was refused or failed. The text never holds any part of the answer's body, nor the URL.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not an absolute URL with a host.
    #[error("not a URL that names a host")]
    InvalidUrl,
    /// The scheme is not https, and no rule of the policy opens http to this host.
    #[error("the scheme must be https")]
    NotHttps,
    /// The URL carries a user name or password.
    #[error("the URL must not contain credentials")]
    Credentials,
    /// The host is, or resolves only to, addresses that are not public and that no rule of the policy opens.
    #[error("the host has no address that may be connected to")]
    AddressRefused,
    /// The host's name cannot be resolved.
    #[error("the host's name cannot be resolved")]
    Resolve(#[source] io::Error),
    /// No connection: nobody listens, or TLS failed (name, issuer or expiry of the certificate).
    #[error("no connection to the host")]
    Connect(#[source] reqwest::Error),
    /// The connection broke, or what came is not HTTP.
    #[error("the connection failed while the answer was awaited")]
    Exchange(#[source] reqwest::Error),
    /// Not finished in time.
    #[error("the host did not answer in time")]
    TimedOut,
    /// Too many requests are under way, to all hosts or to this one.
    #[error("too many outgoing requests are under way")]
    Busy,
    /// The body is longer than this many bytes.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// A document was asked for, and the answer was not 200. A redirect is such an answer.
    #[error("the host answered with status {0}")]
    Status(u16),
    /// The policy holds what [`crate::OutgoingPolicy::validate`] refuses.
    #[error("the policy for outgoing requests is invalid")]
    Policy(#[source] InvalidPolicy),
    /// The TLS client could not be set up.
    #[error("the client for outgoing requests cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// What the resolver says inside of the HTTP client's error.
#[derive(Debug, thiserror::Error)]
#[error("no address of the host may be connected to")]
pub(crate) struct NoAddress;

impl FetchError {
    /// Names the reason of a failed request.
    pub(crate) fn of(error: reqwest::Error) -> Self {
        // The URL may carry a secret in its query, and errors are logged.
        let error = error.without_url();
        match root(&error) {
            Some(Root::NoAddress) => Self::AddressRefused,
            Some(Root::Io(io)) if error.is_dns() => Self::Resolve(io),
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_connect() => Self::Connect(error),
            _ => Self::Exchange(error),
        }
    }
}

enum Root {
    NoAddress,
    Io(io::Error),
}

fn root(error: &reqwest::Error) -> Option<Root> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<NoAddress>() {
            return Some(Root::NoAddress);
        }
        if let Some(io) = current.downcast_ref::<io::Error>() {
            return Some(Root::Io(io::Error::new(io.kind(), io.to_string())));
        }
        cause = current.source();
    }
    None
}
