//! Video4Linux cameras.
//!
//! What the crate `v4l` 0.14 wants one to know, and what is done about it here:
//! - Without a timeout it waits for ever: it is always set.
//! - After a timeout its stream would queue a buffer that the kernel owns still: a stream
//!   is used until its first error only.
//! - It hands out whole buffers: they are cut to `bytesused`.
//! - Reading a driver's answers, and dropping a stream whose device misbehaves, may panic:
//!   both are caught.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use v4l::Device;
use v4l::buffer::{Flags as BufferFlags, Type};
use v4l::capability::{Capabilities, Flags};
use v4l::format::{Colorspace, FourCC, Quantization};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream as MappedStream;
use v4l::io::traits::CaptureStream as _;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;

use super::driver::{CameraError, CaptureRequest, Driver, RawFrame, Stream};
use super::negotiate::{Offer, Steps, ranked};
use super::pixels::{Format, Matrix, PixelFormat, Range};

/// Buffers that the kernel fills in turn.
const BUFFERS: u32 = 4;

/// Drivers of sensors on ribbon cables, which give raw Bayer data and leave the rest to
/// libcamera: Raspberry Pi's (unicam, rp1-cfe) and Jetson's (tegra-video).
const RAW_SENSOR_DRIVERS: [&str; 3] = ["unicam", "rp1-cfe", "tegra-video"];

/// Which camera is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraId {
    /// Such as `/dev/video0`, or a link of `/dev/v4l/by-id`.
    Path(PathBuf),
    /// A part of the name that the driver gives it.
    Name(String),
}

/// Opens a Video4Linux camera.
#[derive(Clone, Debug)]
pub struct V4lDriver {
    id: CameraId,
}

/// An open camera.
pub struct V4lStream {
    name: String,
    format: Format,
    timeout: Duration,
    /// There until it is dropped.
    stream: Option<MappedStream<'static>>,
}

impl V4lDriver {
    /// Of this camera, which need not be there yet.
    pub fn new(id: CameraId) -> Self {
        Self { id }
    }
}

impl Driver for V4lDriver {
    type Stream = V4lStream;

    fn open(&mut self, wanted: &CaptureRequest) -> Result<V4lStream, CameraError> {
        let path = match &self.id {
            CameraId::Path(path) => path.clone(),
            CameraId::Name(name) => {
                let found = cameras().into_iter().find(|camera| camera.name.contains(name));
                found.ok_or_else(|| CameraError::Missing(name.clone()))?.path
            }
        };
        let name = path.display().to_string();
        quietly(&name, || open(&path, &name, wanted))?
    }
}

fn open(path: &Path, name: &str, wanted: &CaptureRequest) -> Result<V4lStream, CameraError> {
    let error = |source| CameraError::of_io(name, source);
    let device = Device::with_path(path).map_err(error)?;
    // A file that is no device answers "inappropriate ioctl" (ENOTTY).
    let capabilities = device.query_caps().map_err(|_| CameraError::NotACamera(name.to_owned()))?;
    let pixel_formats = pixel_formats(&device, name, &capabilities)?;
    let offers = pixel_formats.into_iter().map(|pixels| offer(&device, pixels, wanted)).collect();
    let format = ranked(offers, wanted)
        .into_iter()
        .find_map(|offer| set_format(&device, &offer).transpose())
        .unwrap_or_else(|| Err(io::Error::other("it takes none of the formats that it offers")))
        .map_err(error)?;
    // Many cameras have one rate only, and do not let it be set.
    let _ = device.set_params(&Parameters::with_fps(wanted.frames_per_second));
    let mut stream =
        MappedStream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(error)?;
    stream.set_timeout(wanted.timeout);
    Ok(V4lStream { name: name.to_owned(), format, timeout: wanted.timeout, stream: Some(stream) })
}

/// The pixel formats that the camera has and this program can read.
fn pixel_formats(
    device: &Device,
    name: &str,
    capabilities: &Capabilities,
) -> Result<Vec<PixelFormat>, CameraError> {
    let needed = Flags::VIDEO_CAPTURE | Flags::STREAMING;
    if !capabilities.capabilities.contains(needed) {
        return Err(CameraError::NotACamera(name.to_owned()));
    }
    let all = device.enum_formats().map_err(|source| CameraError::of_io(name, source))?;
    let known: Vec<_> =
        all.iter().filter_map(|format| PixelFormat::of_fourcc(format.fourcc.repr)).collect();
    // The ribbon camera's driver offers a few processed formats that no sensor delivers.
    if RAW_SENSOR_DRIVERS.contains(&capabilities.driver.as_str()) {
        let (device, driver) = (name.to_owned(), capabilities.driver.clone());
        return Err(CameraError::RawSensor { device, driver });
    }
    if known.is_empty() {
        let offered: Vec<_> = all.iter().map(|format| format.fourcc.to_string()).collect();
        let offered = if offered.is_empty() { "nothing".into() } else { offered.join(", ") };
        return Err(CameraError::NoFormat { device: name.to_owned(), offered });
    }
    Ok(known)
}

/// The nearest that the camera has in this pixel format.
fn offer(device: &Device, pixels: PixelFormat, wanted: &CaptureRequest) -> Offer {
    let fourcc = FourCC::new(&pixels.fourcc());
    let size = |size: FrameSizeEnum| match size {
        FrameSizeEnum::Discrete(size) => (size.width, size.height),
        FrameSizeEnum::Stepwise(all) => {
            let steps = |min, max, step| Steps { min, max, step };
            let widths = steps(all.min_width, all.max_width, all.step_width);
            let heights = steps(all.min_height, all.max_height, all.step_height);
            (widths.nearest(wanted.width), heights.nearest(wanted.height))
        }
    };
    // A camera that does not list its sizes gives the nearest when it is set.
    let sizes = device.enum_framesizes(fourcc).unwrap_or_default();
    let (width, height) = sizes
        .into_iter()
        .map(|listed| size(listed.size))
        .min_by_key(|(width, height)| width.abs_diff(wanted.width) + height.abs_diff(wanted.height))
        .unwrap_or((wanted.width, wanted.height));
    let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
    let frames_per_second = intervals
        .into_iter()
        .map(|listed| match listed.interval {
            FrameIntervalEnum::Discrete(interval) => interval,
            FrameIntervalEnum::Stepwise(all) => all.min,
        })
        .map(|interval| f64::from(interval.denominator) / f64::from(interval.numerator.max(1)))
        .fold(0.0, f64::max);
    Offer { pixels, width, height, frames_per_second }
}

/// The layout that the camera will really use; none when it insists on other pixels.
fn set_format(device: &Device, offer: &Offer) -> io::Result<Option<Format>> {
    let fourcc = FourCC::new(&offer.pixels.fourcc());
    let set = device.set_format(&v4l::Format::new(offer.width, offer.height, fourcc))?;
    let Some(pixels) = PixelFormat::of_fourcc(set.fourcc.repr) else { return Ok(None) };
    let matrix = match set.colorspace {
        Colorspace::Rec709 => Matrix::Bt709,
        _ => Matrix::Bt601,
    };
    let range = match (set.quantization, set.colorspace) {
        (Quantization::FullRange, _) | (Quantization::Default, Colorspace::JPEG) => Range::Full,
        _ => Range::Limited,
    };
    let layout = Format {
        pixels,
        width: set.width,
        height: set.height,
        bytes_per_line: set.stride,
        range,
        matrix,
    };
    Ok((pixels == offer.pixels).then_some(layout))
}

impl Stream for V4lStream {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> Format {
        self.format
    }

    fn next(&mut self) -> Result<RawFrame<'_>, CameraError> {
        let Some(stream) = &mut self.stream else {
            return Err(CameraError::Gone(self.name.clone()));
        };
        let (bytes, meta) = stream.next().map_err(|source| match source.kind() {
            io::ErrorKind::TimedOut => {
                let millis = self.timeout.as_millis();
                CameraError::Timeout { device: self.name.clone(), millis }
            }
            _ => CameraError::of_io(&self.name, source),
        })?;
        let filled = bytes.len().min(meta.bytesused as usize);
        let is_damaged = meta.flags.contains(BufferFlags::ERROR);
        Ok(RawFrame { bytes: &bytes[..filled], is_damaged, number: meta.sequence })
    }
}

impl Drop for V4lStream {
    fn drop(&mut self) {
        let stream = self.stream.take();
        if let Err(error) = quietly(&self.name, || drop(stream)) {
            log::warn!("{error}");
        }
    }
}

/// Runs what may panic on answers that `v4l` does not expect.
fn quietly<T>(name: &str, work: impl FnOnce() -> T) -> Result<T, CameraError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let reason = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        CameraError::Driver {
            device: name.to_owned(),
            reason: reason.unwrap_or_else(|| "it does not say what".into()),
        }
    })
}

/// A camera that the system has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    pub path: PathBuf,
    /// As the driver calls it.
    pub name: String,
}

/// The video devices of the system, by number. Not every one of them gives frames.
pub fn cameras() -> Vec<CameraInfo> {
    let mut found: Vec<(u32, CameraInfo)> = Vec::new();
    for entry in fs::read_dir("/sys/class/video4linux").into_iter().flatten().flatten() {
        let node = entry.file_name().to_string_lossy().into_owned();
        let number = node.strip_prefix("video").and_then(|number| number.parse().ok());
        if let (Some(number), Ok(name)) = (number, fs::read_to_string(entry.path().join("name"))) {
            let path = Path::new("/dev").join(node);
            found.push((number, CameraInfo { path, name: name.trim().to_owned() }));
        }
    }
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, camera)| camera).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: CaptureRequest = CaptureRequest {
        width: 640,
        height: 480,
        frames_per_second: 30,
        timeout: Duration::from_secs(1),
    };

    fn error(id: CameraId) -> CameraError {
        V4lDriver::new(id).open(&WANTED).err().unwrap()
    }

    #[test]
    fn a_missing_camera_and_a_file_that_is_none_are_named() {
        let missing = error(CameraId::Path("/dev/no-such-camera".into()));
        assert!(matches!(missing, CameraError::Missing(_)), "{missing}");
        assert!(missing.to_string().contains("/dev/no-such-camera"));
        let unknown = error(CameraId::Name("no such camera".into()));
        assert!(matches!(unknown, CameraError::Missing(_)), "{unknown}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let other = error(CameraId::Path(file.path().into()));
        assert!(matches!(other, CameraError::NotACamera(_)), "{other}");
    }

    #[test]
    fn a_panic_over_a_strange_answer_is_an_error() {
        let outcome = quietly("/dev/video0", || std::panic::resume_unwind(Box::new("strange")));
        let error: CameraError = Result::<(), _>::err(outcome).unwrap();
        assert!(error.to_string().contains("strange"), "{error}");
    }
}
