//! The same body on SQLite with the in-process store and on PostgreSQL with Redis.

mod accounts;
mod after_theft;
mod disown;
mod imported;
mod interactions;
mod invitations;
mod judge;
mod messages;
mod passkeys;
mod password;
mod security_log;
mod sessions;
mod sign_up;
mod state_machine;
mod throttling;
mod watch;
mod work;
