//! What a surface mounts, as data: for the test that tries every route across tenants.

/// One route of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The pattern of the path.
    pub path: &'static str,
}
