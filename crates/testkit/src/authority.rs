//! A certification authority of the test's own, for servers and for clients.

use std::net::IpAddr;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, PKeyRef, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder, X509Ref};

const DAY: i64 = 24 * 60 * 60;

/// A certificate and its private key (P-256).
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate.
    pub certificate: X509,
    /// Its key.
    pub key: PKey<Private>,
}

/// What stands in a certificate; all but the subject may be empty.
#[derive(Clone, Debug, Default)]
pub struct Subject<'a> {
    /// Attributes of the distinguished name, most significant first: `("C", "CH"), ("CN", "service")`.
    pub dn: &'a [(&'a str, &'a str)],
    /// `dNSName` alternatives.
    pub dns: &'a [&'a str],
    /// `uniformResourceIdentifier` alternatives.
    pub uri: &'a [&'a str],
    /// `iPAddress` alternatives.
    pub ip: &'a [IpAddr],
    /// `rfc822Name` alternatives.
    pub email: &'a [&'a str],
    /// Whether its time is over.
    pub expired: bool,
}

/// An authority that no system trusts.
pub struct TestAuthority(Identity);

impl TestAuthority {
    /// Makes one with this common name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Identity::make(&Subject { dn: &[("CN", name)], ..Subject::default() }, None, &|builder| {
            let constraints = BasicConstraints::new().critical().ca().build();
            let usage = KeyUsage::new().critical().key_cert_sign().crl_sign().build();
            builder.append_extension(constraints.expect("an extension")).expect("appended");
            builder.append_extension(usage.expect("an extension")).expect("appended");
        }))
    }

    /// Its certificate, for `trust_anchors`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Issues a certificate for a TLS server of these names.
    #[must_use]
    pub fn server(&self, names: &[&str]) -> Identity {
        let subject = Subject { dn: &[("CN", "server")], dns: names, ..Subject::default() };
        Identity::make(&subject, Some(self), &|builder| {
            let usage = ExtendedKeyUsage::new().server_auth().build();
            builder.append_extension(usage.expect("an extension")).expect("appended");
        })
    }

    /// Issues a certificate for a TLS client.
    #[must_use]
    pub fn client(&self, subject: &Subject<'_>) -> Identity {
        Identity::make(subject, Some(self), &client_usage)
    }
}

impl Identity {
    /// A certificate for a TLS client that nobody but itself vouches for.
    #[must_use]
    pub fn self_signed(subject: &Subject<'_>) -> Self {
        Self::make(subject, None, &client_usage)
    }

    /// The certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().expect("PEM")).expect("text")
    }

    /// The key as PEM (PKCS #8).
    #[must_use]
    pub fn key_pem(&self) -> String {
        String::from_utf8(self.key.private_key_to_pem_pkcs8().expect("PEM")).expect("text")
    }

    /// The certificate as DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.certificate.to_der().expect("DER")
    }

    fn make(subject: &Subject<'_>, issuer: Option<&TestAuthority>, extend: &dyn Fn(&mut X509Builder)) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
        let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
        let (issuer_certificate, issuer_key): (Option<&X509Ref>, &PKeyRef<Private>) = match issuer {
            Some(TestAuthority(issuer)) => (Some(&issuer.certificate), &issuer.key),
            None => (None, &key),
        };
        let name = name(subject.dn);
        let mut builder = X509::builder().expect("a builder");
        builder.set_version(2).expect("version 3");
        builder.set_serial_number(&serial_number()).expect("a serial number");
        builder.set_subject_name(&name).expect("a subject");
        builder.set_issuer_name(issuer_certificate.map_or(&name, X509Ref::subject_name)).expect("an issuer");
        let (begin, end) = if subject.expired { (-2 * DAY, -DAY) } else { (-DAY, 2 * DAY) };
        builder.set_not_before(&from_now(begin)).expect("a start");
        builder.set_not_after(&from_now(end)).expect("an end");
        builder.set_pubkey(&key).expect("a key");
        append_alternatives(&mut builder, subject, issuer_certificate);
        extend(&mut builder);
        builder.sign(issuer_key, MessageDigest::sha256()).expect("signed");
        Self { certificate: builder.build(), key }
    }
}

fn client_usage(builder: &mut X509Builder) {
    let usage = ExtendedKeyUsage::new().client_auth().build();
    builder.append_extension(usage.expect("an extension")).expect("appended");
}

fn append_alternatives(builder: &mut X509Builder, subject: &Subject<'_>, issuer: Option<&X509Ref>) {
    let mut alternatives = SubjectAlternativeName::new();
    for name in subject.dns {
        alternatives.dns(name);
    }
    for uri in subject.uri {
        alternatives.uri(uri);
    }
    for ip in subject.ip {
        alternatives.ip(&ip.to_string());
    }
    for address in subject.email {
        alternatives.email(address);
    }
    if subject.dns.len() + subject.uri.len() + subject.ip.len() + subject.email.len() > 0 {
        let extension = alternatives.build(&builder.x509v3_context(issuer, None)).expect("an extension");
        builder.append_extension(extension).expect("appended");
    }
}

fn name(attributes: &[(&str, &str)]) -> X509Name {
    let mut name = X509NameBuilder::new().expect("a name");
    for (attribute, value) in attributes {
        name.append_entry_by_text(attribute, value).expect("an attribute");
    }
    name.build()
}

fn serial_number() -> Asn1Integer {
    let mut number = BigNum::new().expect("a number");
    number.rand(120, MsbOption::MAYBE_ZERO, false).expect("random bits");
    Asn1Integer::from_bn(&number).expect("a serial number")
}

#[expect(clippy::disallowed_methods, reason = "OpenSSL compares certificates with the real time")]
fn from_now(seconds: i64) -> Asn1Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    Asn1Time::from_unix(i64::try_from(now).expect("a time") + seconds).expect("a time")
}
