//! Makes one user agree with a state file; a password that a user has is never replaced.

use latchkey_audit::{EventKind, event_store};
use latchkey_auth::user_store::{Credentials, UserWrite};
use latchkey_auth::{Author, IdentifierKey, PasswordRule, User, UserDraft, UserStatus, user_store};
use latchkey_core::{Secret, UserId};
use latchkey_storage::DbConnection;
use latchkey_tenants::Tenant;

use crate::state::document::{Credential, UserState, check_user};
use crate::state::forms::UserForm;
use crate::state::reconcile::{Invitation, Run, Stop, object_name};

pub(crate) fn reconcile(
    conn: &mut DbConnection,
    run: &mut Run<'_>,
    tenant: &Tenant,
    state: &UserState,
) -> Result<(), Stop> {
    let existing = find_existing(conn, tenant, state)?;
    let new_hash = new_password_hash(run, tenant, state, existing.as_ref())?;
    let status = wanted_status(state, existing.as_ref(), new_hash.as_ref());
    let draft = UserDraft { status, ..state.draft.clone() };
    let checked = check_user(&state.position, &draft)?;

    let written = match &existing {
        Some(existing) => user_store::update_user(conn, &tenant.id, &existing.user.id, &checked, run.now)?,
        None => {
            let id = state.id.clone().unwrap_or_else(|| UserId::generate(run.now, run.rng));
            user_store::insert_user(conn, &tenant.id, &id, &checked, run.now)?
        }
    };
    let mut user = match written {
        UserWrite::Written(user) => *user,
        UserWrite::UsernameTaken => return Err(state.position.error("username", "another user has this name").into()),
        UserWrite::EmailTaken => return Err(state.position.error("email", "another user has this address").into()),
        UserWrite::NotFound => return Err(state.position.whole("the user was deleted just now; apply again").into()),
    };
    if let Some(hash) = &new_hash {
        check_password(state, &user)?;
        user_store::set_password_hash(conn, &tenant.id, &user.id, hash)?;
        // Of the password in the file: one that the user has chosen since is not asked to be changed again.
        user_store::set_must_change_password(conn, &tenant.id, &user.id, state.must_change_password)?;
        user.must_change_password = state.must_change_password;
    }
    record(conn, run, (tenant, &user), existing.as_ref(), new_hash.as_ref())?;
    if existing.is_none() && user.status == UserStatus::Invited {
        let delivery = run.inviter.invite(conn, tenant, &user, run.now)?;
        run.applied.invitations.push(Invitation { username: user.username.clone(), delivery });
    }
    // An id that the file does not name is of no interest, and differs in each rehearsal.
    let named = |form: UserForm| UserForm { id: form.id.filter(|_| state.id.is_some()), ..form };
    let before = existing.map(|existing| named(UserForm::new(&existing.user, None)));
    let after = named(UserForm::new(&user, new_hash.map(|hash| hash.expose().clone())));
    run.note(object_name(&tenant.slug, "users", &state.draft.username), before.as_ref(), &after, None)
}

/// A new account, or a first password of one that was there.
fn record(
    conn: &mut DbConnection,
    run: &Run<'_>,
    (tenant, user): (&Tenant, &User),
    existing: Option<&Credentials>,
    new_hash: Option<&Secret<String>>,
) -> Result<(), Stop> {
    let kind = match (existing, new_hash) {
        (None, _) => EventKind::AccountCreated,
        (Some(_), Some(_)) => EventKind::PasswordSet,
        (Some(_), None) => return Ok(()),
    };
    let event = Author::Operator.event(kind).of(&user.id);
    event_store::insert(conn, &tenant.id, &event, (run.now, run.rng))?;
    Ok(())
}

/// By the id when the file names one, so that a user can be renamed; else by the user name.
fn find_existing(conn: &mut DbConnection, tenant: &Tenant, state: &UserState) -> Result<Option<Credentials>, Stop> {
    let Some(id) = &state.id else {
        return Ok(user_store::find_credentials(conn, &tenant.id, &IdentifierKey::of(&state.draft.username))?);
    };
    let Some(user) = user_store::find_user(conn, &tenant.id, id)? else { return Ok(None) };
    let password_hash = user_store::find_password_hash(conn, &tenant.id, id)?;
    Ok(Some(Credentials { user, password_hash }))
}

fn new_password_hash(
    run: &Run<'_>,
    tenant: &Tenant,
    state: &UserState,
    existing: Option<&Credentials>,
) -> Result<Option<Secret<String>>, Stop> {
    if existing.is_some_and(|existing| existing.password_hash.is_some()) {
        return Ok(None);
    }
    match &state.credential {
        Credential::Unstated | Credential::Invite => Ok(None),
        Credential::Hash(hash) => Ok(Some(hash.clone())),
        Credential::Password(_) => {
            let hash = run.prepared.hash(&tenant.slug, &state.draft.username).cloned();
            hash.map(Some).ok_or_else(|| state.position.whole("the user changed just now; apply again").into())
        }
    }
}

fn wanted_status(state: &UserState, existing: Option<&Credentials>, new_hash: Option<&Secret<String>>) -> UserStatus {
    if let Some(status) = state.status {
        return status;
    }
    match (existing.map(|existing| existing.user.status), &state.credential) {
        // Whoever gets a password need not wait for the invitation.
        (Some(UserStatus::Invited), _) if new_hash.is_some() => UserStatus::Active,
        (Some(status), _) => status,
        (None, Credential::Invite) => UserStatus::Invited,
        (None, _) => UserStatus::Active,
    }
}

fn check_password(state: &UserState, user: &User) -> Result<(), Stop> {
    let Credential::Password(password) = &state.credential else { return Ok(()) };
    match PasswordRule::broken_by(password, user) {
        Some(rule) => Err(state.position.error("password", rule).into()),
        None => Ok(()),
    }
}
