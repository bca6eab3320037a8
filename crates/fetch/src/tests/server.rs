//! A server that gives one answer to every request, over TCP or TLS, and remembers the requests.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

#[derive(Clone)]
pub enum Answer {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// A head that promises a body, and a byte of it now and then.
    Drip,
    /// Nothing at all.
    Silence,
}

impl Answer {
    /// Status, headers and a body, as HTTP/1.1.
    pub fn http(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut text = format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        Self::Bytes([text.as_bytes(), body].concat())
    }
}

pub struct Server {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn plain(answer: Answer) -> Self {
        Self::start(answer, None).await
    }

    pub async fn tls(answer: Answer, authority: &Authority, names: &[&str]) -> Self {
        Self::start(answer, Some(authority.acceptor(names))).await
    }

    /// What was asked, each with its head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }

    async fn start(answer: Answer, acceptor: Option<SslAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, record, acceptor) = (answer.clone(), Arc::clone(&record), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => reply(stream, answer, &record).await,
                        Some(acceptor) => {
                            let ssl = Ssl::new(acceptor.context()).expect("a session");
                            let mut stream = SslStream::new(ssl, stream).expect("a stream");
                            if Pin::new(&mut stream).accept().await.is_ok() {
                                reply(stream, answer, &record).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, requests }
    }
}

async fn reply(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: Answer, record: &Mutex<Vec<String>>) {
    let mut request = vec![0; 16 * 1024];
    let mut length = 0;
    while !complete(&request[..length]) {
        match stream.read(&mut request[length..]).await {
            Ok(read) if read > 0 => length += read,
            _ => return,
        }
    }
    record.lock().expect("the requests").push(String::from_utf8_lossy(&request[..length]).into_owned());
    // A client that has what it wanted, or has given up, may be gone: that is no failure of the server.
    match answer {
        Answer::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Answer::Drip => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n").await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Answer::Silence => std::future::pending().await,
    }
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    announced.and_then(|length| length.parse().ok()).unwrap_or(0) <= body.len()
}

/// A certification authority that no system trusts.
pub struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

impl Authority {
    pub fn new() -> Self {
        let key = ec_key();
        let certificate = certificate("Test authority", &key, None, |builder| {
            let constraints = BasicConstraints::new().critical().ca().build().expect("an extension");
            builder.append_extension(constraints).expect("appended");
        });
        Self { key, certificate }
    }

    pub fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().expect("PEM")).expect("text")
    }

    fn acceptor(&self, names: &[&str]) -> SslAcceptor {
        let key = ec_key();
        let leaf = certificate("leaf", &key, Some(self), |builder| {
            let mut alternatives = SubjectAlternativeName::new();
            for name in names {
                alternatives.dns(name);
            }
            let alternatives = alternatives.build(&builder.x509v3_context(Some(&self.certificate), None));
            builder.append_extension(alternatives.expect("an extension")).expect("appended");
        });
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("an acceptor");
        acceptor.set_certificate(&leaf).expect("a certificate");
        acceptor.set_private_key(&key).expect("a key");
        acceptor.build()
    }
}

fn ec_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn certificate(
    name: &str,
    key: &PKey<Private>,
    issuer: Option<&Authority>,
    extend: impl FnOnce(&mut X509Builder),
) -> X509 {
    let mut subject = X509NameBuilder::new().expect("a name");
    subject.append_entry_by_text("CN", name).expect("an entry");
    let subject = subject.build();
    let mut builder = X509::builder().expect("a builder");
    builder.set_version(2).expect("version 3");
    let serial = BigNum::from_u32(if issuer.is_some() { 2 } else { 1 }).expect("a number");
    builder.set_serial_number(&Asn1Integer::from_bn(&serial).expect("a number")).expect("a serial number");
    builder.set_subject_name(&subject).expect("a subject");
    builder.set_issuer_name(issuer.map_or(&subject, |issuer| issuer.certificate.subject_name())).expect("an issuer");
    builder.set_not_before(&Asn1Time::days_from_now(0).expect("a time")).expect("a start");
    builder.set_not_after(&Asn1Time::days_from_now(2).expect("a time")).expect("an end");
    builder.set_pubkey(key).expect("a key");
    extend(&mut builder);
    builder.sign(issuer.map_or(key, |issuer| &issuer.key), MessageDigest::sha256()).expect("signed");
    builder.build()
}
