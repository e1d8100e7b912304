//! Which program delivers the frames of a source, and with which arguments it is started.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::source::camera::driver::{CameraError, CaptureRequest};

/// A camera that `rpicam-vid` reads: one on a ribbon cable of a Raspberry Pi.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RpicamCamera {
    /// Its number in the list of `rpicam-vid --list-cameras`.
    pub(crate) index: u32,
    /// Further arguments of `rpicam-vid`.
    pub(crate) arguments: Vec<String>,
}

/// A source whose frames another program delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChildSource {
    Rpicam(RpicamCamera),
    /// The address of a network stream.
    Stream(String),
    /// A video file.
    Clip {
        path: PathBuf,
        pace: Pace,
    },
}

/// How fast a video file is played.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    clap::ValueEnum,
    serde::Deserialize,
    serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pace {
    /// As fast as it was recorded; frames are left out where recognition is slower
    #[default]
    Clip,
    /// As fast as possible, with every frame; times are those of the clip
    Fast,
}

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChildCommand {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// A program that delivers frames.
struct Program {
    /// Its name, and older names.
    names: &'static [&'static str],
    /// The Debian package.
    package: &'static str,
}

const RPICAM: Program = Program { names: &["rpicam-vid", "libcamera-vid"], package: "rpicam-apps" };
const FFMPEG: Program = Program { names: &["ffmpeg"], package: "ffmpeg" };

/// The quality of the JPEG images that ffmpeg makes, 2 (best) to 31.
const JPEG_QUALITY: &str = "2";

impl RpicamCamera {
    /// Reads what follows "rpicam:": a number, which may be missing, and arguments for `rpicam-vid`,
    /// separated by spaces. Returns `None` if it does not begin with a number or an argument.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().peekable();
        let index = match words.peek() {
            Some(word) if !word.starts_with('-') => words.next()?.parse().ok()?,
            _ => 0,
        };
        Some(Self { index, arguments: words.map(str::to_owned).collect() })
    }
}

impl fmt::Display for ChildSource {
    /// The source without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChildSource::Rpicam(camera) => write!(f, "rpicam:{}", camera.index),
            ChildSource::Stream(address) => f.write_str(&without_password(address)),
            ChildSource::Clip { path, .. } => write!(f, "{}", path.display()),
        }
    }
}

impl ChildSource {
    /// The command that delivers its frames.
    ///
    /// # Errors
    /// The program is not installed.
    pub(super) fn command(&self, request: &CaptureRequest) -> Result<ChildCommand, CameraError> {
        let (program, arguments) = match self {
            ChildSource::Rpicam(camera) => (&RPICAM, rpicam_arguments(camera, request)),
            ChildSource::Stream(address) => (&FFMPEG, stream_arguments(address, request)),
            ChildSource::Clip { path, pace } => (&FFMPEG, clip_arguments(path, *pace, request)),
        };
        let search = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&search).collect();
        let program = program.find_in(&folders).ok_or_else(|| CameraError::NoProgram {
            device: self.to_string(),
            program: program.names[0],
            package: program.package,
        })?;
        Ok(ChildCommand { program, arguments })
    }
}

impl Program {
    /// The path of the program in the first folder that has it.
    fn find_in(&self, folders: &[PathBuf]) -> Option<PathBuf> {
        let in_folders = |name| folders.iter().map(move |folder| folder.join(name));
        self.names.iter().flat_map(in_folders).find(|path| path.is_file())
    }
}

fn rpicam_arguments(camera: &RpicamCamera, request: &CaptureRequest) -> Vec<String> {
    let CaptureRequest { width, height, frames_per_second, .. } = request;
    let ours = format!(
        "--camera {} --codec mjpeg --width {width} --height {height} --framerate \
         {frames_per_second} --timeout 0 --nopreview --flush --output -",
        camera.index
    );
    // The user's arguments come last, so that they win.
    words(&ours).chain(camera.arguments.iter().cloned()).collect()
}

fn stream_arguments(address: &str, request: &CaptureRequest) -> Vec<String> {
    let is_rtsp = address.starts_with("rtsp");
    let transport = if is_rtsp { "-rtsp_transport tcp " } else { "" };
    let before = format!("{transport}-fflags nobuffer");
    ffmpeg_arguments(&before, address, request)
}

fn clip_arguments(path: &Path, pace: Pace, request: &CaptureRequest) -> Vec<String> {
    let before = match pace {
        Pace::Clip => "-re",
        Pace::Fast => "",
    };
    // A path is never taken for an address or an option.
    ffmpeg_arguments(before, &format!("file:{}", path.display()), request)
}

fn ffmpeg_arguments(before: &str, input: &str, request: &CaptureRequest) -> Vec<String> {
    let start = format!("-nostdin -hide_banner -loglevel error {before} -i");
    let end = format!(
        "-map 0:v:0 -vf fps={} -codec:v mjpeg -q:v {JPEG_QUALITY} -pix_fmt yuvj420p -f image2pipe \
         pipe:1",
        request.frames_per_second
    );
    words(&start).chain([input.to_owned()]).chain(words(&end)).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_owned)
}

/// An address without the name and the password that it may contain.
pub(crate) fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let host = rest.find('/').unwrap_or(rest.len());
    match rest[..host].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::child::tests::REQUEST;

    #[test]
    fn a_ribbon_camera_has_a_number_and_arguments() {
        let camera = |text| RpicamCamera::from_text(text);
        let with = |index, arguments: &[&str]| {
            let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
            Some(RpicamCamera { index, arguments })
        };
        assert_eq!(camera(""), with(0, &[]));
        assert_eq!(camera("1"), with(1, &[]));
        assert_eq!(camera(" --hflip"), with(0, &["--hflip"]));
        assert_eq!(camera("1 --shutter 20000"), with(1, &["--shutter", "20000"]));
        assert_eq!(camera("front"), None);
        assert_eq!(camera("-1"), with(0, &["-1"]));
        let arguments = rpicam_arguments(&camera("1 --shutter 20000").unwrap(), &REQUEST).join(" ");
        assert!(arguments.starts_with("--camera 1 --codec mjpeg --width 32"), "{arguments}");
        assert!(arguments.ends_with("--output - --shutter 20000"), "{arguments}");
    }

    #[test]
    fn a_path_is_one_argument_and_never_an_address() {
        let path = Path::new("-my clip.mp4");
        let real_time = clip_arguments(path, Pace::Clip, &REQUEST);
        let fast = clip_arguments(path, Pace::Fast, &REQUEST);
        assert!(real_time.contains(&"file:-my clip.mp4".to_owned()), "{real_time:?}");
        assert!(real_time.contains(&"-re".to_owned()) && !fast.contains(&"-re".to_owned()));
    }

    #[test]
    fn passwords_are_not_shown() {
        for (address, shown) in [
            ("rtsp://me:secret@host/a", "rtsp://host/a"),
            ("rtsp://me:p@ss@host:554/a@b", "rtsp://host:554/a@b"),
            ("http://host/a@b", "http://host/a@b"),
        ] {
            assert_eq!(ChildSource::Stream(address.into()).to_string(), shown);
        }
    }

    #[test]
    fn a_program_is_found_by_its_older_name_too() {
        let folder = tempfile::tempdir().unwrap();
        let folders = ["/no/such/folder".into(), folder.path().to_owned()];
        assert_eq!(RPICAM.find_in(&folders), None);
        let old = folder.path().join("libcamera-vid");
        std::fs::write(&old, "").unwrap();
        assert_eq!(RPICAM.find_in(&folders), Some(old));
    }
}
