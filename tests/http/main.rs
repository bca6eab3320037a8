//! A whole Latchkey, spoken to over HTTP. Each test runs on both pairs of backends from one body.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what is wrong by stopping"
)]

mod account_switch;
mod accounts;
mod answers;
mod api_keys;
mod asked;
mod authorization_details;
mod authorize;
mod bad_input;
mod bound_tokens;
mod bounds;
mod branding;
mod ciba;
mod claims;
mod client_assertions;
mod client_authentication;
mod client_certificates;
mod client_credentials;
mod client_documents;
mod client_logos;
mod client_names;
mod code;
mod console;
mod crash;
mod device;
mod discovery;
mod dpop;
mod fapi1;
mod fapi2;
mod fapi_ciba;
mod first_party;
mod form_post;
mod gate;
mod global_token_revocation;
mod hybrid;
mod id_tokens;
mod identity_assertion;
mod introspection;
mod invitation;
mod isolation;
mod jar;
mod jarm;
mod jose;
mod jwt_bearer;
mod languages;
mod logout;
mod logout_channels;
mod mail;
mod mail_sign_in;
mod metrics;
mod native_sso;
mod not_me;
mod openidconnect_crate;
mod outage;
mod own_applications;
mod own_deletion;
mod own_email;
mod own_factors;
mod own_password;
mod own_profile;
mod pages;
mod pairwise;
mod par;
mod passkeys;
mod password_grant;
mod passwords;
mod phone_factor;
mod places;
mod policies;
mod profiles;
mod promises;
mod protected_resources;
mod refresh;
mod registration;
mod registration_of_users;
mod relying_party;
mod remembered_accounts;
mod required_actions;
mod reset_password;
mod resource_indicators;
mod second_factor;
mod secrets;
mod security_events;
mod sent_second_factor;
mod sessions;
mod shutdown;
mod strangers;
mod token_exchange;
mod unused_clients;
mod userinfo;
