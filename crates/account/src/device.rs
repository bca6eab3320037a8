//! Connecting a device, [RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3): the code, the sign-in, the
//! question, the end.
//!
//! A link may bring the code along, and anybody may send such a link. So the code and the application's name are shown
//! each time, beside the question whether they are those of the device in front of the person (§5.4), and the consent is
//! asked for even when it was given before.

mod confirm;
mod enter;
mod qr;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use latchkey_web::{Layout, Page, PageTemplate, Route, TenantContext, WebError};

/// Every route that [`routes`] mounts.
pub(crate) const ROUTES: [Route; 12] = [
    Route { method: "GET", path: "/device" },
    Route { method: "HEAD", path: "/device" },
    Route { method: "POST", path: "/device" },
    Route { method: "GET", path: "/device/confirm" },
    Route { method: "HEAD", path: "/device/confirm" },
    Route { method: "POST", path: "/device/confirm" },
    Route { method: "GET", path: "/device/connected" },
    Route { method: "HEAD", path: "/device/connected" },
    Route { method: "GET", path: "/device/refused" },
    Route { method: "HEAD", path: "/device/refused" },
    Route { method: "GET", path: "/device/qr" },
    Route { method: "HEAD", path: "/device/qr" },
];

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/device").get(enter::show).head(enter::show).post(enter::submit))
        .service(web::resource("/device/confirm").get(confirm::show).head(confirm::show).post(confirm::decide))
        .service(web::resource("/device/connected").get(connected).head(connected))
        .service(web::resource("/device/refused").get(refused).head(refused))
        .service(web::resource("/device/qr").get(qr::image).head(qr::image));
}

#[derive(Template)]
#[template(path = "device_done.html")]
struct DonePage {
    layout: Layout,
    connected: bool,
}

impl PageTemplate for DonePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/device/connected`
async fn connected(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    let layout = Layout::new(&request, &context.tenant)?;
    Page::new(DonePage { layout, connected: true }).render()
}

/// `GET {base}/device/refused`
async fn refused(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    let layout = Layout::new(&request, &context.tenant)?;
    Page::new(DonePage { layout, connected: false }).render()
}
