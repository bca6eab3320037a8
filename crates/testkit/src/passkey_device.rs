//! A device that keeps passkeys (Web Authentication §6), written apart from the server's library so that each is the
//! other's check: ES256, CBOR by hand, attestation `none` or `packed`.
//!
//! It stands alone: `auth` includes this file in its own tests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::asn1::{Asn1Object, Asn1OctetString, Asn1Time};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;
use openssl::x509::extension::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier};
use openssl::x509::{X509, X509Extension, X509Name, X509NameBuilder};
use serde_json::{Value, json};

/// Web Authentication §6.1: the flags of the authenticator data.
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
/// Web Authentication §8.2.1: the extension of a certificate that names the make.
const AAGUID_EXTENSION: &str = "1.3.6.1.4.1.45724.1.1.4";

/// A device with what it keeps; a clone is a copy of the keys.
#[derive(Clone)]
pub struct PasskeyDevice {
    origin: String,
    keys: Vec<Key>,
    /// Whether it recognizes its user.
    pub verifies_user: bool,
    /// Whether it counts the uses; the next use is told as this plus one.
    pub counter: Option<u32>,
    /// Whether the keys are on other devices, too.
    pub synced: bool,
    make: [u8; 16],
    maker: Option<Maker>,
}

#[derive(Clone)]
struct Key {
    id: Vec<u8>,
    key: PKey<Private>,
    rp_id: String,
    user_handle: Vec<u8>,
}

/// Who vouches for devices of a make.
#[derive(Clone)]
pub struct Maker {
    root: X509,
    leaf: X509,
    leaf_key: PKey<Private>,
    make: [u8; 16],
}

impl PasskeyDevice {
    /// A device that visits pages of that origin. It recognizes its user and counts.
    #[must_use]
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            keys: Vec::new(),
            verifies_user: true,
            counter: Some(0),
            synced: false,
            make: [0; 16],
            maker: None,
        }
    }

    /// Says of which make it is, and can show it.
    #[must_use]
    pub fn made_by(mut self, maker: &Maker) -> Self {
        self.make = maker.make;
        self.maker = Some(maker.clone());
        self
    }

    /// Says of which make it is, and cannot show it.
    #[must_use]
    pub fn claiming(mut self, make: [u8; 16]) -> Self {
        self.make = make;
        self
    }

    /// Visits another origin with the keys that it has.
    #[must_use]
    pub fn visiting(mut self, origin: &str) -> Self {
        self.origin = origin.to_owned();
        self
    }

    /// `navigator.credentials.create()`; options and answer as JSON.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let options = &options["publicKey"];
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("P-256");
        let key = EcKey::generate(&group).expect("a key");
        let mut id = vec![0; 32];
        openssl::rand::rand_bytes(&mut id).expect("randomness");
        let rp_id = text(&options["rp"]["id"]);
        let new = Key {
            id,
            key: PKey::from_ec_key(key.clone()).expect("a key"),
            rp_id: rp_id.clone(),
            user_handle: bytes(&options["user"]["id"]),
        };
        let (mut x, mut y) = (BigNum::new().expect("a number"), BigNum::new().expect("a number"));
        let mut context = BigNumContext::new().expect("a context");
        key.public_key().affine_coordinates(&group, &mut x, &mut y, &mut context).expect("a point");
        let mut data = self.authenticator_data(&rp_id, ATTESTED);
        data.extend_from_slice(&self.make);
        data.extend_from_slice(&u16::try_from(new.id.len()).expect("short").to_be_bytes());
        data.extend_from_slice(&new.id);
        data.extend_from_slice(&cose_key(&x.to_vec_padded(32).expect("x"), &y.to_vec_padded(32).expect("y")));
        let client_data = self.client_data("webauthn.create", options);
        let object = self.attestation_object(&data, &client_data);
        let answer = json!({
            "id": base64(&new.id),
            "rawId": base64(&new.id),
            "type": "public-key",
            "response": { "attestationObject": base64(&object), "clientDataJSON": base64(&client_data) },
            "extensions": {},
        });
        self.keys.push(new);
        answer.to_string()
    }

    /// `navigator.credentials.get()` with the newest key that is allowed; `None` when it has none.
    pub fn get(&mut self, options: &str) -> Option<String> {
        let options: Value = serde_json::from_str(options).expect("options");
        let options = &options["publicKey"];
        let allowed: Vec<Vec<u8>> = options["allowCredentials"]
            .as_array()
            .map(|list| list.iter().map(|allowed| bytes(&allowed["id"])).collect())
            .unwrap_or_default();
        let rp_id = text(&options["rpId"]);
        let fits = |key: &&Key| key.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&key.id));
        let key = self.keys.iter().rev().find(fits)?.clone();
        Some(self.answer_with(&key, options))
    }

    /// The same, whatever is allowed.
    pub fn get_with_any(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let key = self.keys.last().expect("a key").clone();
        self.answer_with(&key, &options["publicKey"])
    }

    fn answer_with(&mut self, key: &Key, options: &Value) -> String {
        self.counter = self.counter.map(|counter| counter + 1);
        let data = self.authenticator_data(&text(&options["rpId"]), 0);
        let client_data = self.client_data("webauthn.get", options);
        let signature = sign(&key.key, &[data.as_slice(), &sha256(&client_data)].concat());
        json!({
            "id": base64(&key.id),
            "rawId": base64(&key.id),
            "type": "public-key",
            "response": {
                "authenticatorData": base64(&data),
                "clientDataJSON": base64(&client_data),
                "signature": base64(&signature),
                "userHandle": base64(&key.user_handle),
            },
            "extensions": {},
        })
        .to_string()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let client_data =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        client_data.to_string().into_bytes()
    }

    /// Web Authentication §6.1, up to the counter.
    fn authenticator_data(&self, rp_id: &str, more: u8) -> Vec<u8> {
        let mut flags = USER_PRESENT | more;
        if self.verifies_user {
            flags |= USER_VERIFIED;
        }
        if self.synced {
            flags |= BACKUP_ELIGIBLE | BACKED_UP;
        }
        let mut data = sha256(rp_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&self.counter.unwrap_or_default().to_be_bytes());
        data
    }

    /// Web Authentication §6.5.4, in the canonical order.
    fn attestation_object(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let (format, statement) = match &self.maker {
            None => ("none", vec![0xa0]),
            Some(maker) => {
                let signature = sign(&maker.leaf_key, &[data, &sha256(client_data)].concat());
                let leaf = maker.leaf.to_der().expect("DER");
                let members = [
                    [cbor_text("alg"), vec![0x26]].concat(),
                    [cbor_text("sig"), cbor_bytes(&signature)].concat(),
                    [cbor_text("x5c"), vec![0x81], cbor_bytes(&leaf)].concat(),
                ];
                ("packed", [vec![0xa3], members.concat()].concat())
            }
        };
        let members = [
            [cbor_text("fmt"), cbor_text(format)].concat(),
            [cbor_text("attStmt"), statement].concat(),
            [cbor_text("authData"), cbor_bytes(data)].concat(),
        ];
        [vec![0xa3], members.concat()].concat()
    }
}

impl Maker {
    /// A maker of that make.
    #[must_use]
    pub fn of(make: [u8; 16]) -> Self {
        let (root_key, leaf_key) = (ec_key(), ec_key());
        let root_name = name("Maker root", None);
        let mut builder = certificate(&root_name, &root_name, &root_key);
        builder.append_extension(BasicConstraints::new().critical().ca().build().expect("an extension")).expect("fits");
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().expect("one")).expect("fits");
        let subject = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None)).expect("one");
        builder.append_extension(subject).expect("fits");
        builder.sign(&root_key, MessageDigest::sha256()).expect("a signature");
        let root = builder.build();

        let leaf_name = name("Device", Some("Authenticator Attestation"));
        let mut builder = certificate(&leaf_name, &root_name, &leaf_key);
        builder.append_extension(BasicConstraints::new().build().expect("an extension")).expect("fits");
        let mut authority = AuthorityKeyIdentifier::new();
        let authority = authority.keyid(true).build(&builder.x509v3_context(Some(&root), None)).expect("one");
        builder.append_extension(authority).expect("fits");
        let oid = Asn1Object::from_str(AAGUID_EXTENSION).expect("an OID");
        // An OCTET STRING within the OCTET STRING of the extension.
        let contents = Asn1OctetString::new_from_bytes(&[&[0x04, 0x10], make.as_slice()].concat()).expect("a string");
        builder.append_extension(X509Extension::new_from_der(&oid, false, &contents).expect("one")).expect("fits");
        builder.sign(&root_key, MessageDigest::sha256()).expect("a signature");
        Self { root, leaf: builder.build(), leaf_key, make }
    }

    /// The root certificate.
    #[must_use]
    pub fn pem(&self) -> String {
        String::from_utf8(self.root.to_pem().expect("PEM")).expect("text")
    }
}

fn certificate(subject: &X509Name, issuer: &X509Name, key: &PKey<Private>) -> openssl::x509::X509Builder {
    let mut builder = X509::builder().expect("a builder");
    builder.set_version(2).expect("version 3");
    let serial = BigNum::from_u32(7).and_then(|number| number.to_asn1_integer()).expect("a number");
    builder.set_serial_number(&serial).expect("a serial number");
    builder.set_subject_name(subject).expect("a subject");
    builder.set_issuer_name(issuer).expect("an issuer");
    builder.set_pubkey(key).expect("a key");
    builder.set_not_before(&Asn1Time::days_from_now(0).expect("a time")).expect("a time");
    builder.set_not_after(&Asn1Time::days_from_now(30).expect("a time")).expect("a time");
    builder
}

fn name(common: &str, unit: Option<&str>) -> X509Name {
    let mut name = X509NameBuilder::new().expect("a builder");
    for (nid, text) in [
        (Nid::COUNTRYNAME, Some("CH")),
        (Nid::ORGANIZATIONNAME, Some("Devices")),
        (Nid::ORGANIZATIONALUNITNAME, unit),
        (Nid::COMMONNAME, Some(common)),
    ] {
        if let Some(text) = text {
            name.append_entry_by_nid(nid, text).expect("a name");
        }
    }
    name.build()
}

fn ec_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("P-256");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn sign(key: &PKey<Private>, message: &[u8]) -> Vec<u8> {
    let mut signer = Signer::new(MessageDigest::sha256(), key).expect("a signer");
    signer.sign_oneshot_to_vec(message).expect("a signature")
}

/// RFC 9053 §7.1.1: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn cose_key(x: &[u8], y: &[u8]) -> Vec<u8> {
    let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
    [head.as_slice(), &[0x21], &cbor_bytes(x), &[0x22], &cbor_bytes(y)].concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    [cbor_head(0x60, text.len()), text.as_bytes().to_vec()].concat()
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [cbor_head(0x40, bytes.len()), bytes.to_vec()].concat()
}

/// RFC 8949 §3: the shortest head of that major type.
fn cbor_head(major: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(length) if length < 24 => vec![major | length],
        Ok(length) => vec![major | 24, length],
        Err(_) => [vec![major | 25], u16::try_from(length).expect("short").to_be_bytes().to_vec()].concat(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().expect("a text")).expect("base64url")
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
