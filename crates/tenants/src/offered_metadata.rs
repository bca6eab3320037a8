//! What a stranger says about its client, cut to what the tenant lets strangers have: RFC 7591 §2, OpenID Connect Dynamic
//! Client Registration §2.

use latchkey_protocol::{GrantType, Scope};
use serde_json::{Map, Value};

use crate::client_registration::ClientRegistrationPolicy;
use crate::{ClientMetadata, InvalidClient, client_translation};

/// The members that a stranger may set. What the house added to the registered ones is the operator's, `consent` first.
const OFFERED: &[&str] = &[
    "redirect_uris",
    "post_logout_redirect_uris",
    "application_type",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "scope",
    "logo_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "software_id",
    "software_version",
    "jwks",
    "jwks_uri",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "request_uris",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "subject_type",
    "sector_identifier_uri",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "authorization_details_types",
    "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint",
    "backchannel_authentication_request_signing_alg",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "initiate_login_uri",
];
const MAX_LIST: usize = 100;

impl ClientMetadata {
    /// Reads what a stranger asks for. Members that nobody knows are ignored, `null` is like nothing (RFC 7591 §2, RFC 7592
    /// §2.2); grants, scopes and audiences beyond the policy are left out (RFC 7591 §3.2.1), which the answer shows.
    ///
    /// # Errors
    /// The first member that is of the wrong type or breaks a rule.
    pub fn of_stranger(members: &Map<String, Value>, policy: &ClientRegistrationPolicy) -> Result<Self, InvalidClient> {
        let mut offered = Map::new();
        for name in OFFERED {
            match members.get(*name) {
                None | Some(Value::Null) => {}
                Some(Value::Array(list)) if list.len() > MAX_LIST => {
                    return Err(InvalidClient::new(name, "at most 100 values"));
                }
                Some(value) => {
                    let value = if *name == "grant_types" { known_grants(value) } else { value.clone() };
                    check_type(name, &value)?;
                    offered.insert((*name).to_owned(), value);
                }
            }
        }
        let names_scope = offered.contains_key("scope");
        let mut metadata: Self = serde_json::from_value(Value::Object(offered))
            .map_err(|_| InvalidClient::new("metadata", "the members do not fit together"))?;
        metadata.translations = client_translation::of_stranger(members)?;
        metadata.cut_to(policy, names_scope)?;
        metadata.check_offered_uris()?;
        metadata.validate()?;
        Ok(metadata)
    }

    /// The members that a stranger may set, with those that have their default.
    #[must_use]
    pub fn for_stranger(&self) -> Map<String, Value> {
        let mut members = match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        members.retain(|name, _| OFFERED.contains(&name.as_str()));
        members.extend(client_translation::for_stranger(&self.translations));
        let defaults = [
            ("application_type", Value::from(self.application_type.as_str())),
            ("grant_types", self.grant_types.iter().map(|grant| grant.as_str()).collect()),
            ("response_types", self.response_types.iter().map(|kind| kind.as_str()).collect()),
            ("token_endpoint_auth_method", Value::from(self.token_endpoint_auth_method.as_str())),
            ("scope", Value::from(self.scope.to_string())),
            ("id_token_signed_response_alg", Value::from(self.id_token_signed_response_alg.as_str())),
            ("subject_type", Value::from(self.subject_type.as_str())),
            ("redirect_uris", self.redirect_uris.iter().map(|uri| uri.as_str()).collect()),
        ];
        members.extend(defaults.map(|(name, value)| (name.to_owned(), value)));
        members
    }

    fn cut_to(&mut self, policy: &ClientRegistrationPolicy, names_scope: bool) -> Result<(), InvalidClient> {
        self.grant_types.retain(|grant| policy.grant_types.contains(grant));
        if self.grant_types.is_empty() {
            return Err(InvalidClient::new("grant_types", "none of them may be registered here"));
        }
        // A refresh token needs a grant that brings one; alone it would be refused as if the client had asked for that.
        if self.grant_types == [GrantType::RefreshToken] {
            return Err(InvalidClient::new("grant_types", "what is left of them here is refresh_token alone"));
        }
        self.scope = if names_scope { self.scope.intersection(&policy.scope) } else { policy.scope.clone() };
        if self.scope == Scope::default() {
            return Err(InvalidClient::new("scope", "none of it may be registered here"));
        }
        self.audiences.clone_from(&policy.audiences);
        // What a client may ask for in detail is its operator's to say: by client credentials nobody else is asked.
        self.authorization_details_types.clear();
        self.security_profile = policy.security_profile;
        Ok(())
    }

    /// What an operator may write for a machine of theirs is not for strangers: everything over the network is https.
    fn check_offered_uris(&self) -> Result<(), InvalidClient> {
        let uris = [
            ("initiate_login_uri", &self.initiate_login_uri),
            ("frontchannel_logout_uri", &self.frontchannel_logout_uri),
            ("logo_uri", &self.logo_uri),
            ("client_uri", &self.client_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
        ];
        let insecure = uris.into_iter().find(|(_, uri)| uri.as_ref().is_some_and(|uri| !uri.starts_with("https:")));
        let insecure =
            insecure.map(|(member, _)| member).or_else(|| client_translation::find_insecure(&self.translations));
        match insecure {
            Some(member) => Err(InvalidClient::new(member, "must be an https URI")),
            None => Ok(()),
        }
    }
}

/// Without grants that are not known here: one document, or one request, serves many authorization servers.
fn known_grants(value: &Value) -> Value {
    let Value::Array(grants) = value else { return value.clone() };
    let is_known = |grant: &&Value| grant.as_str().is_none_or(|grant| grant.parse::<GrantType>().is_ok());
    Value::Array(grants.iter().filter(is_known).cloned().collect())
}

/// Reads one member alone, so that an error can name it.
fn check_type(name: &'static str, value: &Value) -> Result<(), InvalidClient> {
    let alone = Map::from_iter([(name.to_owned(), value.clone())]);
    match serde_json::from_value::<ClientMetadata>(Value::Object(alone)) {
        Ok(_) => Ok(()),
        Err(error) => Err(InvalidClient::new(name, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_protocol::{SecurityProfile, TokenEndpointAuthMethod};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ConsentPolicy;

    fn read(members: Value) -> Result<ClientMetadata, InvalidClient> {
        read_under(&ClientRegistrationPolicy::default(), members)
    }

    fn read_under(policy: &ClientRegistrationPolicy, members: Value) -> Result<ClientMetadata, InvalidClient> {
        let Value::Object(members) = members else { panic!("an object") };
        ClientMetadata::of_stranger(&members, policy)
    }

    #[test]
    fn what_is_left_out_gets_the_default_of_the_specification() {
        let metadata = read(json!({ "redirect_uris": ["https://app.example/cb"], "logo_uri": null })).expect("valid");
        assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode]);
        assert_eq!(metadata.token_endpoint_auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
        let echoed = metadata.for_stranger();
        for (member, value) in [
            ("application_type", json!("web")),
            ("response_types", json!(["code"])),
            ("id_token_signed_response_alg", json!("RS256")),
            ("scope", json!("address email offline_access openid phone profile")),
        ] {
            assert_eq!(echoed.get(member), Some(&value), "{member}");
        }
        assert!(!echoed.contains_key("audiences") && !echoed.contains_key("consent"));
    }

    #[test]
    fn a_stranger_cannot_set_what_is_the_operators() {
        let metadata = read(json!({
            "redirect_uris": ["https://app.example/cb"],
            "consent": "implied",
            "first_party": true,
            "native_sso": true,
            "global_token_revocation": true,
            "require_pkce": false,
            "security_profile": "oidc",
            "audiences": ["https://api.example"],
            "token_exchange": { "impersonation": true },
            "identity_assertion_audiences": ["https://other.example"],
            "no_such_member": [1],
            "no_such_member#de": [1],
            "redirect_uris#de": ["https://elsewhere.example/cb"],
        }))
        .expect("what is not understood is ignored");
        assert_eq!(metadata.consent, ConsentPolicy::Remembered);
        assert!(metadata.require_pkce && !metadata.first_party && !metadata.native_sso);
        assert!(!metadata.global_token_revocation);
        assert_eq!(metadata.security_profile, SecurityProfile::OAuth21);
        assert!(metadata.audiences.is_empty() && metadata.identity_assertion_audiences.is_empty());
        assert!(!metadata.token_exchange.impersonation);
    }

    #[test]
    fn grants_and_scope_beyond_the_policy_are_left_out() {
        let members = json!({
            "redirect_uris": ["https://app.example/cb"],
            "grant_types": ["authorization_code", "refresh_token", "password", "client_credentials", "urn:x:unknown"],
            "scope": "openid orders:write",
        });
        let metadata = read(members.clone()).expect("valid");
        assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert_eq!(metadata.scope.to_string(), "openid");
        let wide = ClientRegistrationPolicy {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::ClientCredentials],
            scope: ["openid", "orders:write"].into_iter().collect(),
            audiences: vec!["https://api.example".to_owned()],
            ..ClientRegistrationPolicy::default()
        };
        let metadata = read_under(&wide, members).expect("valid");
        assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode, GrantType::ClientCredentials]);
        assert_eq!(metadata.scope.to_string(), "openid orders:write");
        assert_eq!(metadata.audiences, ["https://api.example"]);
    }

    #[test]
    fn names_and_pages_in_other_languages_are_kept_and_told() {
        let said = json!({
            "redirect_uris": ["https://app.example/cb"],
            "client_name#de": "Anwendung",
            "client_name#ja-Jpan-JP": "アプリ",
            "tos_uri#de": "https://app.example/agb",
            "logo_uri#fr": null,
        });
        let metadata = read(said.clone()).expect("valid");
        let told = metadata.for_stranger();
        for member in ["client_name#de", "client_name#ja-Jpan-JP", "tos_uri#de"] {
            assert_eq!(told.get(member), said.get(member), "{member}");
        }
        assert!(!told.contains_key("logo_uri#fr") && !told.contains_key("translations"));
        assert_eq!(ClientMetadata::of_stranger(&told, &ClientRegistrationPolicy::default()), Ok(metadata));
    }

    #[test]
    fn a_mistake_names_its_member() {
        let uris = json!(["https://app.example/cb"]);
        for (members, member) in [
            (json!({ "redirect_uris": "https://app.example/cb" }), "redirect_uris"),
            (json!({ "redirect_uris": ["https://app.example/cb#fragment"] }), "redirect_uris"),
            (json!({ "redirect_uris": ["http://app.example/cb"] }), "redirect_uris"),
            (json!({}), "redirect_uris"),
            (json!({ "redirect_uris": uris, "contacts": "a@example" }), "contacts"),
            (json!({ "redirect_uris": uris, "contacts": vec!["a"; 101] }), "contacts"),
            (json!({ "redirect_uris": uris, "grant_types": "authorization_code" }), "grant_types"),
            (json!({ "redirect_uris": uris, "grant_types": [7] }), "grant_types"),
            (json!({ "redirect_uris": uris, "grant_types": ["password"] }), "grant_types"),
            (json!({ "redirect_uris": uris, "scope": ["openid"] }), "scope"),
            (json!({ "redirect_uris": uris, "scope": "orders:write" }), "scope"),
            (json!({ "redirect_uris": uris, "default_max_age": "10" }), "default_max_age"),
            (json!({ "redirect_uris": uris, "initiate_login_uri": "http://app.example/login" }), "initiate_login_uri"),
            (json!({ "redirect_uris": uris, "initiate_login_uri": "http://localhost/login" }), "initiate_login_uri"),
            (json!({ "redirect_uris": uris, "token_endpoint_auth_method": "magic" }), "token_endpoint_auth_method"),
            (
                json!({ "redirect_uris": uris, "token_endpoint_auth_method": "private_key_jwt" }),
                "token_endpoint_auth_method",
            ),
            (json!({ "redirect_uris": uris, "response_types": ["id_token"] }), "response_types"),
            (json!({ "redirect_uris": uris, "client_name#de": 7 }), "translations"),
            (json!({ "redirect_uris": uris, "client_name#": "x" }), "translations"),
            (json!({ "redirect_uris": uris, "client_name#de": "x", "client_name#DE": "y" }), "translations"),
            (json!({ "redirect_uris": uris, "client_name#de": "" }), "translations.name"),
            (json!({ "redirect_uris": uris, "tos_uri#de": "javascript:alert(1)" }), "tos_uri"),
            (json!({ "redirect_uris": uris, "logo_uri#de": "http://localhost/logo" }), "logo_uri"),
        ] {
            assert_eq!(read(members.clone()).map_err(|error| error.member), Err(member), "{members}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let known = vec!["https://app.example/cb", "none", "ES256", "code", "refresh_token", "openid email"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            prop::sample::select(known).prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-z_]{1,9}", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_that_a_stranger_says_makes_the_parser_panic_or_gives_it_what_is_the_operators(
            said in prop::collection::vec((0..OFFERED.len(), any_json()), 0..6),
            more in prop::collection::hash_map("[a-z_]{1,24}", any_json(), 0..3),
        ) {
            let mut members: Map<String, Value> = more.into_iter().collect();
            members.insert("redirect_uris".to_owned(), json!(["https://app.example/cb"]));
            members.extend(said.into_iter().map(|(index, value)| (OFFERED[index].to_owned(), value)));
            for name in ["first_party", "native_sso", "global_token_revocation"] {
                members.insert(name.to_owned(), json!(true));
            }
            let policy = ClientRegistrationPolicy::default();
            if let Ok(metadata) = ClientMetadata::of_stranger(&members, &policy) {
                prop_assert!(metadata.validate().is_ok());
                prop_assert!(!metadata.first_party && !metadata.native_sso && !metadata.global_token_revocation);
                prop_assert_eq!(metadata.consent, ConsentPolicy::Remembered);
                prop_assert!(metadata.audiences.is_empty());
                let again = ClientMetadata::of_stranger(&metadata.for_stranger(), &policy);
                prop_assert!(again.is_ok(), "{:?}", again.err());
            }
        }
    }
}
