//! Short messages and push notices: posted, signed, to a webhook of the tenant, which gives them to whatever provider it
//! has. No provider is known here.
//!
//! What is posted follows [Standard Webhooks](https://www.standardwebhooks.com): whoever takes it can use the libraries
//! that exist for that.

mod delivery;
mod item;
mod sink;
mod webhook;

pub use delivery::{MessageDelivery, MessageWebhooks};
pub use item::{PushItem, SmsItem};
pub use sink::{MessageSink, SentMessage};
pub use webhook::{Webhook, signature};
