//! A state file, parsed and checked as far as that goes without the database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::hash::Hash;

use latchkey_auth::{CheckedUser, StandardClaims, UserDraft, UserStatus, parse_password_hash};
use latchkey_core::{ClientId, Secret, TokenHash, UserId};
use latchkey_protocol::TokenEndpointAuthMethod;
use latchkey_tenants::{
    Branding, ClientMetadata, InvalidMember, ResourceServer, Slug, TenantSecret, TenantSettings, TenantStatus,
};

use crate::state::StateError;
use crate::state::fields::{Fields, Position};
use crate::state::forms::{DomainForm, INVITE, SecretForm, VERSION};
use crate::state::node::Node;

/// A state file.
#[derive(Debug)]
pub struct State {
    pub(crate) tenants: Vec<TenantState>,
}

/// A tenant and what the file says that it owns.
#[derive(Debug)]
pub(crate) struct TenantState {
    pub(crate) position: Position,
    pub(crate) slug: Slug,
    pub(crate) name: Option<String>,
    pub(crate) status: Option<TenantStatus>,
    pub(crate) settings: Option<TenantSettings>,
    pub(crate) branding: Option<Branding>,
    pub(crate) secrets: BTreeMap<TenantSecret, Secret<String>>,
    pub(crate) domains: Vec<(Position, DomainForm)>,
    pub(crate) resource_servers: Vec<ResourceServer>,
    pub(crate) clients: Vec<ClientState>,
    pub(crate) users: Vec<UserState>,
}

/// A client.
#[derive(Debug)]
pub(crate) struct ClientState {
    pub(crate) position: Position,
    pub(crate) client_id: ClientId,
    pub(crate) name: String,
    /// `None`: those it has stay.
    pub(crate) secrets: Option<Vec<SecretForm>>,
    /// The secret that was written in clear.
    pub(crate) plain_secret: Option<Secret<String>>,
    pub(crate) metadata: ClientMetadata,
}

/// A user.
#[derive(Debug)]
pub(crate) struct UserState {
    pub(crate) position: Position,
    pub(crate) id: Option<UserId>,
    pub(crate) draft: UserDraft,
    /// `None`: the status stays, or becomes what the credential asks for.
    pub(crate) status: Option<UserStatus>,
    pub(crate) credential: Credential,
    /// Whether a password that the file gives has to be changed at the first sign-in.
    pub(crate) must_change_password: bool,
}

/// How the user is to sign in, when there is no password yet.
#[derive(Debug)]
pub(crate) enum Credential {
    /// Not said.
    Unstated,
    /// By this password.
    Password(Secret<String>),
    /// By the password of this PHC string.
    Hash(Secret<String>),
    /// By one that the user chooses.
    Invite,
}

impl State {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The first mistake, with its line and field.
    pub fn parse(text: &str) -> Result<Self, StateError> {
        let node = Node::parse(text)?;
        let mut fields = Fields::of(&node, String::new())?;
        let position = fields.position();
        let version: u32 = fields.required("version")?;
        if version != VERSION {
            return Err(position.error("version", format!("must be {VERSION}, the only version there is")));
        }
        let tenants = collect(fields.objects("tenants")?, tenant)?;
        fields.finish()?;
        refuse_repeats(tenants.iter().map(|tenant| (&tenant.position, &tenant.slug)), "slug")?;
        Ok(Self { tenants })
    }
}

fn collect<T>(
    nodes: Vec<(&Node, String)>,
    read: impl Fn(Fields<'_>) -> Result<T, StateError>,
) -> Result<Vec<T>, StateError> {
    nodes.into_iter().map(|(node, path)| read(Fields::of(node, path)?)).collect()
}

fn refuse_repeats<'a, K: Hash + Ord + Display + 'a>(
    items: impl Iterator<Item = (&'a Position, &'a K)>,
    member: &str,
) -> Result<(), StateError> {
    let mut seen = BTreeSet::new();
    for (position, key) in items {
        if !seen.insert(key) {
            return Err(position.error(member, format!("{key} stands in the file twice")));
        }
    }
    Ok(())
}

fn invalid(position: &Position) -> impl Fn(InvalidMember) -> StateError {
    |error| position.error(error.member, error.reason)
}

fn tenant(mut fields: Fields<'_>) -> Result<TenantState, StateError> {
    let position = fields.position();
    let slug: String = fields.required("slug")?;
    // Reserved for everybody else: an export of the operators' tenant must be readable.
    let slug = if slug == Slug::system().as_str() {
        Slug::system()
    } else {
        slug.parse().map_err(|error| position.error("slug", error))?
    };
    let state = TenantState {
        slug,
        name: fields.optional("name")?,
        status: fields.optional("status")?,
        settings: fields.optional("settings")?,
        branding: fields.optional("branding")?,
        secrets: fields.optional("secrets")?.unwrap_or_default(),
        domains: collect(fields.objects("domains")?, domain)?,
        resource_servers: collect(fields.objects("resource_servers")?, resource_server)?,
        clients: collect(fields.objects("clients")?, client)?,
        users: collect(fields.objects("users")?, user)?,
        position,
    };
    fields.finish()?;
    check_tenant(&state)?;
    Ok(state)
}

fn check_tenant(state: &TenantState) -> Result<(), StateError> {
    let within = |section: &'static str| {
        move |error: InvalidMember| state.position.error(&format!("{section}.{}", error.member), error.reason.clone())
    };
    if let Some(settings) = &state.settings {
        settings.validate().map_err(within("settings"))?;
    }
    if let Some(branding) = &state.branding {
        branding.validate().map_err(within("branding"))?;
    }
    for (name, secret) in &state.secrets {
        let refuse = |error| state.position.error(&format!("secrets.{name}"), error);
        name.check(secret).map_err(refuse)?;
    }
    refuse_repeats(state.domains.iter().map(|(position, domain)| (position, &domain.host)), "host")?;
    refuse_repeats(state.clients.iter().map(|client| (&client.position, &client.client_id)), "client_id")?;
    refuse_repeats(state.users.iter().map(|user| (&user.position, &user.draft.username)), "username")?;
    refuse_repeats(state.resource_servers.iter().map(|server| (&state.position, &server.audience)), "resource_servers")
}

fn domain(fields: Fields<'_>) -> Result<(Position, DomainForm), StateError> {
    let position = fields.position();
    let form: DomainForm = fields.rest()?;
    if form.issuer && !form.verified {
        return Err(position.error("issuer", "only a verified host can be the issuer"));
    }
    Ok((position, form))
}

fn resource_server(fields: Fields<'_>) -> Result<ResourceServer, StateError> {
    let position = fields.position();
    let server: ResourceServer = fields.rest()?;
    server.validate().map_err(invalid(&position))?;
    Ok(server)
}

fn client(mut fields: Fields<'_>) -> Result<ClientState, StateError> {
    let position = fields.position();
    let client_id: ClientId = fields.required("client_id")?;
    let name = fields.optional("name")?.unwrap_or_else(|| client_id.to_string());
    let plain: Option<Secret<String>> = fields.optional("secret")?;
    let hashes: Option<Vec<SecretForm>> = fields.optional("secret_hashes")?;
    let metadata: ClientMetadata = fields.rest()?;

    metadata.validate().map_err(invalid(&position))?;
    let secrets = declared_secrets(&position, plain.as_ref(), hashes)?;
    let public = metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
    if public && secrets.as_ref().is_some_and(|secrets| !secrets.is_empty()) {
        return Err(position.error("secret", "a public client (token_endpoint_auth_method: none) has no secret"));
    }
    Ok(ClientState { position, client_id, name, secrets, plain_secret: plain, metadata })
}

fn declared_secrets(
    position: &Position,
    plain: Option<&Secret<String>>,
    hashes: Option<Vec<SecretForm>>,
) -> Result<Option<Vec<SecretForm>>, StateError> {
    match (plain, hashes) {
        (Some(_), Some(_)) => Err(position.error("secret", "give either secret or secret_hashes")),
        (Some(secret), None) if secret.expose().is_empty() => Err(position.error("secret", "must not be empty")),
        (Some(secret), None) => Ok(Some(vec![SecretForm { hash: TokenHash::of(secret.expose()), expires_at: None }])),
        (None, Some(mut hashes)) => {
            // A text that is no hash would make a client nobody can authenticate.
            if hashes.iter().any(|secret| TokenHash::parse(secret.hash.as_str()).is_none()) {
                return Err(position.error("secret_hashes", "a hash is 43 base64url characters, as export writes it"));
            }
            hashes.sort_by(|a, b| a.hash.as_str().cmp(b.hash.as_str()));
            Ok(Some(hashes))
        }
        (None, None) => Ok(None),
    }
}

fn user(mut fields: Fields<'_>) -> Result<UserState, StateError> {
    let position = fields.position();
    let status: Option<UserStatus> = fields.optional("status")?;
    let draft = UserDraft {
        username: fields.required("username")?,
        email: fields.optional("email")?,
        email_verified: fields.optional("email_verified")?.unwrap_or(false),
        claims: fields.optional::<StandardClaims>("claims")?.unwrap_or_default(),
        status: status.unwrap_or(UserStatus::Active),
        groups: fields.optional("groups")?.unwrap_or_default(),
        roles: fields.optional("roles")?.unwrap_or_default(),
    };
    let id = fields.optional("id")?;
    let credential = credential(&mut fields, &position)?;
    let must_change_password: Option<bool> = fields.optional("must_change_password")?;
    let must_change_password = must_change_password.unwrap_or(false);
    fields.finish()?;
    check_user(&position, &draft)?;
    if status == Some(UserStatus::Invited) && !matches!(credential, Credential::Invite) {
        return Err(position.error("status", "say `password: invite` instead"));
    }
    Ok(UserState { position, id, draft, status, credential, must_change_password })
}

fn credential(fields: &mut Fields<'_>, position: &Position) -> Result<Credential, StateError> {
    let password: Option<Secret<String>> = fields.optional("password")?;
    let hash: Option<Secret<String>> = fields.optional("password_hash")?;
    match (password, hash) {
        (Some(_), Some(_)) => Err(position.error("password", "give either password or password_hash")),
        (Some(password), None) if password.expose() == INVITE => Ok(Credential::Invite),
        (Some(password), None) if password.expose().is_empty() => Err(position.error("password", "must not be empty")),
        (Some(password), None) => Ok(Credential::Password(password)),
        (None, Some(hash)) => match parse_password_hash(hash.expose()) {
            Some(hash) => Ok(Credential::Hash(hash)),
            None => Err(position.error(
                "password_hash",
                "is no password hash of an accepted form, such as $argon2id$v=19$m=19456,t=2,p=1$…, or costs too much",
            )),
        },
        (None, None) => Ok(Credential::Unstated),
    }
}

/// Checks a user by the rules of the store.
pub(crate) fn check_user(position: &Position, draft: &UserDraft) -> Result<CheckedUser, StateError> {
    draft.clone().check().map_err(|error| {
        let text = error.to_string();
        let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
        position.error(error.member(), reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version: 1\ntenants:\n- slug: acme\n";

    #[test]
    fn a_mistake_names_its_line_and_field() {
        for (rest, expected) in [
            ("  nam: x\n", "line 4: tenants[0].nam: unknown field; did you mean \"name\"?"),
            (
                "  settings:\n    id_token_lifetime_seconds: x\n",
                "line 5: tenants[0].settings.id_token_lifetime_seconds: expected u64",
            ),
            (
                "  clients:\n  - client_id: a\n",
                "line 5: tenants[0].clients[0].redirect_uris: authorization_code needs at least one",
            ),
            (
                "  clients:\n  - client_id: a\n    redirect_uris:\n    - http://a.example/\n",
                "line 7: tenants[0].clients[0].redirect_uris[0]: a redirect URI must use https",
            ),
            (
                "  clients:\n  - client_id: a\n    redirect_uri: x\n",
                "line 6: tenants[0].clients[0].redirect_uri: unknown field; did you mean \"redirect_uris\"?",
            ),
            ("  users:\n  - username: a\n    email: nonsense\n", "line 6: tenants[0].users[0].email: "),
            (
                "  users:\n  - username: a\n    claims:\n      birthdate: tomorrow\n",
                "line 7: tenants[0].users[0].claims.birthdate: a birthdate is",
            ),
            (
                "  users:\n  - username: a\n    password: 12345678\n",
                "line 6: tenants[0].users[0].password: expected a string, found a number",
            ),
            (
                "  users:\n  - username: a\n    password_hash: hunter2\n",
                "line 6: tenants[0].users[0].password_hash: is no password hash of an accepted form",
            ),
            (
                "  users:\n  - username: a\n  - username: a\n",
                "line 6: tenants[0].users[1].username: a stands in the file twice",
            ),
            ("- slug: Health\n", "line 4: tenants[1].slug: this slug is reserved"),
            (
                "  domains:\n  - host: a.example\n    issuer: true\n",
                "line 6: tenants[0].domains[0].issuer: only a verified",
            ),
        ] {
            let text = format!("{HEAD}{rest}");
            let error = State::parse(&text).expect_err(&text).to_string();
            assert!(
                error.starts_with(expected.split("expected u64").next().unwrap()),
                "{text}\n{error}\nexpected {expected}"
            );
            assert!(!error.contains("hunter2") && !error.contains("12345678"), "{error}");
        }
    }

    #[test]
    fn a_mistake_in_an_expression_names_line_and_column_within_it() {
        for (rest, expected) in [
            (
                "  settings:\n    claim_mappings:\n    - claim: dept\n      expression: user.emial\n      in: [id_token]\n",
                "line 3: tenants[0].settings.claim_mappings: dept: expression: line 1, column 5: no member `emial`",
            ),
            (
                "  settings:\n    claim_mappings:\n    - claim: aud\n      expression: user.email\n      in: [id_token]\n",
                "line 3: tenants[0].settings.claim_mappings: aud: the protocol itself says what this claim is",
            ),
            (
                "  settings:\n    access_policies:\n    - name: one\n      when: 'true &&'\n      then: deny\n",
                "line 3: tenants[0].settings.access_policies: one: when: line 1, column 8: ",
            ),
            (
                "  settings:\n    access_policies:\n    - name: one\n      when: 'true'\n      then: allow\n      max_age: 60\n",
                "line 6: tenants[0].settings.access_policies[0]: max_age: does not belong to this `then`",
            ),
            (
                "  users:\n  - username: a\n    groups: [b, b]\n",
                "line 6: tenants[0].users[0].groups: up to 1000 different names",
            ),
        ] {
            let text = format!("{HEAD}{rest}");
            let error = State::parse(&text).expect_err(&text).to_string();
            assert!(error.starts_with(expected), "{text}\n{error}\nexpected {expected}");
        }
    }

    #[test]
    fn the_demo_file_is_valid() {
        let state = State::parse(include_str!("../../../../examples/demo.yaml")).expect("valid");
        let tenant = &state.tenants[0];
        assert_eq!((tenant.clients.len(), tenant.users.len(), tenant.resource_servers.len()), (3, 2, 1));
    }
}
