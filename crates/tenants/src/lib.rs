//! Tenants and what they own: domains, clients, resource servers and scopes, settings and branding.
//!
//! `thing.rs` holds the rules of a thing, `thing_store.rs` the SQL of the same thing; [`Directory`] is the
//! cached look-up that every request makes. Store functions are pure SQL: whoever commits a change publishes
//! the matching [`latchkey_cache::Invalidation`].

mod access_policy;
mod account_policy;
mod authentication_policy;
mod authorization_details_type;
mod branding;
mod claim_mapping;
mod client;
mod client_metadata;
mod client_registration;
mod client_translation;
mod defaults;
mod directory;
mod domain;
mod error;
mod first_factor;
mod language_tag;
mod mail_settings;
mod message_settings;
mod offered_metadata;
mod passkey_policy;
mod password_policy;
mod public_url;
mod registration_policy;
mod registrations;
mod resource_server;
mod risk_policy;
mod secret_sealer;
mod security_profile;
mod settings;
mod slug;
mod standing;
mod tenant;
mod tenant_secret;
mod terms;
mod token_exchange;
mod trusted_issuer;
mod written;

pub mod client_store;
pub mod domain_store;
pub mod registration_store;
pub mod resource_server_store;
pub mod tenant_secret_store;
pub mod tenant_store;

pub use access_policy::{AccessPolicy, Consequence, StepUp};
pub use account_policy::{AccountPolicy, ProfileClaim};
pub use authentication_policy::{
    AuthenticationPolicy, AuthenticationRule, SecondFactorKind, SecondFactorPolicy, SecondFactorRule, TotpAlgorithm,
};
pub use authorization_details_type::AuthorizationDetailsType;
pub use branding::{Branding, CssError, CustomCss, Font, HexColor, InvalidColor, PageTexts};
pub use claim_mapping::{ClaimMapping, ClaimPlace, is_protocol_claim};
pub use client::{Client, ClientOrigin, ClientSecret};
pub use client_metadata::{ClientMetadata, ConsentPolicy, RefreshTokenRotation};
pub use client_registration::{
    ClientDocumentPolicy, ClientRegistrationPolicy, DocumentMode, RegistrationMode, SoftwareStatementIssuer,
};
pub use client_translation::{ClientTranslation, name_for};
pub use directory::Directory;
pub use domain::{Domain, DomainName, InvalidDomainName};
pub use domain_store::Verification;
pub use error::{InvalidClient, InvalidMember, TenantsError};
pub use first_factor::FirstFactorKind;
pub use mail_settings::{MailSettings, SmtpSettings, SmtpTls};
pub use message_settings::{MessageSettings, MessageWebhook};
pub use passkey_policy::{PasskeyAttestation, PasskeyPolicy, PasskeyUse, UserVerification};
pub use password_policy::{MAX_PASSWORD_CHARS, PasswordPolicy};
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use registration_policy::{RegistrationBy, RegistrationPolicy};
pub use registration_store::{InitialAccessToken, Registration};
pub use registrations::{NewRegistration, Registrations};
pub use resource_server::{
    OIDC_SCOPES, ResourceServer, ResourceServerSettings, ResourceServers, ScopeDefinition, ScopeDescription,
};
pub use risk_policy::RiskPolicy;
pub use secret_sealer::SecretSealer;
pub use security_profile::{
    AssertionAudience, BesideRequestObject, PkceRule, RequestObjectRule, Rules, SenderConstraint,
};
pub use settings::{PasswordResetEnds, SignUpPolicy, TenantSettings};
pub use slug::{InvalidSlug, Slug};
pub use standing::{RequiredAction, Standing, Withheld};
pub use tenant::{Tenant, TenantProfile, TenantStatus};
pub use tenant_secret::{InvalidTenantSecret, TenantSecret, webhook_key};
pub use terms::Terms;
pub use token_exchange::TokenExchangePolicy;
pub use trusted_issuer::{AssertionUse, SubjectMapping, SubjectMatch, TrustedIssuer, TrustedIssuers};
pub use written::{Inserted, Written};
