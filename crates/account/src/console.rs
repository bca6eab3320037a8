//! The account console: the pages where a user looks after the own account.
//!
//! A session is enough to look; whoever changes something proves first, by a sign-in for the console, that it is they
//! ([`gate`]). Every form names the session that its page spoke to, so that nobody changes somebody else's account after
//! another became the active one in another tab.

mod activity;
mod applications;
mod data;
mod delete;
mod email;
mod email_links;
pub(crate) mod frame;
pub(crate) mod gate;
mod identities;
mod language;
mod overview;
mod password;
mod profile;
mod sessions;
mod user_agent;

pub(crate) use activity::text_id_of as event_text_id;
pub(crate) use frame::minute;

use actix_web::web::{self, ServiceConfig};
use latchkey_web::Route;

/// Every route that [`routes`] mounts.
pub(crate) const ROUTES: [Route; 42] = [
    Route { method: "GET", path: overview::PATH },
    Route { method: "HEAD", path: overview::PATH },
    Route { method: "GET", path: overview::SWITCH_PATH },
    Route { method: "HEAD", path: overview::SWITCH_PATH },
    Route { method: "GET", path: profile::PATH },
    Route { method: "HEAD", path: profile::PATH },
    Route { method: "POST", path: profile::PATH },
    Route { method: "GET", path: password::PATH },
    Route { method: "HEAD", path: password::PATH },
    Route { method: "POST", path: password::PATH },
    Route { method: "GET", path: email::PATH },
    Route { method: "HEAD", path: email::PATH },
    Route { method: "POST", path: email::PATH },
    Route { method: "GET", path: email_links::CONFIRM_PATH },
    Route { method: "HEAD", path: email_links::CONFIRM_PATH },
    Route { method: "POST", path: email_links::CONFIRM_PATH },
    Route { method: "GET", path: email_links::UNDO_PATH },
    Route { method: "HEAD", path: email_links::UNDO_PATH },
    Route { method: "POST", path: email_links::UNDO_PATH },
    Route { method: "GET", path: identities::PATH },
    Route { method: "HEAD", path: identities::PATH },
    Route { method: "POST", path: identities::PATH },
    Route { method: "GET", path: language::PATH },
    Route { method: "HEAD", path: language::PATH },
    Route { method: "POST", path: language::PATH },
    Route { method: "GET", path: sessions::PATH },
    Route { method: "HEAD", path: sessions::PATH },
    Route { method: "POST", path: sessions::PATH },
    Route { method: "GET", path: applications::PATH },
    Route { method: "HEAD", path: applications::PATH },
    Route { method: "POST", path: applications::PATH },
    Route { method: "GET", path: activity::PATH },
    Route { method: "HEAD", path: activity::PATH },
    Route { method: "GET", path: data::PATH },
    Route { method: "HEAD", path: data::PATH },
    Route { method: "POST", path: data::PATH },
    Route { method: "GET", path: delete::PATH },
    Route { method: "HEAD", path: delete::PATH },
    Route { method: "POST", path: delete::PATH },
    Route { method: "GET", path: delete::KEEP_PATH },
    Route { method: "HEAD", path: delete::KEEP_PATH },
    Route { method: "POST", path: delete::KEEP_PATH },
];

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(overview::PATH).get(overview::show).head(overview::show))
        .service(web::resource(overview::SWITCH_PATH).get(overview::switch).head(overview::switch))
        .service(web::resource(profile::PATH).get(profile::show).head(profile::show).post(profile::change))
        .service(web::resource(password::PATH).get(password::show).head(password::show).post(password::change))
        .service(web::resource(email::PATH).get(email::show).head(email::show).post(email::change))
        .service(
            web::resource(email_links::CONFIRM_PATH)
                .get(email_links::show_confirm)
                .head(email_links::show_confirm)
                .post(email_links::confirm),
        )
        .service(
            web::resource(email_links::UNDO_PATH)
                .get(email_links::show_undo)
                .head(email_links::show_undo)
                .post(email_links::undo),
        )
        .service(web::resource(identities::PATH).get(identities::show).head(identities::show).post(identities::change))
        .service(web::resource(language::PATH).get(language::show).head(language::show).post(language::change))
        .service(web::resource(sessions::PATH).get(sessions::show).head(sessions::show).post(sessions::change))
        .service(
            web::resource(applications::PATH)
                .get(applications::show)
                .head(applications::show)
                .post(applications::change),
        )
        .service(web::resource(activity::PATH).get(activity::show).head(activity::show))
        .service(web::resource(data::PATH).get(data::show).head(data::show).post(data::download))
        .service(web::resource(delete::PATH).get(delete::show).head(delete::show).post(delete::delete))
        .service(web::resource(delete::KEEP_PATH).get(delete::show_keep).head(delete::show_keep).post(delete::keep));
}
