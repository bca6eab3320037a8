//! An authenticator application (RFC 6238), written apart from the server's so that each is the other's check.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::{Browser, Landing, Page, TestApp};

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_SECONDS: i64 = 30;

/// The secret of one account.
#[derive(Clone, Debug)]
pub struct Authenticator {
    secret: Vec<u8>,
}

impl Authenticator {
    /// One that was given the secret which a set-up page shows.
    #[must_use]
    pub fn of(page: &Page) -> Self {
        let secret = page.shown_codes().into_iter().next().unwrap_or_else(|| panic!("no secret: {}", page.html));
        Self { secret: base32(&secret) }
    }

    /// The code of this moment.
    #[must_use]
    pub fn code(&self, app: &TestApp) -> String {
        self.code_at(app.now())
    }

    /// The code of that second.
    #[must_use]
    pub fn code_at(&self, seconds: i64) -> String {
        let step = (seconds / STEP_SECONDS).to_be_bytes();
        let key = PKey::hmac(&self.secret).expect("a key");
        let mut signer = Signer::new(MessageDigest::sha1(), &key).expect("a signer");
        let mac = signer.sign_oneshot_to_vec(&step).expect("a MAC");
        let offset = usize::from(mac.last().expect("a byte") & 0x0f);
        let bytes: [u8; 4] = mac[offset..offset + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
    }

    /// A code that is wrong at this moment, whatever the secret.
    #[must_use]
    pub fn wrong_code(&self, app: &TestApp) -> String {
        let right = [-30, 0, 30].map(|seconds| self.code_at(app.now() + seconds));
        let mut codes = (0..4).map(|number| format!("{number:06}"));
        codes.find(|code| !right.contains(code)).expect("three are right at most")
    }

    /// Sets one up on the page that a browser is on; the recovery codes, and where the browser went on to.
    pub async fn set_up(app: &TestApp, browser: &Browser, page: &Page) -> (Self, Vec<String>, Landing) {
        let this = Self::of(page);
        let codes = browser.submit_once(page, &[("code", &this.code(app))]).await;
        assert_eq!(codes.status, 200, "{}", codes.html);
        let link = codes.html.split("id=\"continue\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let link =
            link.unwrap_or_else(|| panic!("no way on: {}", codes.html)).replace("&amp;", "&").replace("&#38;", "&");
        let landing = browser.visit(&format!("{}{link}", app.origin())).await;
        (this, codes.shown_codes(), landing)
    }
}

fn base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut value) = (0, 0_u32);
    for letter in text.bytes().filter(|b| *b != b' ') {
        let digit = BASE32.iter().position(|known| *known == letter).expect("base32");
        value = (value << 5) | u32::try_from(digit).expect("small");
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((value >> bits) & 0xff).expect("a byte"));
        }
    }
    bytes
}
