//! What was proved so far. Only a [`FullyAuthenticated`] user gets a session, and the one way to become one is to
//! pass every step, so a step that is added later cannot be left out by a caller.

use latchkey_core::{ClientId, DeviceId, FactorId, Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_tenants::{FirstFactorKind, SecondFactorKind, Tenant};
use serde::{Deserialize, Serialize};

use crate::acr::{
    AMR_MULTIPLE_CHANNELS, AMR_MULTIPLE_FACTORS, AMR_ONE_TIME_CODE, AMR_PASSWORD, AMR_SMS, AMR_SOFTWARE_KEY,
};
use crate::passkey::ProvedPasskey;
use crate::passwords::{Passwords, Verification};
use crate::user_store::Credentials;
use crate::{Acr, AuthError, User};

/// The user passed the first factor.
#[derive(Debug)]
pub(crate) struct FirstFactorPassed {
    user: User,
    first: FirstFactor,
    password: PasswordState,
}

/// What is known of the password that somebody signed in with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PasswordState {
    /// Nothing.
    #[default]
    Unremarkable,
    /// It is known from a breach.
    Breached,
}

/// What the first factor was verified against: a session is opened only while that still stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum FirstFactor {
    /// The hash of the stored password hash.
    Password(TokenHash),
    /// The mailbox that a code or a link was sent to.
    Mailbox(VerifiedMailbox),
    /// The passkey, which the user still has.
    Passkey(ProvedPasskey),
}

/// An address whose owner typed what was sent to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VerifiedMailbox {
    /// The digest of the address.
    pub(crate) address: TokenHash,
    /// How it was proved.
    pub(crate) kind: FirstFactorKind,
}

/// The stored hash that a password was verified against, and the one that is to take its place.
#[derive(Debug)]
pub(crate) struct Outdated {
    pub(crate) verified_hash: Secret<String>,
    pub(crate) renewed_hash: Secret<String>,
}

/// What the tenant asks for after the first factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Nothing more.
    Nothing,
    /// Nothing more in this browser, which the user let us remember.
    NothingIn(DeviceId),
    /// A second factor.
    SecondFactor,
    /// A code that is mailed, since it looks risky and the user has no second factor.
    MailedCode,
}

/// The user passed the first factor, and a second is asked for; kept with the sign-in under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AwaitsSecondFactor {
    pub(crate) user_id: UserId,
    pub(crate) first: FirstFactor,
    /// When the first factor was passed.
    pub(crate) at: UtcTime,
    #[serde(default)]
    pub(crate) password: PasswordState,
    /// What is asked for.
    #[serde(default)]
    pub(crate) asked: AskedFactor,
}

/// Which second factor is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AskedFactor {
    /// One that the user has, by the policy.
    #[default]
    Own,
    /// A mailed code, whatever the policy says.
    MailedCode,
}

/// A second factor was proved; made by nothing but the check of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecondFactorPassed {
    kind: SecondFactorKind,
    methods: Vec<&'static str>,
}

/// The user may do without a second factor for the time being; made by nothing but the check of that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PutOff(());

/// The user passed every factor that the tenant asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FullyAuthenticated {
    user_id: UserId,
    amr: Vec<String>,
    acr: Acr,
    first: FirstFactor,
    device_id: Option<DeviceId>,
    factor: Option<SecondFactorKind>,
    /// When the last factor was passed, where something had to be done since.
    #[serde(default)]
    passed_at: Option<UtcTime>,
    #[serde(default)]
    password: PasswordState,
}

/// The user passed every factor, and has something to do before there is a session; kept with the sign-in under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AwaitsAction {
    authenticated: FullyAuthenticated,
    /// When the last factor was passed.
    pub(crate) at: UtcTime,
}

impl FirstFactorPassed {
    /// Verifies a password; `None` when it is wrong, whatever the reason. Beside it the hash to be renewed, if it is
    /// outdated.
    ///
    /// A user who does not exist, may not sign in or has no password costs the same work as a wrong password.
    pub(crate) async fn verify(
        (passwords, tenant): (&Passwords, &TenantId),
        credentials: Option<Credentials>,
        password: Secret<String>,
    ) -> Result<Option<(Self, Option<Outdated>)>, AuthError> {
        let candidate = credentials
            .filter(|credentials| credentials.user.may_sign_in())
            .and_then(|credentials| Some((credentials.user, credentials.password_hash?)));
        let hash = candidate.as_ref().map(|(_, hash)| hash);
        let verification = passwords.check(tenant, password.clone(), hash).await?;
        let Some((user, verified_hash)) = candidate else { return Ok(None) };
        let renewed_hash = match verification {
            Verification::Wrong => return Ok(None),
            Verification::Right => None,
            Verification::RightButOutdated => Some(passwords.hash(tenant, password).await?),
        };
        let standing = renewed_hash.as_ref().unwrap_or(&verified_hash);
        let first = FirstFactor::Password(TokenHash::of(standing.expose()));
        Ok(Some((Self::by(user, first), renewed_hash.map(|renewed_hash| Outdated { verified_hash, renewed_hash }))))
    }

    /// A user who has just chosen the password of this hash, with a new account.
    pub(crate) fn of_new_account(user: User, password_hash: &Secret<String>) -> Self {
        Self::by(user, FirstFactor::Password(TokenHash::of(password_hash.expose())))
    }

    /// A user who typed, or followed, what was sent to their address; for the check of that alone.
    pub(crate) fn by_mail(user: User, mailbox: VerifiedMailbox) -> Option<Self> {
        let passed = Self::by(user, FirstFactor::Mailbox(mailbox));
        passed.user.may_sign_in().then_some(passed)
    }

    /// A user whose passkey was proved; `None` when the user may not sign in.
    pub(crate) fn by_passkey(user: User, proved: ProvedPasskey) -> Option<Self> {
        user.may_sign_in().then_some(Self::by(user, FirstFactor::Passkey(proved)))
    }

    fn by(user: User, first: FirstFactor) -> Self {
        Self { user, first, password: PasswordState::default() }
    }

    /// Notes what is known of the password.
    pub(crate) fn noting(self, password: PasswordState) -> Self {
        Self { password, ..self }
    }

    /// What is known of the password.
    pub(crate) fn password(&self) -> PasswordState {
        self.password
    }

    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// Whether the tenant lets this user begin with it at the client. Who may not is told nothing else than who is wrong.
    pub(crate) fn counts_at(&self, tenant: &Tenant, client: &ClientId) -> bool {
        tenant.first_factors_of(&self.user.groups, client).contains(&self.first.kind())
    }

    pub(crate) fn first(&self) -> &FirstFactor {
        &self.first
    }

    /// Goes on to what else is asked for.
    pub(crate) fn go_on(self, demand: Demand, now: UtcTime) -> Result<FullyAuthenticated, AwaitsSecondFactor> {
        let (user_id, first, password) = (self.user.id, self.first, self.password);
        let awaits =
            |asked| AwaitsSecondFactor { user_id: user_id.clone(), first: first.clone(), at: now, password, asked };
        let device_id = match demand {
            Demand::Nothing => None,
            Demand::NothingIn(device) => Some(device),
            Demand::SecondFactor => return Err(awaits(AskedFactor::Own)),
            Demand::MailedCode => return Err(awaits(AskedFactor::MailedCode)),
        };
        Ok(FullyAuthenticated { password, ..FullyAuthenticated::of_first(user_id, first, device_id) })
    }
}

impl FirstFactor {
    /// What was proved.
    pub(crate) fn kind(&self) -> FirstFactorKind {
        match self {
            Self::Password(_) => FirstFactorKind::Password,
            Self::Mailbox(mailbox) => mailbox.kind,
            Self::Passkey(_) => FirstFactorKind::Passkey,
        }
    }

    /// The methods of RFC 8176 §2. It has none for a mailbox; what was sent there is a password that counts once.
    fn amr(&self) -> Vec<String> {
        match self {
            Self::Password(_) => vec![AMR_PASSWORD.to_owned()],
            Self::Mailbox(_) => vec![AMR_ONE_TIME_CODE.to_owned()],
            Self::Passkey(proved) => proved.amr(),
        }
    }

    /// Whether it is two factors by itself: something that the user has, and what the authenticator knows the user by.
    pub(crate) fn is_multi_factor(&self) -> bool {
        matches!(self, Self::Passkey(proved) if proved.user_verified)
    }

    /// The passkey that it was.
    pub(crate) fn passkey(&self) -> Option<&FactorId> {
        match self {
            Self::Password(_) | Self::Mailbox(_) => None,
            Self::Passkey(proved) => Some(&proved.id),
        }
    }
}

impl SecondFactorPassed {
    /// For the check of that code alone.
    pub(crate) fn by(kind: SecondFactorKind) -> Self {
        let methods = match kind {
            SecondFactorKind::Passkey | SecondFactorKind::Totp | SecondFactorKind::RecoveryCode => {
                vec![AMR_ONE_TIME_CODE]
            }
            SecondFactorKind::EmailCode => vec![AMR_ONE_TIME_CODE, AMR_MULTIPLE_CHANNELS],
            SecondFactorKind::Sms => vec![AMR_SMS, AMR_MULTIPLE_CHANNELS],
            // The device's own key signed, in an application of which nothing more is known.
            SecondFactorKind::Push => vec![AMR_SOFTWARE_KEY, AMR_MULTIPLE_CHANNELS],
        };
        Self { kind, methods }
    }

    /// By a passkey; it need not have recognized its user, who has shown another factor.
    pub(crate) fn by_passkey(proved: &ProvedPasskey) -> Self {
        Self { kind: SecondFactorKind::Passkey, methods: proved.methods() }
    }

    /// What was proved.
    pub(crate) fn kind(&self) -> SecondFactorKind {
        self.kind
    }

    /// The methods of a sign-in that had passed these before, RFC 8176 §2.
    pub(crate) fn amr_beside(&self, before: &[String]) -> Vec<String> {
        let mut amr = before.to_vec();
        // `mfa` stays the last, wherever it came from.
        amr.retain(|known| known != AMR_MULTIPLE_FACTORS);
        for method in self.methods.iter().copied().chain([AMR_MULTIPLE_FACTORS]) {
            if !amr.iter().any(|known| known == method) {
                amr.push(method.to_owned());
            }
        }
        amr
    }
}

impl PutOff {
    /// While it may be put off; `None` when the time is over, or was never granted.
    pub(crate) fn until(due_at: Option<UtcTime>, now: UtcTime) -> Option<Self> {
        due_at.filter(|due_at| now < *due_at).map(|_| Self(()))
    }
}

impl AwaitsSecondFactor {
    /// What the first factor was.
    pub(crate) fn first_factor(&self) -> FirstFactorKind {
        self.first.kind()
    }

    /// The second factor was passed.
    pub(crate) fn pass(self, passed: &SecondFactorPassed) -> FullyAuthenticated {
        let amr = passed.amr_beside(&self.first.amr());
        FullyAuthenticated {
            user_id: self.user_id,
            acr: Acr::of_factors(&amr),
            amr,
            first: self.first,
            device_id: None,
            factor: Some(passed.kind()),
            passed_at: None,
            password: self.password,
        }
    }

    /// The user goes on without one while that is allowed.
    pub(crate) fn put_off(self, _allowed: PutOff) -> FullyAuthenticated {
        let password = self.password;
        FullyAuthenticated { password, ..FullyAuthenticated::of_first(self.user_id, self.first, None) }
    }
}

impl FullyAuthenticated {
    /// By the first factor alone.
    fn of_first(user_id: UserId, first: FirstFactor, device_id: Option<DeviceId>) -> Self {
        let mut amr = first.amr();
        let (acr, factor) = if first.is_multi_factor() {
            amr.push(AMR_MULTIPLE_FACTORS.to_owned());
            (Acr::of_factors(&amr), Some(SecondFactorKind::Passkey))
        } else {
            (Acr::OneFactor, None)
        };
        Self { user_id, amr, acr, first, device_id, factor, passed_at: None, password: PasswordState::default() }
    }

    /// What is known of the password that the user signed in with.
    pub(crate) fn password(&self) -> PasswordState {
        self.password
    }

    /// Something has to be done before there is a session.
    pub(crate) fn awaits_action(self, now: UtcTime) -> AwaitsAction {
        AwaitsAction { at: self.passed_at(now), authenticated: self }
    }

    /// When the last factor was passed: now, unless something had to be done since.
    pub(crate) fn passed_at(&self, now: UtcTime) -> UtcTime {
        self.passed_at.unwrap_or(now)
    }

    /// The second factor that was proved, if one was.
    pub(crate) fn factor(&self) -> Option<SecondFactorKind> {
        self.factor
    }

    pub(crate) fn user_id(&self) -> &UserId {
        &self.user_id
    }

    pub(crate) fn amr(&self) -> &[String] {
        &self.amr
    }

    pub(crate) fn acr(&self) -> Acr {
        self.acr
    }

    /// The remembered browser that stood for the second factor, if one did.
    pub(crate) fn device_id(&self) -> Option<&DeviceId> {
        self.device_id.as_ref()
    }

    /// What the first factor was verified against.
    pub(crate) fn first(&self) -> &FirstFactor {
        &self.first
    }
}

impl AwaitsAction {
    pub(crate) fn user_id(&self) -> &UserId {
        &self.authenticated.user_id
    }

    /// What the first factor was verified against.
    pub(crate) fn first(&self) -> &FirstFactor {
        &self.authenticated.first
    }

    /// The action was done, or is looked at once more: the gate is asked again when the session is opened.
    pub(crate) fn try_again(self) -> FullyAuthenticated {
        FullyAuthenticated { passed_at: Some(self.at), ..self.authenticated }
    }

    /// The user has chosen the password of this hash, in the place of the one that was verified if one was.
    pub(crate) fn with_password(self, hash: &Secret<String>) -> Self {
        let first = match self.authenticated.first {
            FirstFactor::Password(_) => FirstFactor::Password(TokenHash::of(hash.expose())),
            other => other,
        };
        let password = PasswordState::default();
        Self { authenticated: FullyAuthenticated { first, password, ..self.authenticated }, ..self }
    }
}
