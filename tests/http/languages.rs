//! Which language a page speaks, and how a person chooses another.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::json;

const LANGUAGES: [(&str, &str, &str); 6] = [
    ("en", "ltr", "Sign in"),
    ("de", "ltr", "Anmelden"),
    ("fr", "ltr", "Se connecter"),
    ("es", "ltr", "Iniciar sesión"),
    ("ja", "ltr", "サインイン"),
    ("ar", "rtl", "تسجيل الدخول"),
];

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

fn speaks(page: &Page, language: &str) -> bool {
    let (_, direction, _) = LANGUAGES.iter().find(|(tag, ..)| *tag == language).expect("is offered");
    let header = page.headers.get("content-language").map(|value| value.to_str().expect("text").to_owned());
    page.html.contains(&format!("<html lang=\"{language}\" dir=\"{direction}\">"))
        && header.as_deref() == Some(language)
}

async fn sign_in_page(app: &TestApp, browser: &Browser, ui_locales: &str) -> Page {
    let request = app.authorization("web");
    let request = if ui_locales.is_empty() { request } else { request.with("ui_locales", ui_locales) };
    browser.visit(&request.url()).await.page()
}

/// The address that the page links to for this language.
fn link_to(page: &Page, language: &str) -> String {
    let (before, _) = page.html.split_once(&format!("\" lang=\"{language}\" hreflang")).expect("offers the language");
    let (_, query) = before.rsplit_once("href=\"").expect("a link");
    let (path, _) = page.url.split_once('?').unwrap_or((&page.url, ""));
    format!("{path}{}", query.replace("&amp;", "&").replace("&#38;", "&"))
}

both_backends! {
    async fn every_language_has_its_words_and_its_direction(app: TestApp) {
        for (language, _, headline) in LANGUAGES {
            let page = sign_in_page(&app, &app.browser().speaking(language), "").await;
            assert!(speaks(&page, language), "{language}: {}", page.html);
            assert!(page.html.contains(&format!("<h1>{headline}</h1>")), "{language}: {}", page.html);
        }
    }

    async fn the_application_is_heard_before_the_browser_and_the_browser_before_the_tenant(app: TestApp) {
        app.set_settings(&json!({ "locale": "fr-CA" }));
        assert!(speaks(&sign_in_page(&app, &app.browser(), "").await, "fr"));
        let german = app.browser().speaking("nl, de-AT;q=0.9, en;q=0.1");
        assert!(speaks(&sign_in_page(&app, &german, "").await, "de"));
        assert!(speaks(&sign_in_page(&app, &german, "nl ja-JP es").await, "ja"));
        assert!(speaks(&sign_in_page(&app, &german, "nl sv").await, "de"));
        assert!(speaks(&sign_in_page(&app, &app.browser().speaking("nl"), "").await, "fr"));
    }

    async fn nonsense_for_a_language_is_no_wish(app: TestApp) {
        for header in ["", "*", "de;q=0", ";;,,q=", "x-klingon", "de;q=9"] {
            assert!(speaks(&sign_in_page(&app, &app.browser().speaking(header), "").await, "en"), "{header}");
        }
        let long = vec!["nl"; 2_000].join(",");
        assert!(speaks(&sign_in_page(&app, &app.browser().speaking(&long), "").await, "en"));
    }

    async fn who_signs_in_is_spoken_to_in_the_language_of_the_account(app: TestApp) {
        app.apply(
            "version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    users:\n      - username: heidi\n        password: up-on-the-alp-again\n        claims: { locale: de-CH }\n",
        );
        let browser = app.browser().speaking("es");
        let page = browser.visit(&app.authorization("spa").with("prompt", "consent").url()).await.page();
        assert!(speaks(&page, "es"), "nobody is known yet");
        let consent = browser.submit(&page, &[("login", "heidi"), ("password", "up-on-the-alp-again")]).await.page();
        assert!(consent.is_consent() && speaks(&consent, "de"), "{}", consent.html);
        let asked = app.authorization("spa").with("prompt", "consent").with("ui_locales", "fr");
        assert!(speaks(&browser.visit(&asked.url()).await.page(), "fr"), "the application asked for another");
    }

    async fn a_person_chooses_a_language_and_the_browser_keeps_it(app: TestApp) {
        let browser = app.browser().speaking("de");
        let page = sign_in_page(&app, &browser, "fr").await;
        assert!(speaks(&page, "fr"));
        let japanese = browser.get(&link_to(&page, "ja")).await;
        assert_eq!(japanese.status, 200);
        assert!(japanese.is_sign_in() && speaks(&japanese, "ja"), "the sign-in goes on: {}", japanese.html);
        let cookie = japanese.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie = cookie.filter(|value| value.contains("latchkey-language-")).collect::<Vec<_>>();
        assert!(matches!(cookie.as_slice(), [one] if one.contains("HttpOnly") && one.contains("SameSite=Lax")), "{cookie:?}");
        let refused = browser.submit_once(&japanese, &[("login", "alice"), ("password", "wrong")]).await;
        assert!(speaks(&refused, "ja") && refused.html.contains("正しくありません"), "{}", refused.html);
        assert!(!refused.html.contains("hreflang"), "the answer to a form has no address to come back to");
        assert!(browser.submit(&japanese, &ALICE).await.page().is_consent());
        assert!(speaks(&browser.get(&format!("{}/signed-out", app.issuer())).await, "ja"));
        let elsewhere = browser.get(&format!("{}/t/globex/signed-out", app.origin())).await;
        assert!(speaks(&elsewhere, "de"), "another tenant does not hear of it");
    }

    async fn a_link_with_a_language_keeps_the_query_and_nothing_else_gets_into_the_page(app: TestApp) {
        let browser = app.browser();
        let url = format!("{}/signed-out?a=1%262&lang=xx&b=%22%3E%3Cscript%3E", app.issuer());
        let page = browser.get(&url).await;
        assert!(speaks(&page, "en") && !page.html.contains("\"><script>"), "{}", page.html);
        let link = link_to(&page, "de");
        assert!(link.ends_with("?a=1%262&b=%22%3E%3Cscript%3E&lang=de"), "{link}");
        assert!(speaks(&browser.get(&link).await, "de"));
    }

    async fn errors_speak_the_language_too_and_machines_hear_english(app: TestApp) {
        let browser = app.browser().speaking("ar");
        let page = browser.get(&app.authorization("nobody").url()).await;
        assert_eq!(page.status, 400);
        assert!(speaks(&page, "ar") && page.html.contains("هذا الرابط لا يعمل"), "{}", page.html);
        let missing = browser.get(&format!("{}/no-such-page", app.issuer())).await;
        assert_eq!(missing.status, 404);
        assert!(missing.html.contains("الصفحة غير موجودة"), "{}", missing.html);
        let nowhere = browser.get(&format!("{}/t/nowhere/sign-in", app.origin())).await;
        assert_eq!(nowhere.status, 404);
        assert!(nowhere.html.contains("dir=\"rtl\"") && !nowhere.html.contains("hreflang"), "{}", nowhere.html);
    }

    async fn what_an_application_asks_for_is_said_in_the_language(app: TestApp) {
        let browser = app.browser().speaking("de");
        let request = app.authorization("web").with("prompt", "consent").with("scope", "openid email offline_access");
        let page = browser.visit(&request.url()).await.page();
        // His account names no language.
        let bob = [("login", "bob"), ("password", "builder-in-autumn")];
        let consent = browser.submit(&page, &bob).await.page();
        for text in ["Wissen, wer Sie sind", "Ihre E-Mail-Adresse sehen", "Den Zugriff behalten", "Zulassen"] {
            assert!(consent.html.contains(text), "{text}: {}", consent.html);
        }
        for text in ["Know who", "See your", "Allow", "asks for access"] {
            assert!(!consent.html.contains(text), "{text}: {}", consent.html);
        }
    }
}
