//! `tls_client_auth` and `self_signed_tls_client_auth`: [RFC 8705 §2](https://www.rfc-editor.org/rfc/rfc8705#section-2).

use std::net::IpAddr;

use latchkey_core::UtcTime;
use latchkey_jose::certificate_key_thumbprint;
use latchkey_tenants::{Client, ClientMetadata, Tenant};
use latchkey_web::ClientCertificate;
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{GeneralName, X509, X509PurposeId, X509StoreContext};

use super::distinguished_name;
use crate::Services;
use crate::client_keys::ClientKeysError;

impl Services {
    /// RFC 8705 §2.1: a chain to an authority of the tenant, and the one subject that the client registered.
    pub(super) fn verify_pki_certificate(
        &self,
        tenant: &Tenant,
        client: &Client,
        certificate: &ClientCertificate,
    ) -> bool {
        let Ok(certificate) = X509::from_der(certificate.der()) else { return false };
        let chained = is_chained(&certificate, &tenant.settings.mtls_trust_anchors, self.clock.now());
        chained.unwrap_or(false) && has_registered_subject(&certificate, &client.metadata)
    }

    /// RFC 8705 §2.2: the key of the certificate is one that the client registered; who signed it doesn't matter.
    pub(super) async fn verify_self_signed_certificate(
        &self,
        tenant: &Tenant,
        client: &Client,
        certificate: &ClientCertificate,
    ) -> Result<bool, ClientKeysError> {
        let Some(thumbprint) = certificate_key_thumbprint(certificate.der()) else { return Ok(false) };
        if self.client_keys.find(tenant, client).await?.find_thumbprint(&thumbprint).is_some() {
            return Ok(true);
        }
        Ok(self.client_keys.find_newer(tenant, client).await?.find_thumbprint(&thumbprint).is_some())
    }
}

fn is_chained(certificate: &X509, anchors: &[String], now: UtcTime) -> Result<bool, ErrorStack> {
    let store = store(anchors, now)?;
    let untrusted = Stack::new()?;
    let mut context = X509StoreContext::new()?;
    context.init(&store, certificate, &untrusted, |context| context.verify_cert())
}

fn store(anchors: &[String], now: UtcTime) -> Result<X509Store, ErrorStack> {
    let mut builder = X509StoreBuilder::new()?;
    for pem in anchors {
        for anchor in X509::stack_from_pem(pem.as_bytes())? {
            builder.add_cert(anchor)?;
        }
    }
    let mut parameters = X509VerifyParam::new()?;
    parameters.set_time(now.unix_seconds());
    parameters.set_purpose(X509PurposeId::SSL_CLIENT)?;
    // An intermediate authority may be the anchor: then only what it signed counts.
    parameters.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    builder.set_param(&parameters)?;
    Ok(builder.build())
}

/// RFC 8705 §2.1.2: exactly one of the five is registered, and it alone decides.
fn has_registered_subject(certificate: &X509, registered: &ClientMetadata) -> bool {
    let ClientMetadata {
        tls_client_auth_subject_dn: dn,
        tls_client_auth_san_dns: dns,
        tls_client_auth_san_uri: uri,
        tls_client_auth_san_ip: ip,
        tls_client_auth_san_email: email,
        ..
    } = registered;
    match (dn, dns, uri, ip, email) {
        (Some(dn), None, None, None, None) => distinguished_name::is_subject(dn, certificate.subject_name()),
        (None, Some(dns), None, None, None) => {
            any_alternative(certificate, |name| name.dnsname().is_some_and(|name| name.eq_ignore_ascii_case(dns)))
        }
        (None, None, Some(uri), None, None) => any_alternative(certificate, |name| name.uri() == Some(uri)),
        (None, None, None, Some(ip), None) => {
            let octets = ip.parse().ok().map(octets);
            any_alternative(certificate, |name| name.ipaddress().is_some() && name.ipaddress() == octets.as_deref())
        }
        (None, None, None, None, Some(email)) => any_alternative(certificate, |name| name.email() == Some(email)),
        _ => false,
    }
}

fn any_alternative(certificate: &X509, is_it: impl Fn(&openssl::x509::GeneralNameRef) -> bool) -> bool {
    let names: Option<Stack<GeneralName>> = certificate.subject_alt_names();
    names.is_some_and(|names| names.iter().any(is_it))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}
