//! The page on the way out that loads the logout pages of applications (OpenID Connect Front-Channel Logout §2).

use askama::Template;

use crate::{Layout, Page, PageTemplate};

/// Loads each address in a frame and goes on when all have answered, or after a few seconds; without JavaScript too.
#[derive(Template)]
#[template(path = "front_channel_logout.html")]
pub struct FrontChannelLogoutPage {
    layout: Layout,
    uris: Vec<String>,
    next: String,
}

impl FrontChannelLogoutPage {
    /// The page that loads `uris` and goes on to `next`, an address of ours or a registered one.
    #[must_use]
    pub fn new(layout: Layout, uris: Vec<String>, next: String) -> Page<Self> {
        let layout = uris.iter().fold(layout, |layout, uri| layout.allow_frame(uri));
        Page::new(Self { layout, uris, next })
    }
}

impl PageTemplate for FrontChannelLogoutPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
