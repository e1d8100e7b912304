//! The page, its streams and its access control.
//!
//! - [`server`]: connections, and their limits
//! - [`routes`]: what each address answers
//! - [`access`]: who may see it
//! - [`limiter`]: how often somebody may send a wrong token
//! - [`page`]: the page in each language
//! - [`language`]: the words of the page
//! - [`streams`]: pictures and events without end
//! - [`body`]: answers, and streams as answers
//! - [`patient_stream`]: a connection that does not wait for ever

mod access;
mod body;
mod language;
mod limiter;
mod page;
mod patient_stream;
mod routes;
mod server;
mod streams;

pub use access::TokenError;
pub use server::{Server, ServerError};
