//! The operators' tenant, and how the first of them gets in.

use anyhow::{Context, bail};
use diesel::QueryResult;
use latchkey_auth::user_store::{self, UserWrite};
use latchkey_auth::{
    CheckedUser, IdentifierKey, InvitationToken, PasswordRule, StandardClaims, User, UserDraft, UserStatus,
    invitation_store,
};
use latchkey_cache::Invalidation;
use latchkey_config::BootstrapConfig;
use latchkey_core::{Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_tenants::{Inserted, Slug, TenantProfile, tenant_store};

use crate::Services;

/// The user name of the first operator when no mail address is configured.
const ADMIN: &str = "admin";

/// What there is to tell the operator.
#[derive(Debug)]
pub enum FirstAdmin {
    /// Nothing: somebody can sign in.
    Known,
    /// The configured password is set.
    PasswordSet {
        /// The sign-in name.
        username: String,
    },
    /// A link waits for the first operator.
    SetUp {
        /// The link; it works once.
        link: Secret<String>,
    },
}

/// Sees to it that there is a system tenant with somebody who can sign in to it.
///
/// # Errors
/// When the database fails, or the configured password or address is refused.
pub async fn first_admin(services: &Services, config: &BootstrapConfig) -> anyhow::Result<FirstAdmin> {
    let username = config.admin_email.clone().unwrap_or_else(|| ADMIN.to_owned());
    let system = services.db.read(|conn| tenant_store::find_tenant_by_slug(conn, Slug::system().as_str())).await?;
    if let Some(tenant) = system {
        return remind(services, &tenant.id, &username).await;
    }
    let token = InvitationToken::for_link(&services.rng);
    let seed = seed(services, config, username.clone(), token.hash()).await?;
    let with_password = seed.password_hash.is_some();
    let changed = Invalidation::Tenant(seed.tenant.clone());
    let planted = services.db.write(move |conn| plant(conn, &seed)).await?;
    if let Err(error) = services.cache.publish(&changed).await {
        tracing::warn!(%error, "other nodes notice the system tenant within 5 seconds");
    }
    match planted {
        Inserted::Inserted if with_password => Ok(FirstAdmin::PasswordSet { username }),
        Inserted::Inserted => Ok(FirstAdmin::SetUp { link: link(services, &token) }),
        // Another node was first, and tells its own operator.
        Inserted::AlreadyThere => Ok(FirstAdmin::Known),
    }
}

struct Seed {
    tenant: TenantId,
    user: UserId,
    checked: CheckedUser,
    password_hash: Option<Secret<String>>,
    invitation: TokenHash,
    now: UtcTime,
}

async fn seed(
    services: &Services,
    config: &BootstrapConfig,
    username: String,
    invitation: TokenHash,
) -> anyhow::Result<Seed> {
    let now = services.clock.now();
    let user = User {
        id: UserId::generate(now, &services.rng),
        username,
        email: config.admin_email.clone(),
        email_verified: config.admin_email.is_some(),
        claims: StandardClaims::default(),
        status: if config.admin_password.is_some() { UserStatus::Active } else { UserStatus::Invited },
        created_at: now,
        updated_at: now,
        groups: Vec::new(),
        roles: Vec::new(),
        second_factor_due_at: None,
        must_change_password: false,
        terms_version: None,
        deletion_requested_at: None,
    };
    let tenant = TenantId::generate(now, &services.rng);
    let password_hash = match &config.admin_password {
        Some(password) => {
            if let Some(rule) = PasswordRule::broken_by(password, &user) {
                bail!("LATCHKEY_BOOTSTRAP_ADMIN_PASSWORD: {rule}");
            }
            Some(services.passwords.hash(&tenant, password.clone()).await?)
        }
        None => None,
    };
    let draft = UserDraft {
        username: user.username,
        email: user.email,
        email_verified: user.email_verified,
        claims: user.claims,
        status: user.status,
        groups: user.groups,
        roles: user.roles,
    };
    let checked = draft.check().context("LATCHKEY_BOOTSTRAP_ADMIN_EMAIL")?;
    Ok(Seed { tenant, user: user.id, checked, password_hash, invitation, now })
}

fn plant(conn: &mut DbConnection, seed: &Seed) -> QueryResult<Inserted> {
    let profile = TenantProfile { name: "Latchkey".to_owned(), ..TenantProfile::default() };
    if tenant_store::insert_tenant(conn, &seed.tenant, &Slug::system(), &profile, seed.now)? == Inserted::AlreadyThere {
        return Ok(Inserted::AlreadyThere);
    }
    let UserWrite::Written(_) = user_store::insert_user(conn, &seed.tenant, &seed.user, &seed.checked, seed.now)?
    else {
        // The tenant is a moment old and has no other user.
        return Err(diesel::result::Error::RollbackTransaction);
    };
    match &seed.password_hash {
        Some(hash) => {
            user_store::set_password_hash(conn, &seed.tenant, &seed.user, hash)?;
        }
        None => {
            invitation_store::insert_invitation(conn, &seed.tenant, &seed.user, &seed.invitation, seed.now)?;
        }
    }
    Ok(Inserted::Inserted)
}

/// A link that was lost must not lock everybody out: while the first operator has not used one, each start makes another.
async fn remind(services: &Services, tenant: &TenantId, username: &str) -> anyhow::Result<FirstAdmin> {
    let identifier = IdentifierKey::of(username);
    let of = tenant.clone();
    let found = services.db.read(move |conn| user_store::find_user_by_identifier(conn, &of, &identifier)).await?;
    let Some(user) = found.filter(|user| user.status == UserStatus::Invited) else { return Ok(FirstAdmin::Known) };
    Ok(match services.sign_in.invite(tenant, &user.id).await? {
        Some(token) => FirstAdmin::SetUp { link: link(services, &token) },
        None => FirstAdmin::Known,
    })
}

fn link(services: &Services, token: &InvitationToken) -> Secret<String> {
    Secret::new(format!("{}/t/system/invitation?token={}", services.public_url, token.value().expose()))
}
