//! What the text of `source` means.

use std::path::Path;

use crate::config::settings::{DemoSettings, SourceSettings};
use crate::source::camera::v4l::CameraId;
use crate::source::child::command::{ChildSource, Pace, RpicamCamera};

/// The forms that a source can have.
const FORMS: &str = "\"demo\", a camera (\"/dev/video0\", \"video0\", \"0\", or \"camera:NAME\" with a \
                     part of its name), \"rpicam:0\" for a ribbon-cable camera, an address (rtsp://, \
                     http://), a video file (.mp4, .mkv, …), an image, or a folder of images";

/// The endings of video files.
const VIDEO_ENDINGS: [&str; 17] = [
    "3gp", "avi", "flv", "m2ts", "m4v", "mjpeg", "mjpg", "mkv", "mov", "mp4", "mpeg", "mpg", "mts",
    "ogv", "ts", "webm", "wmv",
];

/// The beginnings of addresses that ffmpeg opens for us.
const STREAMS: [&str; 4] = ["rtsp://", "rtsps://", "http://", "https://"];

/// A text that is none of [`FORMS`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source is {text:?}, which cardsight does not know{hint}; a source is {FORMS}")]
pub(crate) struct UnknownSource {
    text: String,
    hint: &'static str,
}

/// Reads the text of `source`.
///
/// # Errors
/// It is none of the forms. Whether a file or a camera exists is not checked here.
pub(super) fn parse(
    text: &str,
    demo: DemoSettings,
    pace: Pace,
) -> Result<SourceSettings, UnknownSource> {
    let unknown = |hint| UnknownSource { text: text.to_owned(), hint };
    if text == "demo" {
        return Ok(SourceSettings::Demo(demo));
    }
    if let Some(path) = device_path(text) {
        return Ok(SourceSettings::Camera(CameraId::Path(path.into())));
    }
    if let Some(name) = text.strip_prefix("camera:") {
        return Ok(SourceSettings::Camera(CameraId::Name(name.into())));
    }
    if let Some(camera) = text.strip_prefix("rpicam:") {
        let hint = " (the camera's number comes first, then the arguments of rpicam-vid)";
        let camera = RpicamCamera::from_text(camera).ok_or_else(|| unknown(hint))?;
        return Ok(SourceSettings::Child(ChildSource::Rpicam(camera)));
    }
    if STREAMS.iter().any(|start| text.to_ascii_lowercase().starts_with(start)) {
        return Ok(SourceSettings::Child(ChildSource::Stream(text.to_owned())));
    }
    match text {
        "" => Err(unknown("")),
        "-" => Err(unknown(" (it can't read from standard input)")),
        _ if text.starts_with("csi:") => {
            Err(unknown(" (a ribbon-cable camera of a Raspberry Pi is \"rpicam:0\")"))
        }
        _ if text.contains("://") => Err(unknown("")),
        _ if is_video(text) => {
            Ok(SourceSettings::Child(ChildSource::Clip { path: text.into(), pace }))
        }
        _ => Ok(SourceSettings::Files(text.into())),
    }
}

/// The path of a device that is named by its path, by its file name or by its number.
fn device_path(text: &str) -> Option<String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if Path::new(text).starts_with("/dev") {
        Some(text.to_owned())
    } else if is_number(text) {
        Some(format!("/dev/video{text}"))
    } else if text.strip_prefix("video").is_some_and(is_number) {
        Some(format!("/dev/{text}"))
    } else {
        None
    }
}

fn is_video(text: &str) -> bool {
    let ending = Path::new(text).extension().and_then(|ending| ending.to_str());
    ending
        .is_some_and(|ending| VIDEO_ENDINGS.iter().any(|video| ending.eq_ignore_ascii_case(video)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: DemoSettings = DemoSettings { frames_per_second: 10.0, seed: 0 };

    fn source(text: &str) -> SourceSettings {
        parse(text, DEMO, Pace::Fast).unwrap()
    }

    #[test]
    fn cameras_are_named_in_several_ways() {
        let path = |path: &str| SourceSettings::Camera(CameraId::Path(path.into()));
        for (text, expected) in [
            ("/dev/video2", "/dev/video2"),
            ("/dev/v4l/by-id/usb-C920", "/dev/v4l/by-id/usb-C920"),
            ("video2", "/dev/video2"),
            ("0", "/dev/video0"),
        ] {
            assert_eq!(source(text), path(expected));
        }
        let name = SourceSettings::Camera(CameraId::Name("C920".into()));
        assert_eq!(source("camera:C920"), name);
        assert_eq!(source("demo"), SourceSettings::Demo(DEMO));
    }

    #[test]
    fn ribbon_cameras_streams_and_clips_are_understood() {
        let arguments = vec!["--shutter".into(), "20000".into()];
        let camera = ChildSource::Rpicam(RpicamCamera { index: 1, arguments });
        assert_eq!(source("rpicam:1 --shutter 20000"), SourceSettings::Child(camera));
        for address in ["rtsp://host/a", "RTSP://host/a", "https://host/a.mjpg"] {
            assert_eq!(source(address), SourceSettings::Child(ChildSource::Stream(address.into())));
        }
        for clip in ["clip.mp4", "folder/A.MKV"] {
            let clip = ChildSource::Clip { path: clip.into(), pace: Pace::Fast };
            assert_eq!(source(&clip.to_string()), SourceSettings::Child(clip));
        }
        for files in ["cards", "card.gif", "./0", "video", "videos/", "mp4"] {
            assert_eq!(source(files), SourceSettings::Files(files.into()));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_a_list() {
        for (text, hint) in [
            ("csi://0", "\"rpicam:0\")"),
            ("-", "standard input"),
            ("", "source is \"\""),
            ("ftp://host/a", "\"ftp://host/a\""),
            ("rpicam:front", "number comes first"),
        ] {
            let error = parse(text, DEMO, Pace::Clip).unwrap_err().to_string();
            assert!(error.contains(hint) && error.contains("\"camera:NAME\""), "{error}");
        }
    }
}
