//! JWT Secured Authorization Response Mode: the answer as one signed JWT
//! ([JARM §2.1](https://openid.net/specs/oauth-v2-jarm-final.html#section-2.1)).

use std::time::Duration;

use latchkey_protocol::SigningAlgorithm;
use latchkey_tenants::Client;
use latchkey_tokens::TokenType;
use latchkey_web::TenantContext;
use serde_json::{Map, Value};

use super::response::ResponseParams;
use crate::Services;
use crate::encrypted_response::ResponseEncryption;
use crate::error::EndpointError;

/// JARM §2.1 recommends 10 minutes at most.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

impl Services {
    /// Signs the parameters of an answer for that client, and encrypts them if it registered that; they are texts, as
    /// they would be in a query.
    pub(super) async fn sign_response(
        &self,
        context: &TenantContext,
        client: &Client,
        params: ResponseParams,
    ) -> Result<String, EndpointError> {
        let exp = self.clock.now().plus(LIFETIME).unix_seconds();
        let mut claims: Map<String, Value> =
            params.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        // Last, so that no parameter can stand in their place.
        claims.insert("iss".to_owned(), Value::from(context.issuer.as_str()));
        claims.insert("aud".to_owned(), Value::from(client.client_id.as_str()));
        claims.insert("exp".to_owned(), Value::from(exp));
        let typ = TokenType::IdToken.as_str();
        let signed = self.tokens.keys().sign(&context.tenant.id, response_algorithm(client), typ, &claims).await?;
        let (alg, enc) = (
            client.metadata.authorization_encrypted_response_alg,
            client.metadata.authorization_encrypted_response_enc,
        );
        self.nest_for((&context.tenant, client), signed, ResponseEncryption::of(alg, enc)).await
    }
}

/// JARM §3: RS256 unless it registered another, or plays by rules that forbid it.
fn response_algorithm(client: &Client) -> SigningAlgorithm {
    let allowed = client.rules().algorithms;
    let default =
        if allowed.contains(&SigningAlgorithm::Rs256) { SigningAlgorithm::Rs256 } else { SigningAlgorithm::Ps256 };
    client.metadata.authorization_signed_response_alg.unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use latchkey_protocol::SecurityProfile;
    use latchkey_tenants::{ClientMetadata, ClientOrigin};

    use super::*;

    #[test]
    fn the_default_algorithm_is_one_that_the_profile_allows() {
        let client = |security_profile, authorization_signed_response_alg| Client {
            client_id: "web".parse().expect("a client id"),
            name: "Web".to_owned(),
            metadata: ClientMetadata {
                security_profile,
                authorization_signed_response_alg,
                ..ClientMetadata::default()
            },
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        };
        for profile in SecurityProfile::ALL {
            let default = response_algorithm(&client(*profile, None));
            assert!(client(*profile, None).rules().algorithms.contains(&default), "{profile}");
        }
        assert_eq!(response_algorithm(&client(SecurityProfile::OAuth21, None)), SigningAlgorithm::Rs256);
        let chosen = Some(SigningAlgorithm::Es256);
        assert_eq!(response_algorithm(&client(SecurityProfile::Fapi1Advanced, chosen)), SigningAlgorithm::Es256);
    }
}
