//! Vectors of the RFCs, and properties.

mod jwe;
mod jwks;
mod jws;
mod payload;
mod properties;
mod provider;
mod vectors;
