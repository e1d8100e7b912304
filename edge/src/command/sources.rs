//! From the settings of a source to its frames.

use std::fs::File;
use std::path::PathBuf;

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
pub(super) fn check(settings: &Settings) -> anyhow::Result<()> {
    let can_be_recorded =
        matches!(settings.source, SourceSettings::Camera(_) | SourceSettings::Child(_));
    anyhow::ensure!(
        can_be_recorded || settings.record.is_none(),
        "only cameras, streams and video files can be recorded; name one as the source, such as \
         /dev/video0"
    );
    match &settings.source {
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
            let paths = long_enough(paths, settings.decide.agreeing_frames());
            Ok(Box::new(FileSource::new(paths).looking_at(look)))
        }
        SourceSettings::Camera(id) => {
            let driver = V4lDriver::new(id.clone()).with_controls(settings.controls.clone());
            Ok(camera(driver, settings, look))
        }
        SourceSettings::Child(clip @ ChildSource::Clip { pace, .. }) => {
            let source = ClipSource::open(clip, &settings.camera, look)?
                .keeping_sent(settings.record.is_some());
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

/// The images of a run. A single one is shown until it is named; several are the frames of a video.
fn long_enough(paths: Vec<PathBuf>, agreeing_frames: u32) -> Vec<PathBuf> {
    if agreeing_frames == 1 {
        return paths;
    }
    if let [path] = &paths[..] {
        return vec![path.clone(); agreeing_frames as usize];
    }
    log::info!(
        "each of the {} images is one frame, and a card is named when {agreeing_frames} frames in a row \
         agree (decide.agreeing_frames); `cardsight classify` names the cards of each image",
        paths.len()
    );
    paths
}

fn camera<D>(driver: D, settings: &Settings, look: FirstLook) -> Box<dyn FrameSource>
where
    D: Driver<Stream: Stream + Send> + Send + 'static,
{
    // Devices that lost their cameras at the same moment must not retry at the same moment.
    let rng = Pcg64::seed_from_u64(std::process::id().into());
    let camera = CameraSource::new(driver, settings.camera, SystemClock::start(), rng);
    Box::new(LatestFrameSource::start(
        camera.looking_at(look).keeping_sent(settings.record.is_some()),
    ))
}
