//! Section `bootstrap`: the first administrator of an empty database.

use latchkey_core::Secret;

use crate::{
    key::{Default, Key},
    reader::{Reader, secret},
};

const ADMIN_EMAIL: Key = Key::open(
    "bootstrap.admin_email",
    "LATCHKEY_BOOTSTRAP_ADMIN_EMAIL",
    Default::None,
    "Mail address of the first administrator; used only while the database is empty.",
);
const ADMIN_PASSWORD: Key = Key::secret(
    "bootstrap.admin_password",
    "LATCHKEY_BOOTSTRAP_ADMIN_PASSWORD",
    Default::None,
    "Password of the first administrator; used only while the database is empty.",
);
pub(crate) static KEYS: &[Key] = &[ADMIN_EMAIL, ADMIN_PASSWORD];

/// The first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapConfig {
    /// Mail address, also the sign-in name.
    pub admin_email: Option<String>,
    /// Password; always together with the address.
    pub admin_password: Option<Secret<String>>,
}

pub(crate) fn read(reader: &mut Reader) -> Option<BootstrapConfig> {
    let admin_email = reader.optional(&ADMIN_EMAIL, crate::mail::address);
    let admin_password = reader.optional(&ADMIN_PASSWORD, secret);
    if reader.has(&ADMIN_PASSWORD) && !reader.has(&ADMIN_EMAIL) {
        let place = reader.place(&ADMIN_PASSWORD);
        reader.problem(place, format!("needs {} ({}) as well", ADMIN_EMAIL.toml, ADMIN_EMAIL.env));
    }
    Some(BootstrapConfig { admin_email: admin_email?, admin_password: admin_password? })
}
