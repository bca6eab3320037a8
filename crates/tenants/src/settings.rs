//! A tenant's house rules.

use latchkey_fetch::OutgoingPolicy;
use openssl::x509::X509;
use serde::{Deserialize, Serialize};

use crate::TrustedIssuers;
use crate::access_policy::{self, AccessPolicy, StepUp};
use crate::claim_mapping::{self, ClaimMapping};
use crate::client_registration::check_statement_issuers;
use crate::defaults::{is, is_default};
use crate::{
    AccountPolicy, AuthenticationPolicy, ClientDocumentPolicy, ClientRegistrationPolicy, InvalidMember, MailSettings,
    MessageSettings, PasskeyPolicy, PasswordPolicy, RegistrationPolicy, RiskPolicy, SoftwareStatementIssuer, Terms,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const TOKEN_LIFETIME: u64 = 5 * MINUTE;
const REFRESH_IDLE: u64 = 30 * DAY;
const REFRESH_LIFETIME: u64 = 365 * DAY;
const REFRESH_GRACE: u64 = 30;
const SESSION_IDLE: u64 = 12 * HOUR;
const SESSION_LIFETIME: u64 = 7 * DAY;
const ATTEMPTS_PER_ACCOUNT: u64 = 10;
const ATTEMPTS_PER_ADDRESS: u64 = 100;
const FAILURES_PER_TENANT: u64 = 1_000;
const SIGN_IN_WINDOW: u64 = 10 * MINUTE;
const ANONYMOUS_PER_ADDRESS: u64 = 3_000;
const MAX_ANCHORS: usize = 16;
const MAX_ANCHOR_BYTES: usize = 16 * 1024;
const LOCALE: &str = "en";

/// Whether people may make accounts themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpPolicy {
    /// Accounts are made by operators.
    #[default]
    Off,
    /// Anybody may make one, at `/sign-up`.
    Open,
}

/// What ends when a user sets a new password by a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordResetEnds {
    /// Every session, and everything that the user granted to applications.
    #[default]
    Everything,
    /// Every session with what hangs on it; applications with offline access keep it.
    Sessions,
}

/// Life times and limits of a tenant; every member has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantSettings {
    /// Life of an access token; a resource server may have its own.
    #[serde(skip_serializing_if = "is::<TOKEN_LIFETIME>")]
    pub access_token_lifetime_seconds: u64,
    /// Life of an ID token.
    #[serde(skip_serializing_if = "is::<TOKEN_LIFETIME>")]
    pub id_token_lifetime_seconds: u64,
    /// A refresh token that is not used for so long ends.
    #[serde(skip_serializing_if = "is::<REFRESH_IDLE>")]
    pub refresh_token_idle_seconds: u64,
    /// A refresh token ends so long after its grant, however often it is used.
    #[serde(skip_serializing_if = "is::<REFRESH_LIFETIME>")]
    pub refresh_token_lifetime_seconds: u64,
    /// So long after a rotation the previous refresh token still gets the same answer, for a client that lost it.
    #[serde(skip_serializing_if = "is::<REFRESH_GRACE>")]
    pub refresh_token_grace_seconds: u64,
    /// A session that is not used for so long ends.
    #[serde(skip_serializing_if = "is::<SESSION_IDLE>")]
    pub session_idle_seconds: u64,
    /// A session ends so long after the sign-in.
    #[serde(skip_serializing_if = "is::<SESSION_LIFETIME>")]
    pub session_lifetime_seconds: u64,
    /// Failed sign-ins of one account within the window.
    #[serde(skip_serializing_if = "is::<ATTEMPTS_PER_ACCOUNT>")]
    pub sign_in_attempts_per_account: u64,
    /// Failed sign-ins from one address within the window.
    #[serde(skip_serializing_if = "is::<ATTEMPTS_PER_ADDRESS>")]
    pub sign_in_attempts_per_address: u64,
    /// Wrong passwords at the tenant within the window from which on browsers do some work before each attempt; 0 for never.
    #[serde(skip_serializing_if = "is::<FAILURES_PER_TENANT>")]
    pub sign_in_failures_per_tenant: u64,
    /// The window in which failed sign-ins are counted.
    #[serde(skip_serializing_if = "is::<SIGN_IN_WINDOW>")]
    pub sign_in_window_seconds: u64,
    /// How people sign in: second factors, who needs one, remembered browsers.
    #[serde(skip_serializing_if = "is_default")]
    pub authentication: AuthenticationPolicy,
    /// What a new password has to be.
    #[serde(skip_serializing_if = "is_default")]
    pub passwords: PasswordPolicy,
    /// What passkeys are good for, and which of them.
    #[serde(skip_serializing_if = "is_default")]
    pub passkeys: PasskeyPolicy,
    /// What users may do with their accounts alone.
    #[serde(skip_serializing_if = "is_default")]
    pub account: AccountPolicy,
    /// What is done when a sign-in looks risky.
    #[serde(skip_serializing_if = "is_default")]
    pub risk: RiskPolicy,
    /// Requests within ten minutes, from one address, that have something kept although nobody proved who asks: sign-ins
    /// that begin, and what clients without credentials push or have a device wait for.
    #[serde(skip_serializing_if = "is::<ANONYMOUS_PER_ADDRESS>")]
    pub anonymous_requests_per_address: u64,
    /// Whether a DPoP proof needs a nonce that we gave out (RFC 9449 §8).
    #[serde(skip_serializing_if = "is_default")]
    pub dpop_nonce_required: bool,
    /// What requests on behalf of this tenant may reach besides public addresses; the operator's to write.
    #[serde(skip_serializing_if = "is_default")]
    pub outgoing: OutgoingPolicy,
    /// Certificates (PEM) of the authorities that may vouch for clients with `tls_client_auth` (RFC 8705 §2.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mtls_trust_anchors: Vec<String>,
    /// Whether people may make accounts themselves; `registration` says more, and counts instead where it is set.
    #[serde(skip_serializing_if = "is_default")]
    pub sign_up: SignUpPolicy,
    /// Whether people may make accounts themselves, who may, and whether the address has to be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationPolicy>,
    /// The terms of service that users accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
    /// What ends when a password is reset by a link.
    #[serde(skip_serializing_if = "is_default")]
    pub password_reset_ends: PasswordResetEnds,
    /// Whether clients may encrypt request objects: publishes keys to encrypt for.
    #[serde(skip_serializing_if = "is_false")]
    pub request_object_encryption: bool,
    /// Whether every authorization request must be pushed (RFC 9126 §5).
    #[serde(skip_serializing_if = "is_default")]
    pub require_pushed_authorization_requests: bool,
    /// Issuers whose assertions are accepted.
    #[serde(skip_serializing_if = "TrustedIssuers::is_empty")]
    pub trusted_issuers: TrustedIssuers,
    /// Who may register clients by RFC 7591.
    #[serde(skip_serializing_if = "is_default")]
    pub client_registration: ClientRegistrationPolicy,
    /// Whose software statements are believed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub software_statement_issuers: Vec<SoftwareStatementIssuer>,
    /// Whether a client may be known by the document that its `client_id` names.
    #[serde(skip_serializing_if = "is_default")]
    pub client_id_metadata_documents: ClientDocumentPolicy,
    /// Language of the pages, a BCP 47 tag.
    #[serde(skip_serializing_if = "is_english")]
    pub locale: String,
    /// Claims that are built for this tenant, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claim_mappings: Vec<ClaimMapping>,
    /// Rules that every grant passes, asked in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_policies: Vec<AccessPolicy>,
    /// In whose name mails are sent, and by which server.
    #[serde(skip_serializing_if = "is_default")]
    pub mail: MailSettings,
    /// How short messages and push notices leave.
    #[serde(skip_serializing_if = "is_default")]
    pub messages: MessageSettings,
    /// Which authentication the userinfo endpoint asks for, RFC 9470 §3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_requires: Option<StepUp>,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            access_token_lifetime_seconds: TOKEN_LIFETIME,
            id_token_lifetime_seconds: TOKEN_LIFETIME,
            refresh_token_idle_seconds: REFRESH_IDLE,
            refresh_token_lifetime_seconds: REFRESH_LIFETIME,
            refresh_token_grace_seconds: REFRESH_GRACE,
            session_idle_seconds: SESSION_IDLE,
            session_lifetime_seconds: SESSION_LIFETIME,
            sign_in_attempts_per_account: ATTEMPTS_PER_ACCOUNT,
            sign_in_attempts_per_address: ATTEMPTS_PER_ADDRESS,
            sign_in_failures_per_tenant: FAILURES_PER_TENANT,
            sign_in_window_seconds: SIGN_IN_WINDOW,
            authentication: AuthenticationPolicy::default(),
            passwords: PasswordPolicy::default(),
            passkeys: PasskeyPolicy::default(),
            account: AccountPolicy::default(),
            risk: RiskPolicy::default(),
            anonymous_requests_per_address: ANONYMOUS_PER_ADDRESS,
            dpop_nonce_required: false,
            outgoing: OutgoingPolicy::default(),
            mtls_trust_anchors: Vec::new(),
            sign_up: SignUpPolicy::default(),
            registration: None,
            terms: None,
            password_reset_ends: PasswordResetEnds::default(),
            request_object_encryption: false,
            require_pushed_authorization_requests: false,
            trusted_issuers: TrustedIssuers::default(),
            client_registration: ClientRegistrationPolicy::default(),
            software_statement_issuers: Vec::new(),
            client_id_metadata_documents: ClientDocumentPolicy::default(),
            locale: LOCALE.to_owned(),
            claim_mappings: Vec::new(),
            access_policies: Vec::new(),
            mail: MailSettings::default(),
            messages: MessageSettings::default(),
            userinfo_requires: None,
        }
    }
}

impl TenantSettings {
    /// Whether people may make accounts themselves, by whichever setting says so.
    #[must_use]
    pub fn registration(&self) -> RegistrationPolicy {
        self.registration.clone().unwrap_or_else(|| RegistrationPolicy::of_sign_up(self.sign_up))
    }

    /// Checks the bounds of every member.
    ///
    /// # Errors
    /// The first member that is out of bounds.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        check_access_token_lifetime(self.access_token_lifetime_seconds)?;
        within("id_token_lifetime_seconds", self.id_token_lifetime_seconds, 10, DAY)?;
        within("refresh_token_lifetime_seconds", self.refresh_token_lifetime_seconds, MINUTE, 10 * REFRESH_LIFETIME)?;
        within(
            "refresh_token_idle_seconds",
            self.refresh_token_idle_seconds,
            MINUTE,
            self.refresh_token_lifetime_seconds,
        )?;
        within("refresh_token_grace_seconds", self.refresh_token_grace_seconds, 0, 5 * MINUTE)?;
        within("session_lifetime_seconds", self.session_lifetime_seconds, MINUTE, REFRESH_LIFETIME)?;
        within("session_idle_seconds", self.session_idle_seconds, MINUTE, self.session_lifetime_seconds)?;
        within("sign_in_attempts_per_account", self.sign_in_attempts_per_account, 1, 1_000)?;
        within("sign_in_attempts_per_address", self.sign_in_attempts_per_address, 1, 1_000_000)?;
        within("sign_in_failures_per_tenant", self.sign_in_failures_per_tenant, 0, 10_000_000)?;
        within("sign_in_window_seconds", self.sign_in_window_seconds, 10, DAY)?;
        self.authentication.validate()?;
        self.authentication.validate_beside(self.passkeys.purpose)?;
        self.passwords.validate()?;
        self.registration.as_ref().map_or(Ok(()), RegistrationPolicy::validate)?;
        self.terms.as_ref().map_or(Ok(()), Terms::validate)?;
        self.passkeys.validate()?;
        self.account.validate()?;
        self.risk.validate()?;
        within("anonymous_requests_per_address", self.anonymous_requests_per_address, 1, 1_000_000)?;
        self.outgoing.validate().map_err(|error| InvalidMember::new("outgoing", error.to_string()))?;
        self.mail.validate()?;
        self.messages.validate(&self.outgoing)?;
        check_trust_anchors(&self.mtls_trust_anchors)?;
        self.trusted_issuers.validate()?;
        self.client_registration.validate()?;
        check_statement_issuers(&self.software_statement_issuers)?;
        self.client_id_metadata_documents.validate()?;
        let subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        if !self.locale.split('-').all(subtag) || self.locale.len() > 35 {
            return Err(InvalidMember::new("locale", "must be a language tag such as en or de-CH"));
        }
        claim_mapping::validate(&self.claim_mappings)?;
        access_policy::validate(&self.access_policies)?;
        self.userinfo_requires.as_ref().map_or(Ok(()), |step_up| step_up.validate("userinfo_requires"))
    }
}

fn check_trust_anchors(anchors: &[String]) -> Result<(), InvalidMember> {
    let is_certificates =
        |pem: &String| X509::stack_from_pem(pem.as_bytes()).is_ok_and(|certificates| !certificates.is_empty());
    if anchors.len() <= MAX_ANCHORS && anchors.iter().all(|pem| pem.len() <= MAX_ANCHOR_BYTES && is_certificates(pem)) {
        return Ok(());
    }
    let reason =
        format!("must be at most {MAX_ANCHORS} texts of certificates in PEM, of {MAX_ANCHOR_BYTES} bytes each");
    Err(InvalidMember::new("mtls_trust_anchors", reason))
}

/// The bounds of an access token's life, of a tenant and of a resource server.
pub(crate) fn check_access_token_lifetime(seconds: u64) -> Result<(), InvalidMember> {
    within("access_token_lifetime_seconds", seconds, 10, DAY)
}

fn within(member: &'static str, value: u64, least: u64, most: u64) -> Result<(), InvalidMember> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(InvalidMember::new(member, format!("must be between {least} and {most}")))
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_english(locale: &String) -> bool {
    locale == LOCALE
}
