//! The feed of `cardsight run`.

use std::path::PathBuf;

use feed::Hello;

use crate::clock::SystemClock;
use crate::config::Settings;
use crate::output::feed::{Feed, FeedServer};
use crate::recognize::ModelId;
use crate::service::identity::DeviceIdentity;

/// The feed of a run, which stays with its readers while configurations are reloaded.
#[derive(Default)]
pub(super) struct RunFeed {
    server: Option<(PathBuf, FeedServer)>,
}

impl RunFeed {
    /// Serves the feed that the settings ask for. Without it, the program goes on: it is made for
    /// other programs, and recognition does not depend on them.
    pub(super) fn apply(&mut self, settings: &Settings, model: &ModelId, clock: SystemClock) {
        let DeviceIdentity { id, name } = settings.device.clone();
        let hello = Hello {
            version: feed::VERSION,
            device_id: id,
            device_name: name,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            model_sha256: model.sha256.clone(),
        };
        let wanted = settings.feed.as_ref();
        // A server at another path ends before the next one begins.
        self.server.take_if(|(path, _)| Some(&*path) != wanted);
        if let Some((_, server)) = &self.server {
            server.set_hello(hello);
            return;
        }
        let Some(path) = wanted else { return };
        match FeedServer::start(path, hello, clock) {
            Ok(server) => self.server = Some((path.clone(), server)),
            Err(error) => log::warn!("there is no feed: {:#}", anyhow::Error::from(error)),
        }
    }

    /// Where the pipeline leaves what readers get, if there is a feed.
    pub(super) fn feed(&self) -> Option<Feed> {
        self.server.as_ref().map(|(_, server)| server.feed())
    }
}
