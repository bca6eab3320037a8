//! On both databases. The outbox: sealing, leases, retries, fairness. Security events: who sees which.

mod bench;
mod events;
mod fairness;
mod leases;
mod retries;
mod sealing;
