//! A tenant's application on a phone that approves sign-ins: it signs by OpenSSL and nothing of Latchkey.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::sign::Signer;
use serde_json::{Value, json};

use crate::{JsonAnswer, Page, TestApp};

/// An application with its key, on one device of one user.
#[derive(Clone)]
pub struct PushApp {
    key: PKey<Private>,
    issuer: String,
    /// What the tenant's webhook calls the device.
    pub address: String,
    /// The id by which it signs, once it was enrolled.
    pub device: String,
}

impl PushApp {
    /// With a P-256 key.
    #[must_use]
    pub fn new(issuer: &str, address: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
        let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
        Self { key, issuer: issuer.to_owned(), address: address.to_owned(), device: String::new() }
    }

    /// With an Ed25519 key.
    #[must_use]
    pub fn ed25519(issuer: &str, address: &str) -> Self {
        Self { key: PKey::generate_ed25519().expect("a key"), ..Self::new(issuer, address) }
    }

    /// The code that the page shows to it.
    #[must_use]
    pub fn scan(page: &Page) -> String {
        let rest = page.html.split("id=\"enrolment-code\" dir=\"ltr\">").nth(1);
        let code = rest.and_then(|rest| rest.split('<').next());
        code.unwrap_or_else(|| panic!("no code: {}", page.html)).to_owned()
    }

    /// Redeems a code at the issuer.
    pub async fn redeem(&mut self, app: &TestApp, code: &str, name: &str) -> JsonAnswer {
        let message = self.enrolment(app.now(), code, name);
        let answer = app.post_form(&format!("{}/push-devices", self.issuer), &[("message", &message)]).await;
        self.device = answer.json["device"].as_str().unwrap_or_default().to_owned();
        answer
    }

    /// What enrols it.
    #[must_use]
    pub fn enrolment(&self, now: i64, code: &str, name: &str) -> String {
        let header = json!({ "typ": "push-device+jwt", "jwk": self.jwk() });
        let claims = json!({
            "aud": self.issuer, "iat": now, "code": code, "name": name, "address": self.address,
        });
        self.sign(header, &claims)
    }

    /// What answers a notice; the number is what the person typed.
    #[must_use]
    pub fn answer(&self, now: i64, link: &str, decision: &str, number: &str) -> String {
        let id = link.rsplit('/').next().unwrap_or_default();
        let claims = json!({
            "aud": self.issuer, "iat": now, "approval": id, "decision": decision, "number": number,
        });
        self.sign(json!({ "typ": "push-approval+jwt", "kid": self.device }), &claims)
    }

    /// Sends an answer to where the notice says.
    pub async fn say(&self, app: &TestApp, link: &str, (decision, number): (&str, &str)) -> JsonAnswer {
        app.post_form(link, &[("message", &self.answer(app.now(), link, decision, number))]).await
    }

    /// The link of the newest notice that went to the device.
    pub async fn newest_link(&self, app: &TestApp) -> String {
        app.empty_outbox().await;
        let sent = app.messages("push.approval").await;
        let own = sent.iter().rev().map(|message| &message["data"]).find(|data| data["to"] == self.address.as_str());
        let link = own.and_then(|data| data["link"].as_str());
        link.unwrap_or_else(|| panic!("nothing went to {}: {sent:?}", self.address)).to_owned()
    }

    /// The public key.
    #[must_use]
    pub fn jwk(&self) -> Value {
        if self.key.id() == Id::ED25519 {
            return json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(&self.key.raw_public_key().expect("a key")) });
        }
        let key = self.key.ec_key().expect("an EC key");
        let (mut x, mut y) = (BigNum::new().expect("a number"), BigNum::new().expect("a number"));
        let mut context = BigNumContext::new().expect("a context");
        key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut context).expect("coordinates");
        let coordinate = |number: BigNum| b64(&number.to_vec_padded(32).expect("32 bytes"));
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate(x), "y": coordinate(y) })
    }

    /// A compact JWS under its key.
    #[must_use]
    pub fn sign(&self, mut header: Value, claims: &Value) -> String {
        let is_ed25519 = self.key.id() == Id::ED25519;
        header["alg"] = if is_ed25519 { "EdDSA" } else { "ES256" }.into();
        let message = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
        let signature = if is_ed25519 {
            let mut signer = Signer::new_without_digest(&self.key).expect("a signer");
            signer.sign_oneshot_to_vec(message.as_bytes()).expect("a signature")
        } else {
            let mut signer = Signer::new(MessageDigest::sha256(), &self.key).expect("a signer");
            let signature = signer.sign_oneshot_to_vec(message.as_bytes()).expect("a signature");
            let parts = EcdsaSig::from_der(&signature).expect("DER");
            let part = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).expect("32 bytes");
            [part(parts.r()), part(parts.s())].concat()
        };
        format!("{message}.{}", b64(&signature))
    }
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
