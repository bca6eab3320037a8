//! What may be registered, in tables: the change, and the member that the refusal names.

#![expect(clippy::expect_used, reason = "a test stops where its setting cannot be made")]

use latchkey_protocol::{
    ApplicationType, DeliveryMode, GrantType, RedirectUri, Scope, SecurityProfile, SigningAlgorithm,
    TokenEndpointAuthMethod,
};
use latchkey_tenants::{
    Branding, Client, ClientMetadata, ClientOrigin, ConsentPolicy, HexColor, OIDC_SCOPES, RefreshTokenRotation,
    ResourceServer, ResourceServerSettings, ResourceServers, ScopeDefinition, TenantSettings,
};

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).expect("may be registered")
}

fn web() -> ClientMetadata {
    ClientMetadata { redirect_uris: vec![uri("https://app.example/cb")], ..ClientMetadata::default() }
}

fn public() -> ClientMetadata {
    ClientMetadata { token_endpoint_auth_method: TokenEndpointAuthMethod::None, ..web() }
}

#[test]
fn client_metadata_that_contradicts_itself_is_refused_by_the_members_name() {
    use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    let native = || ClientMetadata { application_type: ApplicationType::Native, ..public() };
    let custom_scheme = vec![uri("com.example.app:/cb")];
    let cases = [
        (Some("redirect_uris"), ClientMetadata::default()),
        (Some("redirect_uris"), ClientMetadata { redirect_uris: vec![uri("https://a.example/"); 2], ..web() }),
        (Some("redirect_uris"), ClientMetadata { redirect_uris: custom_scheme.clone(), ..web() }),
        (
            Some("post_logout_redirect_uris"),
            ClientMetadata { post_logout_redirect_uris: custom_scheme.clone(), ..web() },
        ),
        (Some("grant_types"), ClientMetadata { grant_types: vec![], ..web() }),
        (Some("grant_types"), ClientMetadata { grant_types: vec![AuthorizationCode; 2], ..web() }),
        (Some("grant_types"), ClientMetadata { grant_types: vec![RefreshToken], ..web() }),
        (Some("grant_types"), ClientMetadata { grant_types: vec![AuthorizationCode, ClientCredentials], ..public() }),
        (Some("grant_types"), ClientMetadata { application_type: ApplicationType::Service, ..web() }),
        (Some("token_endpoint_auth_method"), ClientMetadata { application_type: ApplicationType::Browser, ..web() }),
        (Some("require_pkce"), ClientMetadata { require_pkce: false, ..public() }),
        (
            Some("refresh_token_rotation"),
            ClientMetadata { refresh_token_rotation: RefreshTokenRotation::Static, ..public() },
        ),
        (Some("audiences"), ClientMetadata { audiences: vec!["a".to_owned(), "a".to_owned()], ..web() }),
        (Some("audiences"), ClientMetadata { audiences: vec!["a b".to_owned()], ..web() }),
        (Some("logo_uri"), ClientMetadata { logo_uri: Some("javascript:alert(1)".to_owned()), ..web() }),
        (Some("client_uri"), ClientMetadata { client_uri: Some("http://app.example/".to_owned()), ..web() }),
        (Some("tos_uri"), ClientMetadata { tos_uri: Some(String::new()), ..web() }),
        (None, web()),
        (None, public()),
        (None, ClientMetadata { application_type: ApplicationType::Browser, ..public() }),
        (None, ClientMetadata { redirect_uris: custom_scheme, ..native() }),
        (None, ClientMetadata { require_pkce: false, refresh_token_rotation: RefreshTokenRotation::Static, ..web() }),
        (
            None,
            ClientMetadata {
                application_type: ApplicationType::Service,
                grant_types: vec![ClientCredentials],
                ..ClientMetadata::default()
            },
        ),
    ];
    for (member, metadata) in cases {
        let outcome = metadata.validate();
        assert_eq!(outcome.as_ref().err().map(|error| error.member), member, "{metadata:?}");
        if let Err(error) = outcome {
            assert!(error.to_string().starts_with(error.member), "{error}");
        }
    }
}

#[test]
fn a_client_needs_a_name() {
    for name in ["", "  ", "a\u{7}b", "a".repeat(201).as_str()] {
        let client = Client {
            client_id: "web".parse().expect("is a client id"),
            name: name.to_owned(),
            metadata: web(),
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        };
        assert_eq!(client.validate().expect_err("is refused").member, "name");
    }
}

#[test]
fn what_has_its_default_is_not_written_and_comes_back_the_same() {
    assert_eq!(serde_json::to_string(&TenantSettings::default()).expect("serializes"), "{}");
    assert_eq!(serde_json::to_string(&ClientMetadata::default()).expect("serializes"), "{}");
    assert_eq!(serde_json::to_string(&Branding::default()).expect("serializes"), "{}");

    let metadata = ClientMetadata {
        application_type: ApplicationType::Native,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scope: Scope::parse("openid read").expect("parses"),
        require_pkce: false,
        consent: ConsentPolicy::Implied,
        refresh_token_rotation: RefreshTokenRotation::Static,
        audiences: vec!["https://api.example".to_owned()],
        ..web()
    };
    let json = serde_json::to_string(&metadata).expect("serializes");
    assert_eq!(serde_json::from_str::<ClientMetadata>(&json).expect("parses"), metadata);
    let settings =
        TenantSettings { refresh_token_grace_seconds: 0, locale: "de-CH".to_owned(), ..TenantSettings::default() };
    let json = serde_json::to_string(&settings).expect("serializes");
    assert_eq!(json, r#"{"refresh_token_grace_seconds":0,"locale":"de-CH"}"#);
    assert_eq!(serde_json::from_str::<TenantSettings>(&json).expect("parses"), settings);
}

#[test]
fn an_unknown_member_is_refused() {
    assert!(serde_json::from_str::<TenantSettings>(r#"{"acess_token_lifetime_seconds":1}"#).is_err());
    assert!(serde_json::from_str::<ClientMetadata>(r#"{"redirect_uri":[]}"#).is_err());
    assert!(serde_json::from_str::<ClientMetadata>(r#"{"redirect_uris":["javascript:alert(1)"]}"#).is_err());
    assert!(serde_json::from_str::<Branding>(r#"{"colour":"red"}"#).is_err());
    assert!(serde_json::from_str::<ResourceServer>(r#"{"audience":"a","name":"A","scope":[]}"#).is_err());
}

#[test]
fn settings_out_of_bounds_are_refused_by_the_members_name() {
    let default = TenantSettings::default;
    let cases = [
        ("access_token_lifetime_seconds", TenantSettings { access_token_lifetime_seconds: 0, ..default() }),
        ("access_token_lifetime_seconds", TenantSettings { access_token_lifetime_seconds: u64::MAX, ..default() }),
        ("id_token_lifetime_seconds", TenantSettings { id_token_lifetime_seconds: 9, ..default() }),
        ("refresh_token_idle_seconds", TenantSettings { refresh_token_lifetime_seconds: 3_600, ..default() }),
        ("refresh_token_grace_seconds", TenantSettings { refresh_token_grace_seconds: 301, ..default() }),
        ("session_idle_seconds", TenantSettings { session_lifetime_seconds: 3_600, ..default() }),
        ("sign_in_attempts_per_account", TenantSettings { sign_in_attempts_per_account: 0, ..default() }),
        ("sign_in_attempts_per_address", TenantSettings { sign_in_attempts_per_address: 0, ..default() }),
        ("sign_in_window_seconds", TenantSettings { sign_in_window_seconds: 0, ..default() }),
        ("locale", TenantSettings { locale: String::new(), ..default() }),
        ("locale", TenantSettings { locale: "en\"><script>".to_owned(), ..default() }),
    ];
    for (member, settings) in cases {
        assert_eq!(settings.validate().expect_err("is refused").member, member);
    }
    assert_eq!(default().validate(), Ok(()));
}

#[test]
fn branding_lets_nothing_into_a_page_but_pages_images_and_colours() {
    let logo = |uri: &str| Branding { logo_uri: Some(uri.to_owned()), ..Branding::default() }.validate().is_ok();
    for uri in [
        "https://cdn.example/logo.png",
        "/static/logo.svg",
        "data:image/png;base64,iVBORw0K",
        "http://localhost:1/l.png",
    ] {
        assert!(logo(uri), "{uri}");
    }
    for uri in [
        "javascript:alert(1)",
        "//evil.example/x.png",
        "/\\evil.example",
        "http://cdn.example/l.png",
        "data:text/html;base64,AAAA",
        "data:image/png,raw",
        "data:image/png;base64,***",
        "data:image/gif;base64,AAAA",
        "",
        "/a\"b",
    ] {
        assert!(!logo(uri), "{uri}");
    }
    let support = |uri: &str| Branding { support_uri: Some(uri.to_owned()), ..Branding::default() }.validate().is_ok();
    assert!(support("mailto:help@acme.example") && support("https://acme.example/help"));
    assert!(!support("tel:112") && !support("mailto:x") && !support("javascript:alert(1)"));

    for (text, color) in [("#0A7", "#00aa77"), ("#12ABef", "#12abef")] {
        assert_eq!(text.parse::<HexColor>().expect("a colour").as_str(), color);
    }
    for text in ["red", "#12", "#12345", "#1234567", "#ggg", "#fff;}", "123456", "#é1"] {
        assert!(text.parse::<HexColor>().is_err(), "{text}");
    }
    for (color, text) in [("#ffffff", "#000000"), ("#000", "#ffffff"), ("#1d4ed8", "#ffffff"), ("#fde047", "#000000")] {
        assert_eq!(color.parse::<HexColor>().expect("a colour").readable_text(), text, "{color}");
    }
}

#[test]
fn branding_says_which_member_breaks_which_rule() {
    let refusal = |yaml: serde_json::Value| {
        let branding: Branding = serde_json::from_value(yaml).expect("parses");
        branding.validate().expect_err("is refused").to_string()
    };
    let texts = |text: &str| serde_json::json!({"texts": {"de": {"sign_in_headline": text}}});
    for (branding, reason) in [
        (serde_json::json!({"logo_dark_uri": "/dark.png"}), "logo_dark_uri: needs logo_uri"),
        (serde_json::json!({"logo_uri": "/l.png", "logo_dark_uri": "ftp://x"}), "logo_dark_uri: must be an https URI"),
        (serde_json::json!({"background_image_uri": "http://acme.example/a.png"}), "background_image_uri: must be"),
        (serde_json::json!({"background_image_uri": "https://acme.example/a'b.png"}), "percent-encoded"),
        (serde_json::json!({"background_image_uri": "https://acme.example/a(b).png"}), "percent-encoded"),
        (serde_json::json!({"corner_radius": 25}), "corner_radius: must be between 0 and 24"),
        (serde_json::json!({"texts": {"xx": {}}}), "texts: `xx` is not a language of the pages"),
        (texts(""), "texts: de.sign_in_headline must have 1 to 80"),
        (texts(&"a".repeat(81)), "de.sign_in_headline"),
        (texts("two\nlines"), "de.sign_in_headline"),
        (texts("turned \u{202e} round"), "de.sign_in_headline"),
        (
            serde_json::json!({"custom_css": ".card{\nposition:fixed}"}),
            "custom_css: line 2, column 9: `position` is not",
        ),
    ] {
        let error = refusal(branding);
        assert!(error.contains(reason), "{error}");
    }
    let whole = serde_json::json!({
        "logo_uri": "/logo.svg", "logo_dark_uri": "https://acme.example/dark.svg",
        "background_image_uri": "https://acme.example/background.webp?v=1", "corner_radius": 4, "font": "serif",
        "texts": {"de": {"sign_in_headline": "Willkommen", "sign_in_lead": "Weiter zu {client}", "footer": "Acme GmbH"}},
        "custom_css": ".card{border-radius:0}",
    });
    let branding: Branding = serde_json::from_value(whole.clone()).expect("parses");
    assert_eq!(branding.validate(), Ok(()));
    assert_eq!(serde_json::to_value(&branding).expect("serializes"), whole);
}

fn scope(name: &str) -> ScopeDefinition {
    ScopeDefinition { name: name.to_owned(), description: format!("May {name}"), ..ScopeDefinition::default() }
}

fn server(audience: &str, scopes: Vec<ScopeDefinition>) -> ResourceServer {
    ResourceServer {
        audience: audience.to_owned(),
        name: format!("API {audience}"),
        settings: ResourceServerSettings::default(),
        scopes,
    }
}

#[test]
fn a_resource_server_is_refused_by_the_members_name() {
    let short_lived =
        ResourceServerSettings { access_token_lifetime_seconds: Some(1), ..ResourceServerSettings::default() };
    let cases = [
        ("audience", server("", vec![])),
        ("audience", server("a b", vec![])),
        ("name", ResourceServer { name: String::new(), ..server("a", vec![]) }),
        ("access_token_lifetime_seconds", ResourceServer { settings: short_lived, ..server("a", vec![]) }),
        ("scopes", server("a", vec![scope("")])),
        ("scopes", server("a", vec![scope("a b")])),
        ("scopes", server("a", vec![scope("a\"")])),
        ("scopes", server("a", vec![scope("openid")])),
        ("scopes", server("a", vec![scope("x"), scope("x")])),
    ];
    for (member, server) in cases {
        assert_eq!(server.validate().expect_err("is refused").member, member, "{server:?}");
    }
    assert_eq!(server("https://api.example", vec![scope("read"), scope("write:all")]).validate(), Ok(()));
}

#[test]
fn scopes_lead_to_their_audiences_and_descriptions() {
    let silent = ScopeDefinition { name: "silent".to_owned(), sensitive: true, ..ScopeDefinition::default() };
    let servers = ResourceServers::new(vec![
        server("z", vec![scope("read"), silent]),
        server("a", vec![scope("read"), scope("write")]),
    ]);
    let audiences = |scope: &str| servers.audiences_for(&Scope::parse(scope).expect("parses"));
    assert_eq!(audiences("openid read"), ["a", "z"]);
    assert_eq!(audiences("write"), ["a"]);
    assert!(audiences("openid unknown").is_empty());
    assert!(servers.find("a").is_some() && servers.find("b").is_none());

    let supported = servers.scope_supported();
    assert!(OIDC_SCOPES.iter().chain(&["read", "write", "silent"]).all(|token| supported.contains(token)));
    for token in OIDC_SCOPES {
        assert!(!servers.describe(token, "en").expect("is built in").description.is_empty());
    }
    assert_eq!(servers.describe("openid", "en").expect("is built in").description, "Know who you are");
    assert_eq!(
        servers.describe("offline_access", "en").expect("is built in").description,
        "Keep access while you are away"
    );
    let silent = servers.describe("silent", "en").expect("is defined");
    assert_eq!((silent.description, silent.sensitive, silent.resource_server), ("silent", true, Some("API z")));
    assert_eq!(servers.describe("unknown", "en"), None);
}

#[test]
fn a_client_of_ciba_has_a_mode_a_secret_and_where_it_is_told() {
    let ciba = |mode| ClientMetadata {
        grant_types: vec![GrantType::Ciba],
        backchannel_token_delivery_mode: mode,
        ..ClientMetadata::default()
    };
    let endpoint = |mode, uri: &str| ClientMetadata {
        backchannel_client_notification_endpoint: Some(uri.to_owned()),
        ..ciba(Some(mode))
    };
    let told = "https://app.example/ciba";
    let bound = ClientMetadata { dpop_bound_access_tokens: true, ..endpoint(DeliveryMode::Push, told) };
    let signed = ClientMetadata {
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Ps256),
        ..ciba(Some(DeliveryMode::Poll))
    };
    let weak = ClientMetadata {
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Rs256),
        security_profile: SecurityProfile::Fapi2Security,
        token_endpoint_auth_method: TokenEndpointAuthMethod::PrivateKeyJwt,
        id_token_signed_response_alg: SigningAlgorithm::Ps256,
        jwks: Some(serde_json::json!({ "keys": [] })),
        ..ciba(Some(DeliveryMode::Poll))
    };
    let public =
        ClientMetadata { token_endpoint_auth_method: TokenEndpointAuthMethod::None, ..ciba(Some(DeliveryMode::Poll)) };
    let cases = [
        (Some("backchannel_token_delivery_mode"), ciba(None)),
        (Some("backchannel_client_notification_endpoint"), ciba(Some(DeliveryMode::Ping))),
        (Some("backchannel_client_notification_endpoint"), ciba(Some(DeliveryMode::Push))),
        (Some("backchannel_client_notification_endpoint"), endpoint(DeliveryMode::Ping, "http://app.example/ciba")),
        (Some("backchannel_token_delivery_mode"), bound),
        (Some("backchannel_authentication_request_signing_alg"), signed),
        (Some("backchannel_authentication_request_signing_alg"), weak),
        (Some("grant_types"), public),
        (None, ciba(Some(DeliveryMode::Poll))),
        (None, endpoint(DeliveryMode::Ping, told)),
        (None, endpoint(DeliveryMode::Push, told)),
    ];
    for (member, metadata) in cases {
        assert_eq!(metadata.validate().err().map(|error| error.member), member, "{metadata:?}");
    }
}
