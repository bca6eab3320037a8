//! What every crate needs and nothing more: ids, time, randomness, secrets and digests. No I/O.

mod clock;
mod digest;
mod id;
mod rng;
mod sealer;
mod secret;
mod text_column;
mod time;

pub use clock::{Clock, FrozenClock};
pub use digest::{TokenHash, constant_time_eq, hmac_sha256, sha256};
pub use id::{
    ApiKeyId, ClientId, DeviceId, EventId, FactorId, GrantId, InteractionId, InvalidId, KeyId, SessionId, TenantId,
    UserId,
};
pub use rng::Rng;
pub use sealer::Sealer;
pub use secret::Secret;
pub use time::UtcTime;
