//! Store tests run the same body on each database of the run.

mod access_tokens;
mod codes;
mod jws;
mod keys;
mod master_key;
mod refresh_tokens;
mod world;
