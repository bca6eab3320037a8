//! The names that an expression may use: one table for the compiler, the evaluation and the reference page.

/// The type of a variable or of a member.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// `string`, `null` when there is none.
    Text,
    /// `bool`, `false` when unknown.
    Bool,
    /// `int`, `null` when there is none.
    Int,
    /// `timestamp`, `null` when there is none.
    Timestamp,
    /// `list(string)`, empty when there is none.
    Texts,
    /// Any value, `null` when there is none.
    Any,
    /// Exactly these members; an unknown one does not compile.
    Members(&'static [Member]),
}

/// A variable, or a member of one.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub r#type: Type,
}

const fn member(name: &'static str, r#type: Type) -> Member {
    Member { name, r#type }
}

/// Every variable.
pub const VARIABLES: [Member; 8] = [
    member("user", Type::Members(&USER)),
    member("client", Type::Members(&CLIENT)),
    member("session", Type::Members(&SESSION)),
    member("grant", Type::Members(&GRANT)),
    member("requested", Type::Members(&REQUESTED)),
    member("network", Type::Members(&NETWORK)),
    member("tenant", Type::Members(&TENANT)),
    member("now", Type::Timestamp),
];

const USER: [Member; 7] = [
    member("id", Type::Text),
    member("username", Type::Text),
    member("email", Type::Text),
    member("email_verified", Type::Bool),
    member("claims", Type::Members(&STANDARD_CLAIMS)),
    member("groups", Type::Texts),
    member("roles", Type::Texts),
];

/// OpenID Connect Core §5.1, but for those that are members of `user` itself.
const STANDARD_CLAIMS: [Member; 17] = [
    member("name", Type::Text),
    member("given_name", Type::Text),
    member("family_name", Type::Text),
    member("middle_name", Type::Text),
    member("nickname", Type::Text),
    member("preferred_username", Type::Text),
    member("profile", Type::Text),
    member("picture", Type::Text),
    member("website", Type::Text),
    member("gender", Type::Text),
    member("birthdate", Type::Text),
    member("zoneinfo", Type::Text),
    member("locale", Type::Text),
    member("phone_number", Type::Text),
    member("phone_number_verified", Type::Bool),
    member("address", Type::Any),
    member("updated_at", Type::Int),
];

const CLIENT: [Member; 4] = [
    member("id", Type::Text),
    member("name", Type::Text),
    member("scope", Type::Texts),
    member("metadata", Type::Members(&CLIENT_METADATA)),
];

const CLIENT_METADATA: [Member; 4] = [
    member("client_uri", Type::Text),
    member("token_endpoint_auth_method", Type::Text),
    member("grant_types", Type::Texts),
    member("contacts", Type::Texts),
];

const SESSION: [Member; 3] =
    [member("auth_time", Type::Timestamp), member("acr", Type::Text), member("amr", Type::Texts)];

const GRANT: [Member; 4] = [
    member("type", Type::Text),
    member("scope", Type::Texts),
    member("audience", Type::Texts),
    member("resource", Type::Texts),
];

const REQUESTED: [Member; 4] = [
    member("scope", Type::Texts),
    member("acr_values", Type::Texts),
    member("max_age", Type::Int),
    member("response_type", Type::Text),
];

const NETWORK: [Member; 2] = [member("address", Type::Text), member("endpoint", Type::Text)];

const TENANT: [Member; 2] = [member("id", Type::Text), member("slug", Type::Text)];

/// Every function and macro that an expression may call, operators aside.
pub const FUNCTIONS: [&str; 39] = [
    "all",
    "bool",
    "charAt",
    "contains",
    "double",
    "duration",
    "endsWith",
    "exists",
    "existsOne",
    "exists_one",
    "filter",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "has",
    "inNetwork",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "map",
    "replace",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "timestamp",
    "trim",
    "uint",
    "upperAscii",
];

pub(crate) fn find(members: &'static [Member], name: &str) -> Option<&'static Member> {
    members.iter().find(|member| member.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/reference/expressions.md");

    fn paths(prefix: &str, member: &Member) -> Vec<String> {
        let path = format!("{prefix}{}", member.name);
        match member.r#type {
            Type::Members(members) => members.iter().flat_map(|inner| paths(&format!("{path}."), inner)).collect(),
            _ => vec![path],
        }
    }

    #[test]
    fn the_reference_page_names_every_variable_and_every_function() {
        for path in VARIABLES.iter().flat_map(|variable| paths("", variable)) {
            assert!(PAGE.contains(&format!("`{path}`")), "the page lacks {path}");
        }
        for name in FUNCTIONS {
            let written = [format!("{name}("), format!("`{name}`")];
            assert!(written.iter().any(|written| PAGE.contains(written.as_str())), "the page lacks {name}");
        }
    }
}
