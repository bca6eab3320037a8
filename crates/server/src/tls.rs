//! TLS from a certificate file and a key file, read again when they change.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use latchkey_config::TlsConfig;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    AlpnError, NameType, SniError, SslAcceptor, SslAcceptorBuilder, SslContext, SslMethod, SslOptions,
    SslSessionCacheMode, SslVerifyMode, select_next_proto,
};
use openssl::x509::X509;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

/// How often the files are looked at.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// A certificate in use, replaceable while connections are served.
#[derive(Clone)]
pub struct Certificate {
    files: TlsConfig,
    current: Arc<Mutex<Current>>,
}

struct Current {
    context: SslContext,
    modified: [Option<SystemTime>; 2],
}

impl Certificate {
    /// Reads both files and checks that they belong together.
    ///
    /// # Errors
    /// Names the file that cannot be read or used.
    pub fn load(files: &TlsConfig) -> anyhow::Result<Self> {
        let current = read(files)?;
        Ok(Self { files: files.clone(), current: Arc::new(Mutex::new(current)) })
    }

    /// An acceptor whose every handshake uses the certificate of that moment.
    ///
    /// # Errors
    /// When OpenSSL refuses the settings.
    pub fn acceptor(&self) -> anyhow::Result<SslAcceptorBuilder> {
        let mut builder = base(&self.files)?;
        let current = Arc::clone(&self.current);
        // The servername callback runs in each handshake, also when the client names no host.
        builder.set_servername_callback(move |ssl, _alert| {
            let context = current.lock().unwrap_or_else(PoisonError::into_inner).context.clone();
            tracing::trace!(host = ssl.servername(NameType::HOST_NAME), "tls handshake");
            ssl.set_ssl_context(&context).map_err(|_| SniError::ALERT_FATAL)
        });
        Ok(builder)
    }

    /// An acceptor that also asks the client for a certificate, and takes any or none.
    ///
    /// # Errors
    /// As [`Self::acceptor`].
    pub fn requesting_acceptor(&self) -> anyhow::Result<SslAcceptorBuilder> {
        let mut builder = self.acceptor()?;
        builder.set_verify_callback(SslVerifyMode::PEER, |_, _| true);
        // A resumed session would bring back a certificate without proof that its key is still there.
        builder.set_session_cache_mode(SslSessionCacheMode::OFF);
        builder.set_options(SslOptions::NO_TICKET);
        builder.set_num_tickets(0)?;
        Ok(builder)
    }

    /// Reads the files again when one has changed; a broken pair is refused and the old one stays in use.
    ///
    /// # Errors
    /// As [`Certificate::load`].
    pub fn reload_if_changed(&self) -> anyhow::Result<Reload> {
        let seen = self.current.lock().unwrap_or_else(PoisonError::into_inner).modified;
        if seen == modified(&self.files) {
            return Ok(Reload::Unchanged);
        }
        let fresh = read(&self.files)?;
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(Reload::Reloaded)
    }
}

/// What [`Certificate::reload_if_changed`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The files are as they were.
    Unchanged,
    /// The new certificate is in use.
    Reloaded,
}

/// Looks at the certificate's files from time to time, and at once on SIGHUP; without a certificate the signal does nothing.
///
/// # Errors
/// When the signal cannot be listened for.
pub(crate) fn watch(certificate: Option<Certificate>) -> anyhow::Result<JoinHandle<()>> {
    // Unheard, the signal would end the process.
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    Ok(tokio::spawn(async move {
        loop {
            let Some(certificate) = &certificate else {
                hangup.recv().await;
                tracing::info!("SIGHUP: there is no certificate to read again");
                continue;
            };
            tokio::select! {
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
                _ = hangup.recv() => {}
            }
            reload(certificate);
        }
    }))
}

fn reload(certificate: &Certificate) {
    match certificate.reload_if_changed() {
        Ok(Reload::Reloaded) => tracing::info!("the certificate was reloaded"),
        Ok(Reload::Unchanged) => {}
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the new certificate is refused; the old one stays in use");
        }
    }
}

fn read(files: &TlsConfig) -> anyhow::Result<Current> {
    // Before reading: a change in between is then seen at the next look.
    let modified = modified(files);
    Ok(Current { context: base(files)?.build().into_context(), modified })
}

fn base(files: &TlsConfig) -> anyhow::Result<SslAcceptorBuilder> {
    let chain = certificates(&files.certificate)?;
    let key = private_key(&files.private_key)?;
    // Mozilla "intermediate": TLS 1.2 and 1.3, forward secrecy only.
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    let mut chain = chain.into_iter();
    let Some(leaf) = chain.next() else { bail!("{} holds no certificate", files.certificate.display()) };
    builder.set_certificate(&leaf)?;
    for issuer in chain {
        builder.add_extra_chain_cert(issuer)?;
    }
    builder.set_private_key(&key)?;
    builder.check_private_key().with_context(|| {
        format!(
            "the key {} does not belong to the certificate {}",
            files.private_key.display(),
            files.certificate.display()
        )
    })?;
    builder
        .set_alpn_select_callback(|_, client| select_next_proto(b"\x02h2\x08http/1.1", client).ok_or(AlpnError::NOACK));
    Ok(builder)
}

fn certificates(path: &Path) -> anyhow::Result<Vec<X509>> {
    let pem = std::fs::read(path).with_context(|| format!("cannot read the certificate {}", path.display()))?;
    X509::stack_from_pem(&pem).ok().with_context(|| format!("{} is not a PEM certificate", path.display()))
}

fn private_key(path: &Path) -> anyhow::Result<PKey<Private>> {
    let pem = std::fs::read(path).with_context(|| format!("cannot read the private key {}", path.display()))?;
    PKey::private_key_from_pem(&pem).ok().with_context(|| format!("{} is not a PEM private key", path.display()))
}

fn modified(files: &TlsConfig) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.private_key].map(|path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok())
}
