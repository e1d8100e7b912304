//! The program `cardsight-gateway`: reads the feed of a running `cardsight`, and passes it on to a web
//! page, to Prometheus and to other systems. It has the network that the recogniser must not have.
//!
//! The modules form layers. A module imports from those below it only:
//!
//! 1. [`run`]: everything together, on one thread
//! 2. [`http`]: the page, its streams and its access control
//! 3. [`metrics`], [`feed_task`]: the text for Prometheus; what keeps the state up to date
//! 4. [`state`]: what is known of the device at present, and who waits for changes of it
//! 5. [`config`]: the configuration file

pub mod config;
pub mod feed_task;
pub mod http;
pub mod metrics;
pub mod run;
pub mod state;
