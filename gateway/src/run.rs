//! Everything together, on one thread: the feed comes in, and each output passes it on.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use crate::config::Config;
use crate::feed_task;
use crate::http;
use crate::state::State;

/// Runs until SIGINT or SIGTERM arrives.
///
/// # Errors
/// An output can't be started, for example because its address is in use.
pub fn run(config: Config) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("can't start the event loop")?;
    LocalSet::new().block_on(&runtime, run_all(config))
}

async fn run_all(config: Config) -> anyhow::Result<()> {
    let state = Arc::new(State::default());
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = http::Server::bind(&config.http, Arc::clone(&state)).await?;
    server.serve();
    // Each input and output is a task of its own; all of them end with the runtime.
    tokio::spawn(feed_task::run(config.feed, state));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
