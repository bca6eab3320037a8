//! The same body on SQLite with the in-process store and on PostgreSQL with Redis.

mod interactions;
mod invitations;
mod password;
mod sessions;
