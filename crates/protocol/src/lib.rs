//! Pure OAuth 2, OpenID Connect and JOSE types: they parse, compare and print, and do no I/O.

pub mod authorization_details;
pub mod authorization_header;
pub mod claims_request;
pub mod confirmation;
pub mod error;
pub mod introspection;
pub mod jose_values;
pub mod metadata;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod response_type;
pub mod scope;
pub mod subject_identifier;
pub mod token_response;
pub mod values;

pub use authorization_details::{AuthorizationDetails, details_type};
pub use authorization_header::{BasicCredentials, TokenScheme, parse_access_token};
pub use claims_request::{ClaimsRequest, InvalidClaimsRequest, RequestedClaim, RequestedClaims};
pub use confirmation::Confirmation;
pub use error::{ErrorCode, OAuthError};
pub use introspection::{ActiveToken, IntrospectionResponse};
pub use jose_values::{ContentEncryption, HmacAlgorithm, KeyManagementAlgorithm};
pub use metadata::ProviderMetadata;
pub use params::{Params, ParamsError};
pub use pkce::CodeChallenge;
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use response_type::{ResponseType, UnknownResponseType};
pub use scope::Scope;
pub use subject_identifier::{InvalidSubjectIdentifier, SubjectIdentifier};
pub use token_response::{TokenResponse, TokenType};
pub use values::{
    AccessTokenFormat, ApplicationType, CodeChallengeMethod, DeliveryMode, Display, GrantType, Prompt, ResponseMode,
    SecurityProfile, SigningAlgorithm, SubjectType, TokenEndpointAuthMethod, TokenTypeIdentifier, UnknownValue,
};
