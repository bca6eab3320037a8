//! The pages of an end user: sign-in, sign-up, choice of an account, consent, sign-out, invitation, devices, requests.
//! They work without JavaScript.
//!
//! Every form is answered with 303: after a step of a sign-in to the interaction's `continue_path`, where the surface
//! that began it decides what comes next.

mod choose_account;
mod consent;
mod console;
mod detail_list;
mod device;
mod error_page;
mod forgot_password;
mod invitation;
mod mail_sign_in;
mod new_password;
mod not_me;
mod passkeys;
mod password_strength;
mod push_devices;
mod remembered;
mod requests;
mod required_action;
mod reset_password;
mod scope_list;
mod second_factor;
mod security;
mod services;
mod sign_in;
mod sign_out;
mod sign_up;
mod sign_up_verify;
mod step;
#[cfg(test)]
mod tests;

use actix_web::web::{self, ServiceConfig};
use latchkey_web::Route;

pub use services::Services;

/// Routes that [`routes`] mounts, besides those of devices, requests and passkeys.
const ROUTES: [Route; 35] = [
    Route { method: "GET", path: "/sign-in" },
    Route { method: "HEAD", path: "/sign-in" },
    Route { method: "POST", path: "/sign-in" },
    Route { method: "GET", path: "/sign-up" },
    Route { method: "HEAD", path: "/sign-up" },
    Route { method: "POST", path: "/sign-up" },
    Route { method: "GET", path: "/second-factor" },
    Route { method: "HEAD", path: "/second-factor" },
    Route { method: "POST", path: "/second-factor" },
    Route { method: "POST", path: second_factor::sent_code::SENT_PATH },
    Route { method: "GET", path: second_factor::phone::PHONE_PATH },
    Route { method: "HEAD", path: second_factor::phone::PHONE_PATH },
    Route { method: "POST", path: second_factor::phone::PHONE_PATH },
    Route { method: "GET", path: "/second-factor/set-up" },
    Route { method: "HEAD", path: "/second-factor/set-up" },
    Route { method: "POST", path: "/second-factor/set-up" },
    Route { method: "GET", path: security::PATH },
    Route { method: "HEAD", path: security::PATH },
    Route { method: "POST", path: security::PATH },
    Route { method: "GET", path: "/choose-account" },
    Route { method: "HEAD", path: "/choose-account" },
    Route { method: "POST", path: "/choose-account" },
    Route { method: "GET", path: "/consent" },
    Route { method: "HEAD", path: "/consent" },
    Route { method: "POST", path: "/consent" },
    Route { method: "GET", path: "/sign-out" },
    Route { method: "HEAD", path: "/sign-out" },
    Route { method: "POST", path: "/sign-out" },
    Route { method: "GET", path: "/signed-out" },
    Route { method: "HEAD", path: "/signed-out" },
    Route { method: "GET", path: "/invitation" },
    Route { method: "HEAD", path: "/invitation" },
    Route { method: "POST", path: "/invitation" },
    Route { method: "GET", path: "/error" },
    Route { method: "HEAD", path: "/error" },
];

/// Mounts the pages; a server calls it within `/t/{tenant}`, and at the root for hosts of tenants.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/sign-in").get(sign_in::show).head(sign_in::show).post(sign_in::submit))
        .service(web::resource("/sign-up").get(sign_up::show).head(sign_up::show).post(sign_up::submit))
        .service(
            web::resource(second_factor::PATH)
                .get(second_factor::show)
                .head(second_factor::show)
                .post(second_factor::submit),
        )
        .service(web::resource(second_factor::sent_code::SENT_PATH).post(second_factor::sent_code::submit))
        .service(
            web::resource(second_factor::phone::PHONE_PATH)
                .get(second_factor::phone::show)
                .head(second_factor::phone::show)
                .post(second_factor::phone::submit),
        )
        .service(
            web::resource(second_factor::SET_UP_PATH)
                .get(second_factor::set_up::show)
                .head(second_factor::set_up::show)
                .post(second_factor::set_up::submit),
        )
        .service(web::resource(security::PATH).get(security::show).head(security::show).post(security::change))
        .service(
            web::resource("/choose-account")
                .get(choose_account::show)
                .head(choose_account::show)
                .post(choose_account::choose),
        )
        .service(web::resource("/consent").get(consent::show).head(consent::show).post(consent::decide))
        .service(web::resource("/sign-out").get(sign_out::show).head(sign_out::show).post(sign_out::confirm))
        .service(web::resource("/signed-out").get(sign_out::signed_out).head(sign_out::signed_out))
        .service(web::resource("/invitation").get(invitation::show).head(invitation::show).post(invitation::accept))
        .service(web::resource("/error").get(error_page::show).head(error_page::show))
        .configure(mail_sign_in::routes)
        .configure(required_action::routes)
        .configure(sign_up_verify::routes)
        .configure(forgot_password::routes)
        .configure(reset_password::routes)
        .configure(password_strength::routes)
        .configure(device::routes)
        .configure(requests::routes)
        .configure(passkeys::routes)
        .configure(push_devices::routes)
        .configure(console::routes)
        .configure(not_me::routes);
}

/// Every route that [`routes`] mounts, relative to the issuer.
pub fn list_routes() -> impl Iterator<Item = Route> {
    ROUTES
        .into_iter()
        .chain(required_action::ROUTES)
        .chain(sign_up_verify::ROUTES)
        .chain(forgot_password::ROUTES)
        .chain(reset_password::ROUTES)
        .chain(device::ROUTES)
        .chain(requests::ROUTES)
        .chain(mail_sign_in::ROUTES)
        .chain(passkeys::ROUTES)
        .chain(push_devices::ROUTES)
        .chain(console::ROUTES)
        .chain(password_strength::ROUTES)
        .chain(not_me::ROUTES)
}
