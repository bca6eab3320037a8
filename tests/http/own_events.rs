//! What users do in the console stands in their events.

use latchkey_testkit::{TestApp, both_backends};
use serde_json::json;

use crate::console::{ALICE, proved, signed_in};

both_backends! {
    async fn ended_sessions_and_allowed_applications_leave_events(app: TestApp) {
        let _ = signed_in(&app, "alice").await;
        let _ = signed_in(&app, "alice").await;
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/sessions").await;
        let id = page.html.split("name=\"end\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a session").to_owned();
        for _ in 0..2 {
            assert_eq!(browser.submit_once(&page, &[("end", &id)]).await.status, 303);
        }
        assert_eq!(app.count_events("session.ended").await, 1, "the second time there was nothing to end");
        let ended = app.last_event("session.ended").await;
        assert_eq!((ended.session_id.map(|id| id.to_string()), ended.actor.as_str()), (Some(id), "user"));
        assert_eq!(browser.submit_once(&page, &[("action", "end_others")]).await.status, 303);
        assert_eq!(app.last_event("sessions.ended").await.details.find("sessions"), Some(&json!(1)));
    }

    async fn a_link_for_a_new_password_that_was_asked_for_leaves_an_event(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&format!("{}/forgot-password", app.issuer())).await.page();
        for login in ["alice", "nobody-of-that-name"] {
            assert_eq!(browser.submit_once(&page, &[("login", login)]).await.status, 200);
        }
        app.empty_outbox().await;
        assert_eq!(app.count_events("password.reset_requested").await, 1, "of nobody nothing is kept");
        assert_eq!(app.last_event("password.reset_requested").await.actor, "anonymous");
    }
}
