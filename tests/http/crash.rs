//! Kill -9 in the middle of a storm: nothing that was acknowledged is lost, nothing works twice, and what was taken back
//! stays taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use latchkey_testkit::{Backend, Browser, Driver, ServerProcess};

const CHAINS: usize = 6;
/// How many answers the storm has seen when the power goes.
const ACKNOWLEDGED_BEFORE_THE_KILL: usize = 120;

/// What one client holds when the server dies.
#[derive(Default)]
struct Chain {
    refresh_tokens: Vec<String>,
    codes: Vec<String>,
    opaque_token: Option<String>,
    browsers: Vec<Browser>,
}

async fn storm(driver: Driver, acknowledged: Arc<AtomicUsize>, dead: Arc<AtomicBool>) -> Chain {
    let mut chain = Chain::default();
    let first = driver.tokens("web", "alice", "openid offline_access").await;
    chain.refresh_tokens.push(first.string("refresh_token"));
    chain.opaque_token = Some(driver.tokens("opaque", "alice", "openid").await.string("access_token"));
    while !dead.load(Ordering::SeqCst) {
        let current = chain.refresh_tokens.last().expect("a token").clone();
        let Ok(answer) = driver.try_refresh("web", &current).await else { break };
        chain.refresh_tokens.push(answer.ok().string("refresh_token"));
        acknowledged.fetch_add(1, Ordering::SeqCst);
        if chain.refresh_tokens.len() % 5 == 0 {
            // A browser walks several pages; one that is cut off in the middle was not told anything.
            let walk = {
                let driver = driver.clone();
                tokio::spawn(async move {
                    let browser = driver.browser();
                    let request = driver.authorization("web-post").with("scope", "openid");
                    let code = driver.sign_in_with(&browser, "bob", &request).await.code().to_owned();
                    driver.try_redeem("web-post", &code).await.map(|_| (browser, code))
                })
            };
            let Ok(Ok((browser, code))) = walk.await else { break };
            chain.browsers.push(browser);
            chain.codes.push(code);
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }
    chain
}

/// What was taken back before the server died.
struct TakenBack {
    access_token: String,
    opaque_token: String,
    refresh_token: String,
    /// A browser that signed out, and an access token of its session.
    signed_out: (Browser, String),
}

impl TakenBack {
    async fn before_the_kill(driver: &Driver) -> Self {
        let revoked = async |client: &str, token: &str| {
            assert_eq!(driver.post_as(client, "revoke", &[("token", token)]).await.status, 200);
        };
        let access_token = driver.tokens("web", "alice", "openid").await.string("access_token");
        revoked("web", &access_token).await;
        let opaque_token = driver.tokens("opaque", "alice", "openid").await.string("access_token");
        revoked("opaque", &opaque_token).await;
        let refresh_token = driver.tokens("web", "bob", "openid offline_access").await.string("refresh_token");
        revoked("web", &refresh_token).await;
        let browser = driver.browser();
        let callback = driver.sign_in_with(&browser, "bob", &driver.authorization("web-post")).await;
        let of_session = driver.redeem("web-post", callback.code()).await.ok().string("access_token");
        driver.sign_out(&browser).await;
        Self { access_token, opaque_token, refresh_token, signed_out: (browser, of_session) }
    }

    async fn stays_so(&self, driver: &Driver) {
        let (browser, of_session) = &self.signed_out;
        for token in [&self.access_token, &self.opaque_token, of_session] {
            assert_eq!(driver.userinfo(token).await.status, 401, "a revoked token came back to life");
        }
        driver.refresh("web", &self.refresh_token).await.expect_error(400, "invalid_grant");
        let silent = driver.authorization("web-post").with("prompt", "none");
        let callback = browser.visit(&silent.url()).await.callback();
        assert_eq!(callback.param("error"), "login_required", "a session came back to life");
    }
}

async fn survives(backend: Backend) {
    let mut server = ServerProcess::start(backend).await;
    let driver = server.driver();
    let taken_back = TakenBack::before_the_kill(&driver).await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let dead = Arc::new(AtomicBool::new(false));
    let storms: Vec<_> = (0..CHAINS)
        .map(|_| tokio::spawn(storm(driver.clone(), Arc::clone(&acknowledged), Arc::clone(&dead))))
        .collect();
    while acknowledged.load(Ordering::SeqCst) < ACKNOWLEDGED_BEFORE_THE_KILL {
        assert!(storms.iter().any(|storm| !storm.is_finished()), "the storm ended before the kill");
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    server.kill();
    dead.store(true, Ordering::SeqCst);
    let mut chains = Vec::new();
    for storm in storms {
        chains.push(storm.await.expect("a storm that ends"));
    }
    server.start_again().await;

    taken_back.stays_so(&driver).await;
    for chain in &chains {
        for browser in &chain.browsers {
            let silent = driver.authorization("web-post").with("scope", "openid").with("prompt", "none");
            assert!(browser.visit(&silent.url()).await.callback().params.contains_key("code"), "a session was lost");
        }
        let opaque = chain.opaque_token.as_ref().expect("a token");
        assert_eq!(driver.introspect("opaque", opaque).await["active"], true, "an access token was lost");
        for code in &chain.codes {
            driver.redeem("web-post", code).await.expect_error(400, "invalid_grant");
        }
        // The request in flight may have been done without an answer: the last token that was acknowledged is then the
        // previous one, and asking again within the grace window gives what the lost answer held.
        let last = chain.refresh_tokens.last().expect("a token");
        let next = driver.refresh("web", last).await.ok().string("refresh_token");
        let _ = driver.refresh("web", &next).await.ok();
        let oldest = chain.refresh_tokens.first().expect("a token");
        driver.refresh("web", oldest).await.expect_error(400, "invalid_grant");
    }
}

#[actix_web::test]
async fn embedded_survives_kill_9() {
    survives(Backend::Embedded).await;
}

#[actix_web::test]
async fn production_survives_kill_9() {
    survives(Backend::Production).await;
}
