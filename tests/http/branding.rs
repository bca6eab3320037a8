//! How a tenant's pages look, and what no look may do.

use latchkey_testkit::{Page, TestApp, both_backends};

const LOOK: &str = r##"
version: 1
tenants:
  - slug: acme
    name: Acme Corporation
    branding:
      logo_uri: https://cdn.acme.test/logo.svg
      logo_dark_uri: https://dark.acme.test/logo.svg
      background_image_uri: https://back.acme.test/hills.webp
      primary_color: "#ffee00"
      corner_radius: 0
      font: serif
      texts:
        en: { sign_in_headline: "Hello <b>you</b>", sign_in_lead: "On to {client} & co", footer: "Acme & Sons" }
        de: { sign_in_headline: "Grüezi", footer: "Acme & Söhne" }
      custom_css: |
        .button, .card { border-width: 2px }
        @media (prefers-color-scheme: dark) { h1 { color: #ffffff; background-color: #003366 } }
"##;

async fn sign_in_page(app: &TestApp, language: &str) -> Page {
    app.browser().speaking(language).visit(&app.authorization("web").url()).await.page()
}

/// What stands in the page's only style element.
fn style(page: &Page) -> &str {
    let (_, rest) = page.html.split_once("<style nonce=").expect("a style sheet");
    let (css, rest) = rest.split_once("</style>").expect("its end");
    assert!(!rest.contains("<style"), "one style sheet");
    css
}

both_backends! {
    async fn logo_background_shape_typeface_texts_and_rules_are_the_tenants(app: TestApp) {
        app.apply(LOOK);
        let page = sign_in_page(&app, "en").await;
        let csp = page.headers["content-security-policy"].to_str().expect("text").to_owned();
        for host in ["https://cdn.acme.test", "https://dark.acme.test", "https://back.acme.test"] {
            assert!(csp.contains(host), "{csp}");
        }
        assert!(!csp.contains("unsafe-inline"), "{csp}");
        let css = style(&page);
        for part in [
            "--radius:0px",
            "--font:Charter",
            "--backdrop:url(\"https://back.acme.test/hills.webp\")",
            ".shell .button,.shell .card{border-width:2px;}",
            "@media (prefers-color-scheme:dark){.shell h1{color:#ffffff;background-color:#003366;}}",
        ] {
            assert!(css.contains(part), "{part}: {css}");
        }
        assert!(page.html.contains("<source srcset=\"https://dark.acme.test/logo.svg\""), "{}", page.html);
        assert!(page.html.contains("Hello &#60;b&#62;you&#60;/b&#62;"), "{}", page.html);
        assert!(page.html.contains("On to <strong dir=\"auto\">Acme Web</strong> &#38; co"), "{}", page.html);
        assert!(page.html.contains("Acme &#38; Sons"), "{}", page.html);
    }

    async fn a_text_is_that_of_the_language_and_ours_where_there_is_none(app: TestApp) {
        app.apply(LOOK);
        let german = sign_in_page(&app, "de").await;
        assert!(german.html.contains("<h1>Grüezi</h1>") && german.html.contains("um mit <strong"), "{}", german.html);
        assert!(german.html.contains("Acme &#38; Söhne"), "{}", german.html);
        let french = sign_in_page(&app, "fr").await;
        assert!(french.html.contains("<h1>Se connecter</h1>") && !french.html.contains("Acme &#38; S"), "{}", french.html);
    }
}
