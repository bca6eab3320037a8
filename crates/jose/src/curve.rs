//! The elliptic curves of JOSE, RFC 7518 §6.2.1.1.

use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcGroupRef, EcKey, EcPoint};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::Public;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// `crv`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    pub(crate) fn of(group: &EcGroupRef) -> Option<Self> {
        let nid = group.curve_name()?;
        Self::ALL.into_iter().find(|curve| curve.nid() == nid)
    }

    pub(crate) fn group(self) -> Result<EcGroup, ErrorStack> {
        EcGroup::from_curve_name(self.nid())
    }

    /// How long a coordinate is, and half of a signature.
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The same, as OpenSSL wants it.
    pub(crate) fn octets_i32(self) -> i32 {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The key of coordinates of the curve's length; `None` for what is no point of it.
    pub(crate) fn public_key(self, x: &[u8], y: &[u8]) -> Option<EcKey<Public>> {
        if x.len() != self.octets() || y.len() != self.octets() {
            return None;
        }
        let group = self.group().ok()?;
        let mut ctx = BigNumContext::new().ok()?;
        // Refuses coordinates beyond the field and a point that is not on the curve (an invalid-curve attack). The
        // cofactor of these curves is 1, so every point but infinity, which has no such form, is in the right group.
        let point = EcPoint::from_bytes(&group, &[&[4], x, y].concat(), &mut ctx).ok()?;
        EcKey::from_public_key(&group, &point).ok()
    }

    fn nid(self) -> Nid {
        match self {
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P384 => Nid::SECP384R1,
            Self::P521 => Nid::SECP521R1,
        }
    }
}
