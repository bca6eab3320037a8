//! Names, logos and pages of clients, and what scopes mean, in the language of who reads: OpenID Connect Dynamic Client
//! Registration §2.1, RFC 7591 §2.2.

use latchkey_testkit::{Browser, HttpsStub, Page, StubAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::client_logos;
use crate::console::{BOB, open, proved};

const REDIRECT_URI: &str = "http://127.0.0.1:7000/callback";

/// A client, an API and a type of details that have names in some languages.
const NAMED: &str = "
version: 1
tenants:
  - slug: acme
    name: Acme Corporation
    resource_servers:
      - audience: https://tools.named.test
        name: Tool Shed
        settings:
          names: {de: Werkzeugschuppen}
          authorization_details_types:
            - {type: loan, description: Borrow a tool, descriptions: {de: Ein Werkzeug leihen}}
        scopes:
          - {name: 'tools:use', description: Use the tools, descriptions: {de: Die Werkzeuge benutzen, ja-JP: 道具を使う}}
    clients:
      - client_id: named
        name: Workshop
        token_endpoint_auth_method: none
        redirect_uris: ['http://127.0.0.1/callback']
        grant_types: [authorization_code, refresh_token, 'urn:ietf:params:oauth:grant-type:device_code']
        scope: openid tools:use offline_access
        audiences: ['https://tools.named.test']
        authorization_details_types: [loan]
        policy_uri: https://named.test/privacy
        tos_uri: https://named.test/terms
        translations:
          de: {name: Werkstatt, policy_uri: 'https://named.test/datenschutz'}
          fr-CA: {name: Atelier}
          ar: {name: الورشة}
      - client_id: ciba-named
        name: Bank
        secret: ciba-secret-0123456789-0123456789-0123456789
        grant_types: ['urn:openid:params:grant-type:ciba']
        backchannel_token_delivery_mode: poll
        scope: openid
        translations: {de: {name: Sparkasse}}
";

/// What the client is called; who speaks Spanish hears the name for all.
const NAMES: [(&str, &str); 5] =
    [("en", "Workshop"), ("de", "Werkstatt"), ("fr", "Atelier"), ("ar", "الورشة"), ("es", "Workshop")];

fn has_only(page: &Page, name: &str) -> bool {
    page.html.contains(name) && NAMES.iter().all(|(_, other)| *other == name || !page.html.contains(other))
}

async fn consent(app: &TestApp, browser: &Browser) -> Page {
    let request = app.authorization("named").with("scope", "openid tools:use").with("prompt", "consent");
    let details = r#"[{"type":"loan","days":2}]"#;
    let page = browser.visit(&request.with("authorization_details", details).url()).await.page();
    if page.is_sign_in() { browser.submit(&page, &BOB).await.page() } else { page }
}

both_backends! {
    async fn a_client_is_called_by_its_name_in_the_language_of_the_page(app: TestApp) {
        app.apply(NAMED);
        for (language, name) in NAMES {
            let browser = app.browser().speaking(language);
            let request = app.authorization("named").with("scope", "openid");
            let sign_in = browser.visit(&request.url()).await.page();
            assert!(sign_in.is_sign_in() && has_only(&sign_in, name), "{language}: {}", sign_in.html);
            let consent = consent(&app, &browser).await;
            assert!(consent.is_consent() && has_only(&consent, name), "{language}: {}", consent.html);
            let chooser = browser.visit(&request.with("prompt", "select_account").url()).await.page();
            assert!(chooser.url.contains("/choose-account") && has_only(&chooser, name), "{language}: {}", chooser.html);
        }
    }

    async fn consent_says_what_scopes_and_details_mean_and_links_the_pages_of_the_language(app: TestApp) {
        app.apply(NAMED);
        let german = consent(&app, &app.browser().speaking("de")).await;
        for text in ["Die Werkzeuge benutzen", "Werkzeugschuppen", "Ein Werkzeug leihen", "https://named.test/datenschutz", "https://named.test/terms"] {
            assert!(german.html.contains(text), "{text}: {}", german.html);
        }
        for text in ["Use the tools", "Tool Shed", "Borrow a tool", "https://named.test/privacy"] {
            assert!(!german.html.contains(text), "{text}: {}", german.html);
        }
        let japanese = consent(&app, &app.browser().speaking("ja")).await;
        for text in ["道具を使う", "Tool Shed", "Borrow a tool", "https://named.test/privacy"] {
            assert!(japanese.html.contains(text), "{text}: {}", japanese.html);
        }
    }

    async fn the_console_devices_and_questions_of_clients_name_it_so_too(app: TestApp) {
        app.apply(NAMED);
        let browser = app.browser().speaking("de");
        let page = consent(&app, &browser).await;
        let _ = browser.submit(&page, &[("decision", "allow")]).await.callback();
        // The other part of the console is read in English by the helper.
        let english = app.browser();
        let page = proved(&app, &english, &BOB, "/account/applications?lang=de").await;
        for text in ["Werkstatt", "Die Werkzeuge benutzen", "Werkzeugschuppen"] {
            assert!(page.html.contains(text), "{text}: {}", page.html);
        }
        let activity = open(&app, &english, "/account/activity").await;
        assert!(activity.html.contains("Werkstatt"), "{}", activity.html);

        let codes = app.post_as("named", "device_authorization", &[("scope", "openid tools:use")]).await.ok();
        let question = browser.visit(&codes.string("verification_uri_complete")).await.page();
        let question = browser.submit(&question, &[]).await.page();
        assert!(question.url.contains("/device/confirm"), "{}", question.url);
        assert!(has_only(&question, "Werkstatt") && question.html.contains("Die Werkzeuge benutzen"), "{}", question.html);

        let fields = [("scope", "openid"), ("login_hint", "bob")];
        let _ = app.post_as("ciba-named", "bc-authorize", &fields).await.ok();
        let list = browser.visit(&format!("{}/requests", app.issuer())).await.page();
        assert!(list.html.contains("Sparkasse") && !list.html.contains("Bank"), "{}", list.html);
    }

    async fn a_mail_about_a_client_names_it_in_the_language_of_the_account(app: TestApp) {
        app.apply(NAMED);
        app.apply(
            "version: 1\ntenants:\n  - slug: acme\n    users:\n      - username: greta\n        email: greta@acme.test\n        email_verified: true\n        claims: { locale: de-AT }\n",
        );
        for login_hint in ["greta", "bob"] {
            let _ = app.post_as("ciba-named", "bc-authorize", &[("scope", "openid"), ("login_hint", login_hint)]).await.ok();
        }
        app.empty_outbox().await;
        for (address, name, other) in [("greta@acme.test", "Sparkasse", "Bank"), ("bob@acme.test", "Bank", "Sparkasse")] {
            let mail = app.mailer().sent().into_iter().find(|mail| mail.to.iter().any(|to| to == address)).expect("a mail");
            assert!(mail.text.contains(name) && !mail.text.contains(other), "{}", mail.text);
            assert!(mail.subject.contains(name), "{}", mail.subject);
        }
    }

    async fn who_registers_names_in_other_languages_is_told_them_and_called_by_them(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open" } }));
        let asked = json!({
            "client_name": "Stranger", "client_name#de": "Fremder", "client_name#ja-Jpan-JP": "よそ者",
            "tos_uri#de": "https://stranger.example/agb", "tos_uri#fr": null, "no_such_member#de": 7,
            "redirect_uris": [REDIRECT_URI],
        });
        let answer = app.register("acme", None, &asked).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let told = |json: &Value| {
            for member in ["client_name", "client_name#de", "client_name#ja-Jpan-JP", "tos_uri#de"] {
                assert_eq!(json[member], asked[member], "{member}");
            }
            assert!(json.get("tos_uri#fr").is_none() && json.get("no_such_member#de").is_none(), "{json}");
        };
        told(&answer.json);
        let (uri, token) = (answer.string("registration_client_uri"), answer.string("registration_access_token"));
        told(&app.get_with_token(&uri, &token).await.ok().json);

        let client_id = answer.string("client_id");
        for (language, name) in [("de", "Fremder"), ("ja", "よそ者"), ("fr", "Stranger")] {
            let browser = app.browser().speaking(language);
            let page = browser.visit(&app.authorization(&client_id).with("scope", "openid").url()).await.page();
            let page = browser.submit(&page, &BOB).await.page();
            assert!(page.is_consent() && page.html.contains(name), "{language}: {}", page.html);
            assert_eq!(page.html.contains("https://stranger.example/agb"), language == "de", "{}", page.html);
        }
    }

    async fn what_is_wrong_in_any_language_is_refused(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open" } }));
        let many: Value = (0..51).map(|n| (format!("client_name#x{}{}", char::from(b'a' + n / 26), char::from(b'a' + n % 26)), json!("x"))).collect::<serde_json::Map<_, _>>().into();
        for (member, value) in [
            ("client_name#de", json!(["x"])),
            ("client_name#de", json!("")),
            ("client_name#de", json!("a\nb")),
            ("client_name#", json!("x")),
            ("client_name#not a tag", json!("x")),
            ("client_name#de_CH", json!("x")),
            ("logo_uri#de", json!("http://stranger.example/logo.png")),
            ("policy_uri#de", json!("javascript:alert(1)")),
            ("tos_uri#de", json!("https://user:secret@stranger.example/")),
        ] {
            let asked = json!({ "redirect_uris": [REDIRECT_URI], member: value });
            app.register("acme", None, &asked).await.expect_error(400, "invalid_client_metadata");
        }
        let mut too_many = many;
        too_many["redirect_uris"] = json!([REDIRECT_URI]);
        app.register("acme", None, &too_many).await.expect_error(400, "invalid_client_metadata");
    }

    async fn each_language_has_its_logo_from_our_own_origin(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "outgoing": stub.outgoing() }));
        stub.answer("/logo", StubAnswer::document("image/png", "for all"));
        stub.answer("/logo-de", StubAnswer::document("image/png", "for Germans"));
        app.add_clients(&[json!({
            "client_id": "with-logos", "token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/callback"],
            "logo_uri": stub.url("/logo"), "translations": { "de": { "logo_uri": stub.url("/logo-de") } },
        })]);
        let path = client_logos::path("with-logos");
        for (language, query, image) in [("de", "?lang=de", "for Germans"), ("fr", "", "for all")] {
            let browser = app.browser().speaking(language);
            let page = browser.visit(&app.authorization("with-logos").with("scope", "openid").url()).await.page();
            let page = browser.submit(&page, &BOB).await.page();
            assert!(page.html.contains(&format!("{path}{query}\"")), "{language}: {}", page.html);
            assert_eq!(app.get(&format!("{}{path}{query}", app.issuer())).await.ok().text, image);
        }
        assert_eq!(app.get(&format!("{}{path}?lang=%F0%9F%A6%86", app.issuer())).await.ok().text, "for all");
    }
}
