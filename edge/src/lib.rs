//! The device program `cardsight`: frames in; named cards, LEDs and events out.
//!
//! The modules form layers. A module imports from those below it only:
//!
//! 1. [`command`]: one file per command of the program
//! 2. [`cli`]: the command line
//! 3. `testing`: fakes, and a builder for pipelines (feature `testing`)
//! 4. [`config`]: the configuration file and the settings
//! 5. [`pipeline`]: the flow of a frame through everything below
//! 6. [`recording`]: the last frames with what was decided, and their repetition
//! 7. [`service`] and [`output`], which do not import each other: systemd, signals and status;
//!    LEDs, screen, events and images
//! 8. [`recognize`]: the networks
//! 9. [`source`] and [`decide`], which do not import each other: cameras, files and drawn
//!    cards; from observations to decisions
//! 10. [`util`] and [`clock`]: helpers without knowledge of cards
//!
//! `pub` is what the integration tests in `edge/tests` and the binary use.

pub mod cli;
pub mod clock;
pub mod command;
pub(crate) mod config;
pub mod decide;
pub mod output;
pub mod pipeline;
pub mod recognize;
pub(crate) mod recording;
pub mod service;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub(crate) mod util;
