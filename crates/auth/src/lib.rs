//! Who signs in: users, passwords, sessions, consents, invitations and the sign-in state machine.
//!
//! Nothing here knows HTTP. `account` renders the steps, `oidc` starts an [`Interaction`] and reads the
//! [`Session`] that it leads to. Tables owned by this crate: `users`, `sessions`, `consents`, `invitations`,
//! `pairwise_subjects`, `one_time_links`, `terms_acceptances`, `account_deletions`, `passkeys`, `totp_factors`,
//! `phone_factors`, `push_devices`, `recovery_codes`, `remembered_devices`, `former_passwords`, `known_origins`,
//! `linked_identities`.

mod accounts;
mod acr;
mod approval;
mod authentication;
mod backchannel;
mod breached_passwords;
mod claims;
mod device;
mod error;
mod held_sessions;
mod identifier;
mod interaction;
mod invitation;
mod new_password;
mod one_time_link;
mod pairwise;
mod passkey;
mod passwords;
mod places;
mod polling;
mod profile;
mod recovery;
mod remembered_accounts;
mod risk;
mod security_log;
mod sent_code;
mod session;
mod sign_in;
mod text_list;
mod throttle;
mod touches;
mod transports;
mod user;
mod user_agent;
mod user_code;

pub mod consent_store;
pub mod deletion_store;
pub mod invitation_store;
pub mod known_origin_store;
pub mod linked_identity_store;
pub mod one_time_link_store;
pub mod password_store;
pub mod second_factor;
pub mod session_store;
pub mod user_store;

#[cfg(test)]
#[path = "../../testkit/src/passkey_device.rs"]
mod passkey_device;
#[cfg(test)]
#[path = "../../testkit/src/place_database.rs"]
mod place_database;
#[cfg(test)]
mod testing;

pub use accounts::{AccountWish, Accounts};
pub use acr::{AMR_MULTIPLE_CHANNELS, AMR_MULTIPLE_FACTORS, AMR_ONE_TIME_CODE, AMR_PASSWORD, AMR_SMS, Acr};
pub use approval::{Answer, Answered, Approval, Polled};
pub use backchannel::{
    Backchannel, BackchannelNotices, BackchannelRequest, DecisionNotice, Delivery, Hint, MAX_EXPIRY_SECONDS,
    PendingRequest, PushNotice,
};
pub use breached_passwords::{
    BreachFilter, BreachListForm, BreachService, BreachedPasswords, InvalidBreachFilter, build_breach_filter,
};
pub use claims::{Address, Birthdate, ClaimText, InvalidClaim, PROFILE_CLAIMS, StandardClaims, scope_of_claim};
pub use device::{DEVICE_CODE_LIFETIME, DeviceCodes, DeviceRequest, Devices, LookUp, Typist};
pub use error::AuthError;
pub use identifier::{Email, IdentifierKey, Username};
pub use interaction::{
    AccountPrompt, BrowserBinding, ConsentDecision, ConsentPrompt, ConsentState, Interaction, Kept, NewInteraction,
    Requirement, SignedIn,
};
pub use invitation::{AcceptOutcome, InvitationToken};
pub use invitation_store::OpenInvitation;
pub use linked_identity_store::LinkedIdentity;
pub use new_password::{ChosenPassword, PasswordOwner, PasswordRule, Strength, Suggestion, Weakness};
pub use one_time_link::{LinkPurpose, LinkToken};
pub use passkey::{Passkey, PasskeyOptions, PasskeyRefusal, RelyingParty};
pub use passwords::{PasswordHashing, Passwords, parse_password_hash};
pub use places::{InvalidPlaces, Places};
pub use polling::POLLING_INTERVAL;
pub use profile::InvalidProfile;
pub use recovery::RecoveryDelivery;
pub use remembered_accounts::{RememberedAccount, RememberedAccounts};
pub use risk::{Risk, RiskReason};
pub use second_factor::{PhoneFactor, PushDevice, RecoveryCode, TotpFactor};
pub use security_log::{Author, SecurityLog};
pub use sent_code::{SENT_CODE_LIFETIME, Shown};
pub use session::{ActiveSession, NewSession, Origin, Session};
pub use sign_in::WorkTask;
pub use sign_in::{
    ActionOutcome, ActionStage, ActionStep, AddedPasskey, AddedSince, AskedAcr, CodeMail, DisownOutcome, Disowned,
    EMAIL_CODE_DIGITS, EnrolmentAttempt, EnrolmentOutcome, Entry, InvitationByMail, LINK_PAGE, MailAttempt,
    MailOutcome, MailRequest, MailRequested, MessageChannel, NewDevice, NewPasskeyAttempt, OwnAccount, OwnFactors,
    PasskeyAttempt, PasskeyFactorAttempt, PasskeyFactorOutcome, PasskeyOutcome, PasskeyOwner, PasswordAttempt,
    PasswordOutcome, PendingRegistration, PhoneBegun, RegistrationOutcome, ResetOutcome, ResetRequest, ResetRequested,
    RevokeGrants, SecondCodeSent, SecondFactorAttempt, SecondFactorOutcome, SecondFactorStage, SecondFactorStep,
    SentMail, SignIn, SignInMeans, SignUpAttempt, SignUpOutcome, SignedInWith, SinceThen, Sufficiency, TotpEnrolment,
    Visitor,
};
pub use sign_in::{EmailAsked, EmailConfirmed, EmailToUndo, EmailUndone, PendingEmail};
pub use sign_in::{IdentityUnlinked, LinkedUser};
pub use sign_in::{OwnProof, OwnSession, OwnSummary, PasswordChange, PasswordChangeOutcome, ProfileOutcome};
pub use sign_in::{
    PUSH_APPROVALS_PATH, PUSH_DEVICES_PATH, PushAnswered, PushAsked, PushEnrolment, PushOutcome, PushRedeemed,
    PushState,
};
pub use throttle::KNOWN_BROWSER_LIFETIME;
pub use transports::Transports;
pub use user::{CheckedUser, InvalidUser, User, UserDraft, UserStatus};
pub use user_agent::UserAgentSummary;
pub use user_code::UserCode;
