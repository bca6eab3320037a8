//! What an application asks for, in words.

use latchkey_language::{Language, Words};
use latchkey_protocol::Scope;
use latchkey_tenants::ResourceServers;

/// One line of the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScopeLine {
    pub(crate) description: String,
    /// More than the description says, or the API that it concerns.
    pub(crate) note: Option<String>,
    /// Whether to point it out.
    pub(crate) sensitive: bool,
}

/// The lines for a scope: who somebody is first, then other permissions, with those to point out ahead.
pub(crate) fn describe(scope: &Scope, servers: &ResourceServers, language: Language) -> Vec<ScopeLine> {
    let mut lines: Vec<(u8, ScopeLine)> = scope.iter().map(|token| line(token, servers, language)).collect();
    lines.sort_by_key(|(rank, _)| *rank);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn line(token: &str, servers: &ResourceServers, language: Language) -> (u8, ScopeLine) {
    let described = servers.describe(token, language.tag());
    let sensitive = described.is_some_and(|scope| scope.sensitive);
    let rank = match token {
        "openid" => 0,
        "offline_access" => 9,
        _ if described.is_some_and(|scope| scope.resource_server.is_none()) => 1,
        _ if sensitive => 2,
        _ => 3,
    };
    let note = match token {
        "offline_access" => Some(language.text("scope-offline_access-note")),
        _ => described
            .and_then(|scope| scope.resource_server)
            .map(|server| language.say(&Words::new("scope-in").with("api", server))),
    };
    let description = match built_in(token) {
        Some(id) => language.text(id),
        None => described.map_or(token, |scope| scope.description).to_owned(),
    };
    (rank, ScopeLine { description, note, sensitive })
}

/// The message for a scope of OpenID Connect; the others have the words of whoever made them.
fn built_in(token: &str) -> Option<&'static str> {
    Some(match token {
        "openid" => "scope-openid",
        "profile" => "scope-profile",
        "email" => "scope-email",
        "address" => "scope-address",
        "phone" => "scope-phone",
        "offline_access" => "scope-offline_access",
        "device_sso" => "scope-device_sso",
        _ => return None,
    })
}
