//! The words of pages and mails: which [`Language`], and what a message says in it.
//!
//! The messages stand in `texts/{language}/{area}.ftl`, in the syntax of [Fluent](https://projectfluent.org/). English
//! is complete; what another language lacks is said in English.

mod language;
mod messages;
mod negotiate;
mod words;

pub use language::{Direction, Language};
pub use messages::fill_html;
pub use negotiate::{accepted, first_known};
pub use words::{Value, Words};
