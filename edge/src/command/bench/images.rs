//! What `cardsight bench` recognises: image files, or drawn scenes.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::decide::Mode;
use crate::recognize::Recognizer;
use crate::source::files::{self, FileSource};
use crate::source::{FirstLook, Frame, FrameSource as _, Next};

/// The frames of a round.
#[derive(Debug)]
pub(super) enum Images {
    /// Files, which are read and decoded again in each round, so that this is measured too.
    Files { paths: Vec<PathBuf>, look: FirstLook },
    /// Scenes in memory, which are not decoded.
    Drawn(Vec<Rc<Frame>>),
}

impl Images {
    /// Lists the images in a folder, which are decoded as far as a recognizer looks at them, or
    /// draws scenes that suit its mode.
    ///
    /// # Errors
    /// The folder has no images, or this build can't draw.
    pub(super) fn open(folder: Option<&Path>, recognizer: &Recognizer) -> anyhow::Result<Self> {
        match folder {
            Some(folder) => {
                let paths = files::list(&[folder.to_owned()])?.report();
                Ok(Self::Files { paths, look: recognizer.first_look() })
            }
            None => Ok(Self::Drawn(drawn_frames(recognizer.mode())?)),
        }
    }

    /// Returns the number of frames in a round.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Files { paths, .. } => paths.len(),
            Self::Drawn(frames) => frames.len(),
        }
    }

    /// Reads and decodes a frame, if it is a file. `index` is below [`Images::len`].
    ///
    /// # Errors
    /// The file can't be read or decoded.
    pub(super) fn frame(&self, index: usize) -> anyhow::Result<Rc<Frame>> {
        match self {
            Self::Files { paths, look } => Ok(Rc::new(read_frame(&paths[index], *look)?)),
            Self::Drawn(frames) => Ok(Rc::clone(&frames[index])),
        }
    }
}

fn read_frame(path: &Path, look: FirstLook) -> anyhow::Result<Frame> {
    match FileSource::new(vec![path.to_owned()]).looking_at(look).next()? {
        Next::Frame(frame) => Ok(frame),
        Next::Nothing | Next::End => anyhow::bail!("{} has no image", path.display()),
    }
}

/// Draws one card per frame of 640×480 pixels: in full-frame mode a close-up, in auto mode
/// anywhere on the table.
#[cfg(feature = "demo")]
fn drawn_frames(mode: Mode) -> anyhow::Result<Vec<Rc<Frame>>> {
    use std::time::Duration;

    use common::Card;
    use renderer::deck::Style;
    use renderer::scene::{SceneOptions, draw_scene};

    /// The number of frames.
    const SCENES: usize = 20;

    let options = match mode {
        Mode::Full => SceneOptions::close_up(),
        Mode::Auto => SceneOptions::default(),
    };
    let options = SceneOptions { style: Some(Style::classic()), ..options };
    let mut frames = Vec::with_capacity(SCENES);
    for (seed, card) in (0..).zip(Card::all().step_by(2)).take(SCENES) {
        let image = draw_scene(&[card], &options, seed).image.into();
        let name = format!("drawn {card}");
        frames.push(Rc::new(Frame { image, name, decode: Duration::ZERO }));
    }
    Ok(frames)
}

#[cfg(not(feature = "demo"))]
fn drawn_frames(_mode: Mode) -> anyhow::Result<Vec<Rc<Frame>>> {
    anyhow::bail!("this build of cardsight can't draw scenes; name a folder of images")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_in_each_round() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("card.png");
        image::RgbImage::new(6, 4).save(&file).unwrap();
        let recognizer = Recognizer::load(None).unwrap();
        let images = Images::open(Some(folder.path()), &recognizer).unwrap();
        assert_eq!(images.len(), 1);
        assert_eq!(images.frame(0).unwrap().image.size(), common::Size::new(6, 4));
        std::fs::remove_file(&file).unwrap();
        assert!(images.frame(0).is_err());
    }
}
