//! A mail server in this process: it speaks as much SMTP (RFC 5321) as it takes to be believed, and remembers what it heard.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_openssl::SslStream;

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Plain,
    StartTls,
    Tls,
}

/// What happens at a step, once, instead of success.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// This answer to the command that begins so; `.` is the end of a mail.
    Answer(&'static str, &'static str),
    /// The connection ends when the mail has come, before anything is answered.
    Silence,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) data: String,
    /// As whom the connection had signed in, `name:password`.
    pub(super) user: Option<String>,
    pub(super) connection: usize,
}

#[derive(Clone)]
pub(super) struct SmtpServer {
    pub(super) port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    commands: Mutex<Vec<String>>,
    troubles: Mutex<Vec<Trouble>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl SmtpServer {
    pub(super) async fn start(offer: Offer, certificate: Option<&Certificate>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let (state, acceptor) = (server.state.clone(), certificate.map(Certificate::acceptor));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor) = (state.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let number = state.connections.fetch_add(1, Ordering::SeqCst);
                    let open = state.open.fetch_add(1, Ordering::SeqCst) + 1;
                    state.most_open.fetch_max(open, Ordering::SeqCst);
                    serve(stream, (offer, acceptor), &state, number).await;
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// What goes wrong from now on, each once.
    pub(super) fn will(&self, troubles: &[Trouble]) {
        self.state.troubles.lock().unwrap().extend(troubles.iter().cloned());
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    pub(super) fn commands(&self) -> Vec<String> {
        self.state.commands.lock().unwrap().clone()
    }

    pub(super) fn most_open(&self) -> usize {
        self.state.most_open.load(Ordering::SeqCst)
    }
}

async fn serve(stream: TcpStream, (offer, acceptor): (Offer, Option<SslAcceptor>), state: &State, number: usize) {
    match (offer, acceptor) {
        (Offer::Tls, Some(acceptor)) => {
            let Some(stream) = encrypt(&acceptor, stream).await else { return };
            Session::new(stream, state, number, false).run(true).await;
        }
        (Offer::StartTls, Some(acceptor)) => {
            let Some(stream) = Session::new(stream, state, number, true).run(true).await else { return };
            let Some(stream) = encrypt(&acceptor, stream).await else { return };
            Session::new(stream, state, number, false).run(false).await;
        }
        _ => {
            Session::new(stream, state, number, false).run(true).await;
        }
    }
}

async fn encrypt(acceptor: &SslAcceptor, stream: TcpStream) -> Option<SslStream<TcpStream>> {
    let mut stream = SslStream::new(Ssl::new(acceptor.context()).unwrap(), stream).unwrap();
    Pin::new(&mut stream).accept().await.ok()?;
    Some(stream)
}

struct Session<'a, S> {
    stream: S,
    state: &'a State,
    number: usize,
    offers_start_tls: bool,
    buffer: Vec<u8>,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    fn new(stream: S, state: &'a State, number: usize, offers_start_tls: bool) -> Self {
        let (buffer, user, from, to) = (Vec::new(), None, String::new(), Vec::new());
        Self { stream, state, number, offers_start_tls, buffer, user, from, to }
    }

    /// Returns the stream when TLS is to begin.
    async fn run(mut self, greets: bool) -> Option<S> {
        if greets {
            self.say("220 mail.test ESMTP").await?;
        }
        loop {
            let line = self.line().await?;
            self.state.commands.lock().unwrap().push(line.clone());
            if let Some(answer) = self.trouble(&line) {
                self.say(answer).await?;
                continue;
            }
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" if self.offers_start_tls => self.say("250-mail.test\r\n250 STARTTLS").await?,
                "EHLO" => self.say("250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN").await?,
                "STARTTLS" if self.offers_start_tls => {
                    self.say("220 go ahead").await?;
                    return Some(self.stream);
                }
                "AUTH" => {
                    let token = line.rsplit(' ').next().unwrap_or_default();
                    let clear = String::from_utf8(STANDARD.decode(token).unwrap()).unwrap();
                    self.user = Some(clear.trim_start_matches('\0').replace('\0', ":"));
                    self.say("235 welcome").await?;
                }
                "MAIL" => {
                    self.from = path(&line);
                    self.to.clear();
                    self.say("250 sender ok").await?;
                }
                "RCPT" => {
                    self.to.push(path(&line));
                    self.say("250 recipient ok").await?;
                }
                "DATA" => self.data().await?,
                "NOOP" | "RSET" => self.say("250 ok").await?,
                "QUIT" => {
                    self.say("221 bye").await;
                    return None;
                }
                _ => self.say("502 what?").await?,
            }
        }
    }

    async fn data(&mut self) -> Option<()> {
        self.say("354 go ahead").await?;
        let mut data = String::new();
        loop {
            match self.line().await?.as_str() {
                "." => break,
                line => data = data + line + "\r\n",
            }
        }
        if let Some(answer) = self.trouble(".") {
            return self.say(answer).await;
        }
        let (from, to) = (self.from.clone(), self.to.clone());
        let received = Received { from, to, data, user: self.user.clone(), connection: self.number };
        self.state.received.lock().unwrap().push(received);
        if self.takes(|trouble| matches!(trouble, Trouble::Silence)).is_some() {
            return None;
        }
        self.say("250 2.0.0 Ok: queued as 4XyZ").await
    }

    fn trouble(&self, line: &str) -> Option<&'static str> {
        let found = self.takes(|trouble| matches!(trouble, Trouble::Answer(begins, _) if line.starts_with(begins)));
        found.and_then(|trouble| if let Trouble::Answer(_, answer) = trouble { Some(answer) } else { None })
    }

    fn takes(&self, fits: impl Fn(&Trouble) -> bool) -> Option<Trouble> {
        let mut troubles = self.state.troubles.lock().unwrap();
        let index = troubles.iter().position(fits)?;
        Some(troubles.remove(index))
    }

    async fn say(&mut self, answer: &str) -> Option<()> {
        self.stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8(line).unwrap());
            }
            let mut chunk = [0; 4096];
            let read = self.stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
            self.buffer.extend_from_slice(&chunk[..read]);
        }
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).unwrap().0.to_owned()
}

/// A certificate that signs itself.
pub(super) struct Certificate {
    certificate: X509,
    key: PKey<Private>,
}

impl Certificate {
    pub(super) fn of(host: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", host).unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        let names = SubjectAlternativeName::new().dns(host).build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self { certificate: builder.build(), key }
    }

    pub(super) fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()
    }

    fn acceptor(&self) -> SslAcceptor {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_certificate(&self.certificate).unwrap();
        acceptor.set_private_key(&self.key).unwrap();
        acceptor.build()
    }
}
