//! From the settings of a source to its frames.

use std::fs::File;

use anyhow::Context as _;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;

use crate::clock::SystemClock;
use crate::config::Settings;
use crate::config::settings::SourceSettings;
use crate::source::camera::CameraSource;
use crate::source::camera::driver::{Driver, Stream};
use crate::source::camera::v4l::V4lDriver;
use crate::source::child::clip::ClipSource;
use crate::source::child::command::{ChildSource, Pace};
use crate::source::child::driver::ChildDriver;
use crate::source::files::{self, FileSource};
use crate::source::latest::LatestFrameSource;
use crate::source::{FirstLook, FrameSource};

/// Checks that a source can deliver frames. A camera may be missing: it is opened again until
/// it is there.
pub(super) fn check(source: &SourceSettings) -> anyhow::Result<()> {
    match source {
        SourceSettings::Demo(_) if !cfg!(feature = "demo") => anyhow::bail!(
            "this build of cardsight has no source \"demo\"; name a camera or images, such as \
             --source /dev/video0"
        ),
        SourceSettings::Files(path) => {
            files::list(std::slice::from_ref(path))?;
            Ok(())
        }
        SourceSettings::Child(ChildSource::Clip { path, .. }) => {
            File::open(path).with_context(|| format!("can't read the video {path:?}"))?;
            Ok(())
        }
        SourceSettings::Demo(_) | SourceSettings::Camera(_) | SourceSettings::Child(_) => Ok(()),
    }
}

/// Opens the source. What is decoded of each frame is `look`.
pub(super) fn open(settings: &Settings, look: FirstLook) -> anyhow::Result<Box<dyn FrameSource>> {
    match &settings.source {
        SourceSettings::Files(path) => {
            let paths = files::list(std::slice::from_ref(path))?.report();
            Ok(Box::new(FileSource::new(paths).looking_at(look)))
        }
        SourceSettings::Camera(id) => {
            let driver = V4lDriver::new(id.clone()).with_controls(settings.controls.clone());
            Ok(camera(driver, settings, look))
        }
        SourceSettings::Child(clip @ ChildSource::Clip { pace, .. }) => {
            let source = ClipSource::open(clip, &settings.camera, look)?;
            match pace {
                Pace::Clip => Ok(Box::new(LatestFrameSource::start(source))),
                Pace::Fast => Ok(Box::new(source)),
            }
        }
        SourceSettings::Child(source) => {
            Ok(camera(ChildDriver::new(source.clone()), settings, look))
        }
        #[cfg(feature = "demo")]
        SourceSettings::Demo(demo) => {
            let demo = crate::source::demo::DemoSource::new(
                demo.frames_per_second,
                demo.seed,
                SystemClock::start(),
            );
            Ok(Box::new(LatestFrameSource::start(demo)))
        }
        #[cfg(not(feature = "demo"))]
        SourceSettings::Demo(_) => unreachable!("`check` refuses this source"),
    }
}

fn camera<D>(driver: D, settings: &Settings, look: FirstLook) -> Box<dyn FrameSource>
where
    D: Driver<Stream: Stream + Send> + Send + 'static,
{
    // Devices that lost their cameras at the same moment must not retry at the same moment.
    let rng = Pcg64::seed_from_u64(std::process::id().into());
    let camera = CameraSource::new(driver, settings.camera, SystemClock::start(), rng);
    Box::new(LatestFrameSource::start(camera.looking_at(look)))
}
