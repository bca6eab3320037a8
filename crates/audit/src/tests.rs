//! The outbox, on both databases: sealing, leases, retries, fairness.

mod bench;
mod fairness;
mod leases;
mod retries;
mod sealing;
