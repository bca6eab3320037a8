//! The demo page: a relying party that runs in the browser, served only by `latchkey serve --demo`.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_core::Rng;

/// The tenant of the demo, a contract with `examples/demo.yaml`.
pub const TENANT: &str = "demo";
const ALICE_PASSWORD: &str = "correct-horse-battery";
const BOB_PASSWORD: &str = "staple-battery-horse";
const MACHINE_SECRET: &str = "demo-machine-secret";

const PAGE: &str = include_str!("../demo/index.html");
const STYLE: &str = include_str!("../demo/style.css");
const SCRIPT: &str = include_str!("../demo/app.js");

/// What the page needs to know.
#[derive(Clone)]
pub struct Demo {
    public_origin: String,
    rng: Rng,
}

impl Demo {
    /// The demo of the server whose public origin this is.
    #[must_use]
    pub fn new(public_origin: String, rng: Rng) -> Self {
        Self { public_origin, rng }
    }

    /// What to print at start: where to sign in, as whom, and a request for a machine.
    #[must_use]
    pub fn banner(&self) -> String {
        let origin = &self.public_origin;
        format!(
            "\n  Demo     {origin}/demo\n\
             \x20 Sign in  alice / {ALICE_PASSWORD}   or   bob / {BOB_PASSWORD}\n\
             \x20 Issuer   {origin}/t/{TENANT}\n\
             \x20 A token for a machine:\n\
             \x20   curl -s -u demo-machine:{MACHINE_SECRET} -d grant_type=client_credentials \\\n\
             \x20     -d scope=orders:read {origin}/t/{TENANT}/oauth2/token\n"
        )
    }

    fn page(&self) -> HttpResponse {
        let nonce = self.rng.token();
        let nonce = nonce.expose();
        let origin = &self.public_origin;
        // Style and script go in first: their text holds no placeholder.
        let html = PAGE
            .replace("{{style}}", STYLE)
            .replace("{{script}}", SCRIPT)
            .replace("{{nonce}}", nonce)
            .replace("{{issuer}}", &format!("{origin}/t/{TENANT}"))
            .replace("{{redirect_uri}}", &format!("{origin}/demo/spa/callback"))
            .replace("{{home}}", &format!("{origin}/demo"))
            .replace("{{alice_password}}", ALICE_PASSWORD)
            .replace("{{bob_password}}", BOB_PASSWORD);
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            // The callback's URL holds a code.
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(html)
    }
}

/// Mounts the page; needs [`Demo`] as application data.
pub fn routes(cfg: &mut web::ServiceConfig) {
    for path in ["/demo", "/demo/spa/callback"] {
        cfg.route(path, web::get().to(show));
    }
}

async fn show(request: HttpRequest, demo: web::Data<Demo>) -> HttpResponse {
    // Another name of the same machine (127.0.0.1 for localhost) is another origin to the browser.
    let host = request.connection_info().host().to_owned();
    let here = demo.public_origin.split_once("://").map(|(_, host)| host);
    if request.path() == "/demo" && here != Some(host.as_str()) {
        return HttpResponse::SeeOther().insert_header((LOCATION, format!("{}/demo", demo.public_origin))).finish();
    }
    demo.page()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, body, test};

    #[actix_web::test]
    async fn the_page_allows_only_its_own_script_and_leaves_no_placeholder() {
        let demo = Demo::new("http://localhost:8080".to_owned(), Rng::seeded(1));
        let app = test::init_service(App::new().app_data(web::Data::new(demo)).configure(routes)).await;
        let request = test::TestRequest::get().uri("/demo").insert_header(("host", "localhost:8080")).to_request();
        let response = test::call_service(&app, request).await;
        assert_eq!(response.status(), 200);
        let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
        let html = body::to_bytes(response.into_body()).await.unwrap();
        let html = String::from_utf8(html.to_vec()).unwrap();
        assert!(!html.contains("{{"), "a placeholder is left");
        let nonce = policy.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(html.contains(&format!("<script type=\"module\" nonce=\"{nonce}\">")));
        assert!(!policy.contains("unsafe"));
    }

    #[actix_web::test]
    async fn another_name_of_the_machine_is_sent_to_the_public_one() {
        let demo = Demo::new("http://localhost:8080".to_owned(), Rng::seeded(1));
        let app = test::init_service(App::new().app_data(web::Data::new(demo)).configure(routes)).await;
        let request = test::TestRequest::get().uri("/demo").insert_header(("host", "127.0.0.1:8080")).to_request();
        let response = test::call_service(&app, request).await;
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers().get("location").unwrap(), "http://localhost:8080/demo");
    }

    #[::core::prelude::v1::test]
    fn the_page_and_the_demo_file_agree() {
        let file = include_str!("../../../examples/demo.yaml");
        for text in [
            ALICE_PASSWORD,
            BOB_PASSWORD,
            MACHINE_SECRET,
            "slug: demo",
            "client_id: demo-spa",
            "client_id: demo-machine",
        ] {
            assert!(file.contains(text), "{text}");
        }
    }
}
