//! Who signs in: users, passwords, sessions, consents, invitations and the sign-in state machine.
//!
//! Nothing here knows HTTP. `account` renders the steps, `oidc` starts an [`Interaction`] and reads the
//! [`Session`] that it leads to. Tables owned by this crate: `users`, `sessions`, `consents`, `invitations`.

mod accounts;
mod authentication;
mod claims;
mod error;
mod held_sessions;
mod identifier;
mod interaction;
mod invitation;
mod pairwise;
mod passwords;
mod session;
mod sign_in;
mod text_list;
mod throttle;
mod touches;
mod user;

pub mod consent_store;
pub mod invitation_store;
pub mod session_store;
pub mod user_store;

#[cfg(test)]
mod testing;

pub use accounts::{AccountWish, Accounts};
pub use authentication::{ACR_PASSWORD, AMR_PASSWORD};
pub use claims::{Address, Birthdate, ClaimText, InvalidClaim, PROFILE_CLAIMS, StandardClaims, scope_of_claim};
pub use error::AuthError;
pub use identifier::{Email, IdentifierKey, Username};
pub use interaction::{
    AccountPrompt, BrowserBinding, ConsentDecision, ConsentPrompt, ConsentState, Interaction, NewInteraction,
    Requirement, SignedIn,
};
pub use invitation::{AcceptOutcome, InvitationToken, PasswordRule};
pub use passwords::{PasswordHashing, Passwords, parse_password_hash};
pub use session::{ActiveSession, NewSession, Origin, Session};
pub use sign_in::{InvitationByMail, PasswordAttempt, PasswordOutcome, SignIn, SignUpAttempt, SignUpOutcome};
pub use user::{CheckedUser, InvalidUser, User, UserDraft, UserStatus};
