//! [OpenID Connect Front-Channel Logout](https://openid.net/specs/openid-connect-frontchannel-1_0.html): on its way out
//! the browser loads the `frontchannel_logout_uri` of each client that knows the session, each in a frame of its own.
//!
//! What a client can do there depends on the browser: one that keeps cookies of framed sites apart sends the client none
//! of its own. The back channel does not have that limit.

use actix_web::HttpResponse;
use latchkey_core::SessionId;
use latchkey_web::redirect::see_other;
use latchkey_web::{FrontChannelLogoutPage, Layout, WebError};

use crate::authorize::{Exchange, with_query};
use crate::page_error::unavailable_or_internal;

impl Exchange<'_> {
    /// What the browser has to load when those sessions end; to be asked for before they do.
    pub(crate) async fn frontchannel_logout_uris(&self, sessions: &[SessionId]) -> Result<Vec<String>, WebError> {
        let (tenant, services) = (&self.context.tenant.id, self.services);
        let mut uris = Vec::new();
        for session in sessions {
            let clients = services.tokens.clients_of_session(tenant, session).await.map_err(unavailable_or_internal)?;
            for known in clients {
                let client = services.directory.find_client(tenant, &known.client_id).await?;
                let uri = client.and_then(|client| client.metadata.frontchannel_logout_uri.clone());
                // §2: both are sent whether or not the client says that it requires them.
                let params = [("iss", self.context.issuer.clone()), ("sid", session.to_string())];
                uris.extend(uri.map(|uri| with_query(&uri, &params)));
            }
        }
        Ok(uris)
    }

    /// Sends the browser on, by way of the frames if there are any.
    pub(crate) fn leave(&self, uris: Vec<String>, destination: String) -> Result<HttpResponse, WebError> {
        if uris.is_empty() {
            return see_other(&destination);
        }
        let layout = Layout::new(self.http, &self.context.tenant)?;
        FrontChannelLogoutPage::new(layout, uris, destination).render()
    }
}
