//! The video devices of the system: opening one, and listing all.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::error::chain;
use rustix::io::Errno;
use v4l::Device;
use v4l::capability::{Capabilities, Flags};
use v4l::format::FourCC;
use v4l::video::Capture as _;

use super::driver::CameraError;
use crate::util::catch::catch_quietly;
use crate::util::errno::ErrnoKind;
use crate::util::numbered::numbered_entries;

/// The folder in which the kernel lists the video devices.
pub(super) const VIDEO_CLASS: &str = "/sys/class/video4linux";

/// Runs code of the crate `v4l` that may panic over an unexpected answer of the driver.
pub(super) fn catch_panic<T>(name: &str, work: impl FnOnce() -> T) -> Result<T, CameraError> {
    catch_quietly(work).map_err(|reason| CameraError::Driver { device: name.to_owned(), reason })
}

/// Opens a device that delivers frames.
pub(super) fn open_device(path: &Path, name: &str) -> Result<(Device, Capabilities), CameraError> {
    let of_io = |source| CameraError::of_io(name, source);
    let device = Device::with_path(path).map_err(of_io)?;
    let capabilities = device.query_caps().map_err(|source| {
        match Errno::from_io_error(&source) {
            // The kernel answers like this for a file that is not a video device; ENOSYS is the
            // answer of an emulator.
            Some(Errno::NOTTY | Errno::INVAL | Errno::NOSYS) => {
                CameraError::NotACamera(name.to_owned())
            }
            _ => of_io(source),
        }
    })?;
    match other_kind(capabilities.capabilities) {
        Some(kind) => Err(CameraError::OtherKind { device: name.to_owned(), kind }),
        None => Ok((device, capabilities)),
    }
}

/// What a video device is that delivers no frames which this program could read.
fn other_kind(capabilities: Flags) -> Option<&'static str> {
    let has = |flags| capabilities.intersects(flags);
    if has(Flags::VIDEO_M2M | Flags::VIDEO_M2M_MPLANE) {
        Some("converts video, as encoders and scalers do, and is not a camera")
    } else if capabilities.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING) {
        None
    } else if has(Flags::VIDEO_CAPTURE_MPLANE) {
        Some(
            "delivers frames in several planes only, which cardsight can't read; for a ribbon-cable \
             camera write source = \"rpicam:0\"",
        )
    } else if has(Flags::META_CAPTURE) {
        Some("delivers metadata of a camera and no frames; the camera has another device for those")
    } else if has(Flags::VIDEO_OUTPUT | Flags::VIDEO_OUTPUT_MPLANE) {
        Some("shows video and delivers none")
    } else if has(Flags::VIDEO_CAPTURE) {
        Some("can't stream frames")
    } else {
        Some("delivers no frames")
    }
}

/// The codes of all pixel formats that the camera offers.
pub(super) fn offered_codes(device: &Device, name: &str) -> Result<Vec<FourCC>, CameraError> {
    let formats = device.enum_formats().map_err(|source| CameraError::of_io(name, source))?;
    Ok(formats.into_iter().map(|format| format.fourcc).collect())
}

/// Codes for a message, such as "MJPG, YUYV".
pub(super) fn code_list(codes: &[FourCC]) -> String {
    if codes.is_empty() {
        return "no format at all".into();
    }
    codes.iter().map(FourCC::to_string).collect::<Vec<_>>().join(", ")
}

/// A video device of the system, and what it offers.
#[derive(Debug)]
pub(crate) struct CameraInfo {
    pub path: PathBuf,
    /// The name that the driver gives the device; empty if it can't be read.
    pub name: String,
    /// The codes of all pixel formats that the device offers, or why it delivers no frames.
    /// Not every video device is a camera.
    pub formats: Result<Vec<String>, CameraError>,
}

impl fmt::Display for CameraInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if !self.name.is_empty() {
            write!(f, " ({})", self.name)?;
        }
        match &self.formats {
            Ok(formats) if formats.is_empty() => f.write_str(": offers no format"),
            Ok(formats) => write!(f, ": offers {}", formats.join(", ")),
            Err(error) => write!(f, ": {}", chain(error)),
        }
    }
}

/// All video devices of the system, sorted by their numbers. Each device is opened to
/// query its formats, but it is not started. If the list itself can't be read, its folder
/// takes the place of a device.
pub(crate) fn cameras() -> Vec<CameraInfo> {
    cameras_in(Path::new(VIDEO_CLASS))
}

fn cameras_in(class: &Path) -> Vec<CameraInfo> {
    match video_devices(class) {
        Ok(entries) => entries.iter().map(|entry| camera_info(entry)).collect(),
        Err(error) => {
            vec![CameraInfo { path: class.to_owned(), name: String::new(), formats: Err(error) }]
        }
    }
}

/// The entries of the kernel's folder of video devices.
fn video_devices(class: &Path) -> Result<Vec<PathBuf>, CameraError> {
    match numbered_entries(class, "video") {
        // The folder exists only if a video driver is loaded.
        Err(error) if ErrnoKind::of(&error) == ErrnoKind::Missing => Ok(Vec::new()),
        outcome => outcome
            .map_err(|source| CameraError::Io { device: class.display().to_string(), source }),
    }
}

fn camera_info(entry: &Path) -> CameraInfo {
    let path = device_path(entry);
    let device = path.display().to_string();
    match device_name(entry) {
        Ok(name) => {
            let formats = catch_panic(&device, || {
                let (opened, _) = open_device(&path, &device)?;
                let codes = offered_codes(&opened, &device)?;
                Ok(codes.iter().map(FourCC::to_string).collect())
            });
            CameraInfo { path, name, formats: formats.unwrap_or_else(Err) }
        }
        Err(source) => CameraInfo {
            path,
            name: String::new(),
            formats: Err(CameraError::of_io(&device, source)),
        },
    }
}

/// The path of the first device with `part` in its name that delivers frames; case does not matter.
/// A camera may have more devices, for example for metadata. If none delivers frames, the first one
/// is returned, so that opening it reports why.
pub(super) fn find_by_name(class: &Path, part: &str) -> Result<PathBuf, CameraError> {
    let part_in_lower_case = part.to_lowercase();
    let mut first = None;
    for entry in video_devices(class)? {
        match device_name(&entry) {
            Ok(name) if name.to_lowercase().contains(&part_in_lower_case) => {
                let path = device_path(&entry);
                match open_device(&path, &path.display().to_string()) {
                    // What is missing or not a camera may have a sibling.
                    Err(
                        CameraError::NotACamera(_)
                        | CameraError::OtherKind { .. }
                        | CameraError::Missing(_),
                    ) => {
                        first.get_or_insert(path);
                    }
                    _ => return Ok(path),
                }
            }
            Ok(_) => {}
            Err(error) => log::debug!("can't read the name of {}: {error}", entry.display()),
        }
    }
    first.ok_or_else(|| CameraError::Missing(format!("with {part:?} in its name")))
}

/// The name that the driver gives a device.
fn device_name(entry: &Path) -> io::Result<String> {
    Ok(fs::read_to_string(entry.join("name"))?.trim().to_owned())
}

/// The path in `/dev` of an entry in the kernel's folder of video devices.
fn device_path(entry: &Path) -> PathBuf {
    Path::new("/dev").join(entry.file_name().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_over_an_unexpected_answer_is_an_error() {
        let outcome = catch_panic("/dev/video0", || std::panic::resume_unwind(Box::new("strange")));
        let error: CameraError = Result::<(), _>::err(outcome).unwrap();
        assert!(error.to_string().contains("strange"), "{error}");
    }

    #[test]
    fn each_kind_of_device_that_is_no_camera_has_its_own_message() {
        let streaming = |flags: Flags| other_kind(flags | Flags::STREAMING);
        assert_eq!(streaming(Flags::VIDEO_CAPTURE), None);
        assert_eq!(streaming(Flags::VIDEO_CAPTURE | Flags::META_CAPTURE), None);
        for (flags, words) in [
            (Flags::VIDEO_CAPTURE_MPLANE, "in several planes"),
            (Flags::META_CAPTURE, "metadata"),
            (Flags::VIDEO_M2M_MPLANE, "converts video"),
            (Flags::VIDEO_M2M, "converts video"),
            (Flags::VIDEO_OUTPUT, "shows video"),
            (Flags::TOUCH, "no frames"),
        ] {
            assert!(streaming(flags).is_some_and(|kind| kind.contains(words)), "{flags:?}");
        }
        assert_eq!(other_kind(Flags::VIDEO_CAPTURE), Some("can't stream frames"));
    }

    #[test]
    fn devices_are_listed_with_their_names_and_what_is_wrong_with_them() {
        let class = tempfile::tempdir().unwrap();
        for (node, name) in [("video999", "Desk camera\n"), ("video998", "Door camera\n")] {
            fs::create_dir(class.path().join(node)).unwrap();
            fs::write(class.path().join(node).join("name"), name).unwrap();
        }
        fs::create_dir(class.path().join("video997")).unwrap();
        let listed: Vec<String> =
            cameras_in(class.path()).iter().map(CameraInfo::to_string).collect();
        assert!(listed[0].starts_with("/dev/video997: there is no camera"), "{listed:?}");
        assert!(listed[1].starts_with("/dev/video998 (Door camera): there is"), "{listed:?}");
        assert!(listed[2].starts_with("/dev/video999 (Desk camera): there is"), "{listed:?}");
        let found = find_by_name(class.path(), "desk CAM").unwrap();
        assert_eq!(found, Path::new("/dev/video999"));
        assert!(cameras_in(Path::new("/no/such/class")).is_empty(), "no video driver is loaded");
        let unreadable = cameras_in(&class.path().join("video999/name"));
        assert!(unreadable[0].formats.is_err(), "{unreadable:?}");
    }
}
