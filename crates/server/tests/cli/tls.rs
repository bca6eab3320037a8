use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::{X509Builder, X509NameBuilder};

use crate::serve::Serving;
use crate::support::Installation;

/// A self-signed certificate and its key, as PEM.
fn certificate(name: &str) -> (String, String) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    (text(builder.build().to_pem().unwrap()), text(key.private_key_to_pem_pkcs8().unwrap()))
}

fn connect(address: SocketAddr, alpn: &[u8]) -> SslStream<TcpStream> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    connector.set_alpn_protos(alpn).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connector.build().connect("localhost", stream).unwrap()
}

fn subject(address: SocketAddr) -> String {
    let stream = connect(address, b"\x08http/1.1");
    let certificate = stream.ssl().peer_certificate().unwrap();
    let entry = certificate.subject_name().entries().next().unwrap();
    String::from_utf8(entry.data().as_slice().to_vec()).unwrap()
}

#[test]
fn https_is_spoken_and_a_new_certificate_is_taken_up_without_a_restart() {
    let installation = Installation::sqlite();
    let (first, key) = certificate("first");
    let cert_path = installation.file("cert.pem", &first);
    let key_path = installation.file("key.pem", &key);
    let installation = installation
        .with("LATCHKEY_TLS_CERTIFICATE", cert_path.to_str().unwrap())
        .with("LATCHKEY_TLS_PRIVATE_KEY", key_path.to_str().unwrap());
    let (server, installation) = Serving::start(installation, &[]);

    let mut stream = connect(server.address, b"\x08http/1.1");
    let request = format!("GET /health/live HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let h2 = connect(server.address, b"\x02h2\x08http/1.1");
    assert_eq!(h2.ssl().selected_alpn_protocol(), Some(&b"h2"[..]));
    drop(h2);
    assert_eq!(subject(server.address), "first");

    // A certificate without its key is refused, and the one in use stays.
    let (second, second_key) = certificate("second");
    installation.file("cert.pem", &second);
    hang_up(&server);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(subject(server.address), "first");

    installation.file("key.pem", &second_key);
    hang_up(&server);
    let deadline = Instant::now() + Duration::from_secs(10);
    while subject(server.address) != "second" {
        assert!(Instant::now() < deadline, "the new certificate is not in use");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (code, _, log) = server.terminate();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("the new certificate is refused"), "{log}");
}

/// The protocol of a handshake in exactly this version, offering these cipher suites where they are of TLS 1.2 or older.
fn handshake(address: SocketAddr, version: SslVersion, ciphers: &str) -> Result<&'static str, String> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    // So that it is not the client that refuses.
    connector.set_cipher_list(&format!("{ciphers}:@SECLEVEL=0")).unwrap();
    connector.set_min_proto_version(Some(version)).unwrap();
    connector.set_max_proto_version(Some(version)).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let stream = connector.build().connect("localhost", stream).map_err(|error| error.to_string())?;
    Ok(stream.ssl().version_str())
}

#[test]
fn tls_1_2_and_1_3_are_spoken_with_strong_ciphers_and_nothing_older() {
    let installation = Installation::sqlite();
    let (certificate, key) = certificate("first");
    let cert_path = installation.file("cert.pem", &certificate);
    let key_path = installation.file("key.pem", &key);
    let installation = installation
        .with("LATCHKEY_TLS_CERTIFICATE", cert_path.to_str().unwrap())
        .with("LATCHKEY_TLS_PRIVATE_KEY", key_path.to_str().unwrap());
    let (server, _installation) = Serving::start(installation, &[]);
    let with = |version: SslVersion, ciphers: &str| handshake(server.address, version, ciphers);

    assert_eq!(with(SslVersion::TLS1_3, "DEFAULT"), Ok("TLSv1.3"));
    // RFC 9325 §4.2.
    for ciphers in ["DEFAULT", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"] {
        assert_eq!(with(SslVersion::TLS1_2, ciphers), Ok("TLSv1.2"), "{ciphers}");
    }
    for ciphers in ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-CCM8"] {
        let refused = with(SslVersion::TLS1_2, ciphers).unwrap_err();
        assert!(refused.contains("handshake failure"), "{ciphers}: {refused}");
    }
    for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
        let refused = with(version, "DEFAULT").unwrap_err();
        assert!(refused.contains("alert protocol version"), "{refused}");
    }
}

#[test]
fn an_idle_http2_connection_does_not_hold_a_stop() {
    let installation = Installation::sqlite();
    let (certificate, key) = certificate("first");
    let cert_path = installation.file("cert.pem", &certificate);
    let key_path = installation.file("key.pem", &key);
    let installation = installation
        .with("LATCHKEY_TLS_CERTIFICATE", cert_path.to_str().unwrap())
        .with("LATCHKEY_TLS_PRIVATE_KEY", key_path.to_str().unwrap())
        .with("LATCHKEY_LIMITS_SHUTDOWN_TIMEOUT", "120s");
    let (server, _installation) = Serving::start(installation, &[]);
    let mut idle = connect(server.address, b"\x02h2\x08http/1.1");
    // The connection preface and an empty SETTINGS frame (RFC 9113 §3.4).
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    idle.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], 4, "the server's SETTINGS");

    let begun = Instant::now();
    let (code, _, log) = server.terminate();
    assert_eq!(code, 0, "{log}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

fn hang_up(server: &Serving) {
    assert!(Command::new("kill").args(["-HUP", &server.child.id().to_string()]).status().unwrap().success());
}
