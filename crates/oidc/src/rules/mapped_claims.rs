//! The claims that a tenant adds: the same code for tokens, for userinfo and for the preview.

use latchkey_expressions::Variables;
use latchkey_protocol::Scope;
use latchkey_tenants::{ClaimMapping, ClaimPlace, Tenant, is_protocol_claim};
use serde_json::{Map, Value};

use crate::Services;

/// All mapped claims of one token, as JSON: a header line holds about so much.
const MAX_MAPPED_BYTES: usize = 8 * 1024;

/// What the mappings of a tenant gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MappedClaims {
    /// The claims.
    pub(crate) claims: Map<String, Value>,
    /// Names of claims that are left out for a reason, with the reason.
    pub(crate) failures: Vec<(String, String)>,
}

impl Services {
    /// The claims of the tenant at that place, counted and logged where one is left out.
    pub(crate) fn mapped_claims(
        &self,
        tenant: &Tenant,
        place: ClaimPlace,
        scope: &Scope,
        variables: &Variables,
    ) -> MappedClaims {
        let mut mapped = MappedClaims::default();
        let mut bytes = 0_usize;
        for mapping in &tenant.settings.claim_mappings {
            // What was written by an older release is no reason to let it overwrite the protocol.
            if is_protocol_claim(&mapping.claim) || !mapping.applies(place, |needed| scope.contains(needed)) {
                continue;
            }
            match self.mapped_claim(mapping, variables) {
                Ok(Value::Null) => {}
                Ok(value) => {
                    let size = mapping.claim.len() + value.to_string().len();
                    if bytes + size > MAX_MAPPED_BYTES {
                        let reason = "the mapped claims together exceed 8 KiB".to_owned();
                        mapped.failures.push(self.left_out(tenant, mapping, ("too_large", reason)));
                    } else {
                        bytes += size;
                        mapped.claims.insert(mapping.claim.clone(), value);
                    }
                }
                Err(reason) => mapped.failures.push(self.left_out(tenant, mapping, ("failed", reason))),
            }
        }
        mapped
    }

    fn mapped_claim(&self, mapping: &ClaimMapping, variables: &Variables) -> Result<Value, String> {
        let program = self.rules.programs.compile(&mapping.expression).map_err(|error| error.to_string())?;
        program.evaluate(variables).map_err(|error| error.to_string())
    }

    fn left_out(
        &self,
        tenant: &Tenant,
        mapping: &ClaimMapping,
        (why, reason): (&'static str, String),
    ) -> (String, String) {
        self.metrics.mapped_claim_left_out(why);
        self.rules.warn(&tenant.id, &mapping.claim, &reason);
        (mapping.claim.clone(), reason)
    }
}
