//! Video4Linux cameras.
//!
//! The crate `v4l` 0.14 has properties that a caller must know:
//! - Without a timeout it waits for ever, so a timeout is always set.
//! - After a timeout its stream would queue a buffer that the kernel still owns, so a
//!   stream is not used after its first error.
//! - It returns buffers in full length, so they are cut to `bytesused`.
//! - It may panic over an answer that it does not expect, or when a stream is dropped
//!   whose device misbehaves. Such panics are caught, not printed, and returned as errors.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use common::error::chain;
use v4l::Device;
use v4l::buffer::{Flags as BufferFlags, Type};
use v4l::capability::Capabilities;
use v4l::format::{Colorspace, FourCC, Quantization};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream as MappedStream;
use v4l::io::traits::CaptureStream as _;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;

use super::controls::apply::{apply, values};
use super::controls::settings::ControlSettings;
pub(crate) use super::devices::{CameraInfo, cameras};
use super::devices::{
    VIDEO_CLASS, catch_panic, code_list, find_by_name, offered_codes, open_device,
};
use super::driver::{CameraError, CaptureRequest, Driver, RawFrame, Stream};
use super::negotiate::{Offer, SizeRange, ranked};
use super::pixels::{CaptureFormat, ColorMatrix, LevelRange, PixelFormat};
use super::time_limit::FrameTimeLimit;

/// The number of buffers that the kernel fills in turn.
const BUFFERS: u32 = 4;

/// Drivers of sensors on ribbon cables: Raspberry Pi's (unicam, rp1-cfe) and Jetson's
/// (tegra-video). They deliver raw Bayer data and leave its processing to libcamera.
const RAW_SENSOR_DRIVERS: [&str; 3] = ["unicam", "rp1-cfe", "tegra-video"];

/// How a configuration names a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CameraId {
    /// A path such as `/dev/video0`, or a link in `/dev/v4l/by-id`.
    Path(PathBuf),
    /// A part of the name that the driver gives the camera.
    Name(String),
}

/// Opens a Video4Linux camera.
#[derive(Clone, Debug)]
pub(crate) struct V4lDriver {
    id: CameraId,
    controls: ControlSettings,
    /// What did not work when the controls were set last.
    control_faults: Vec<String>,
}

/// An open Video4Linux camera.
pub(crate) struct V4lStream {
    name: String,
    format: CaptureFormat,
    limit: FrameTimeLimit,
    opened: Instant,
    device: Device,
    /// `None` only while the stream is dropped.
    stream: Option<MappedStream<'static>>,
}

impl V4lDriver {
    /// A driver for this camera, which need not exist yet.
    pub(crate) fn new(id: CameraId) -> Self {
        Self { id, controls: ControlSettings::new(), control_faults: Vec::new() }
    }

    /// Sets these controls whenever the camera is opened.
    pub(crate) fn with_controls(self, controls: ControlSettings) -> Self {
        Self { controls, ..self }
    }

    /// Sets the controls. What does not work is logged when it begins and when it changes; the camera
    /// is used all the same.
    fn apply_controls(&mut self, device: &Device, name: &str) {
        let faults = apply(&self.controls, device);
        for fault in faults.iter().filter(|fault| !self.control_faults.contains(fault)) {
            log::warn!("camera {name}, [camera.controls]: {fault}");
        }
        self.control_faults = faults;
    }

    fn open_path(
        &mut self,
        path: &Path,
        name: &str,
        request: &CaptureRequest,
        avoided: &[PixelFormat],
    ) -> Result<V4lStream, CameraError> {
        let (device, capabilities) = open_device(path, name)?;
        let format = negotiate(&device, name, &capabilities, request, avoided)?;
        // Many cameras have only one rate and do not let it be set, so an error does not count.
        let _ = device.set_params(&Parameters::with_fps(request.frames_per_second));
        self.apply_controls(&device, name);
        let stream = MappedStream::with_buffers(&device, Type::VideoCapture, BUFFERS)
            .map_err(|source| CameraError::of_io(name, source))?;
        let (limit, opened) = (FrameTimeLimit::new(request), Instant::now());
        let (name, stream) = (name.to_owned(), Some(stream));
        Ok(V4lStream { name, format, limit, opened, device, stream })
    }
}

impl Driver for V4lDriver {
    type Stream = V4lStream;

    fn open(
        &mut self,
        request: &CaptureRequest,
        avoided: &[PixelFormat],
    ) -> Result<V4lStream, CameraError> {
        let path = match &self.id {
            CameraId::Path(path) => path.clone(),
            CameraId::Name(name) => find_by_name(Path::new(VIDEO_CLASS), name)?,
        };
        let name = path.display().to_string();
        catch_panic(&name, || self.open_path(&path, &name, request, avoided))?
    }
}

/// Sets the best format that the camera accepts.
fn negotiate(
    device: &Device,
    name: &str,
    capabilities: &Capabilities,
    request: &CaptureRequest,
    avoided: &[PixelFormat],
) -> Result<CaptureFormat, CameraError> {
    let formats = readable_formats(device, name, capabilities)?;
    let offers = formats.into_iter().map(|pixels| nearest_offer(device, pixels, request));
    for offer in ranked(offers.collect(), request, avoided) {
        let format = set_format(device, &offer);
        if let Some(format) = format.map_err(|source| CameraError::of_io(name, source))? {
            return Ok(format);
        }
    }
    let source = io::Error::other("it accepts none of the formats that it offers");
    Err(CameraError::of_io(name, source))
}

/// The pixel formats that the camera offers and this program can read.
fn readable_formats(
    device: &Device,
    name: &str,
    capabilities: &Capabilities,
) -> Result<Vec<PixelFormat>, CameraError> {
    let offered = offered_codes(device, name)?;
    // The driver of a ribbon-cable camera also lists a few processed formats, but no
    // sensor delivers them.
    if RAW_SENSOR_DRIVERS.contains(&capabilities.driver.as_str()) {
        let (device, driver) = (name.to_owned(), capabilities.driver.clone());
        return Err(CameraError::RawSensor { device, driver });
    }
    let readable: Vec<PixelFormat> =
        offered.iter().filter_map(|code| PixelFormat::of_fourcc(code.repr)).collect();
    if readable.is_empty() {
        let offered = code_list(&offered);
        return Err(CameraError::NoFormat { device: name.to_owned(), offered });
    }
    Ok(readable)
}

/// The offer in this pixel format that is nearest to the request.
fn nearest_offer(device: &Device, pixels: PixelFormat, request: &CaptureRequest) -> Offer {
    let fourcc = FourCC::new(&pixels.fourcc());
    // A camera that does not list its sizes chooses the nearest one when a size is set.
    let sizes = device.enum_framesizes(fourcc).unwrap_or_default();
    let (width, height) = sizes
        .into_iter()
        .map(|listed| nearest_size(listed.size, request))
        .min_by_key(|(width, height)| {
            width.abs_diff(request.width) + height.abs_diff(request.height)
        })
        .unwrap_or((request.width, request.height));
    let frames_per_second = highest_rate(device, fourcc, width, height);
    Offer { pixels, width, height, frames_per_second }
}

/// Width and height, in pixels, of the size in a listed range that is nearest to the
/// request.
fn nearest_size(listed: FrameSizeEnum, request: &CaptureRequest) -> (u32, u32) {
    match listed {
        FrameSizeEnum::Discrete(size) => (size.width, size.height),
        FrameSizeEnum::Stepwise(all) => {
            let widths = SizeRange { min: all.min_width, max: all.max_width, step: all.step_width };
            let heights =
                SizeRange { min: all.min_height, max: all.max_height, step: all.step_height };
            (widths.nearest(request.width), heights.nearest(request.height))
        }
    }
}

/// The highest rate in frames per second; 0 if the camera does not list its rates.
fn highest_rate(device: &Device, fourcc: FourCC, width: u32, height: u32) -> f64 {
    let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
    intervals
        .into_iter()
        .map(|listed| match listed.interval {
            FrameIntervalEnum::Discrete(interval) => interval,
            FrameIntervalEnum::Stepwise(all) => all.min,
        })
        .map(|interval| f64::from(interval.denominator) / f64::from(interval.numerator.max(1)))
        .fold(0.0, f64::max)
}

/// Sets an offer and returns the layout that the camera will really use, or `None` if the
/// camera changes to another pixel format.
fn set_format(device: &Device, offer: &Offer) -> io::Result<Option<CaptureFormat>> {
    let fourcc = FourCC::new(&offer.pixels.fourcc());
    let set = device.set_format(&v4l::Format::new(offer.width, offer.height, fourcc))?;
    if PixelFormat::of_fourcc(set.fourcc.repr) != Some(offer.pixels) {
        return Ok(None);
    }
    // BT.601 unless the camera reports otherwise.
    let matrix = match set.colorspace {
        Colorspace::Rec709 => ColorMatrix::Bt709,
        _ => ColorMatrix::Bt601,
    };
    let range = match (set.quantization, set.colorspace) {
        (Quantization::FullRange, _) | (Quantization::Default, Colorspace::JPEG) => {
            LevelRange::Full
        }
        _ => LevelRange::Limited,
    };
    Ok(Some(
        CaptureFormat {
            pixels: offer.pixels,
            width: set.width,
            height: set.height,
            bytes_per_line: set.stride,
            range,
            matrix,
        }
        .with_line_length(),
    ))
}

impl Stream for V4lStream {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> CaptureFormat {
        self.format
    }

    fn control_values(&self) -> BTreeMap<String, i64> {
        values(&self.device)
    }

    fn next(&mut self) -> Result<RawFrame<'_>, CameraError> {
        let Some(stream) = &mut self.stream else {
            return Err(CameraError::Gone(self.name.clone()));
        };
        let (timeout, key) = self.limit.current();
        stream.set_timeout(timeout);
        let (bytes, meta) = stream.next().map_err(|source| match source.kind() {
            io::ErrorKind::TimedOut => {
                let millis = timeout.as_millis();
                CameraError::Timeout { device: self.name.clone(), millis, key }
            }
            _ => CameraError::of_io(&self.name, source),
        })?;
        self.limit.frame_arrived(self.opened.elapsed());
        let filled = bytes.len().min(meta.bytesused as usize);
        let is_damaged = meta.flags.contains(BufferFlags::ERROR);
        Ok(RawFrame { bytes: &bytes[..filled], is_damaged, number: meta.sequence })
    }
}

impl Drop for V4lStream {
    fn drop(&mut self) {
        let stream = self.stream.take();
        if let Err(error) = catch_panic(&self.name, || drop(stream)) {
            log::warn!("{}", chain(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const REQUEST: CaptureRequest = CaptureRequest {
        width: 640,
        height: 480,
        frames_per_second: 30,
        first_frame_timeout: Duration::from_secs(10),
        timeout: Duration::from_secs(1),
    };

    fn error(id: CameraId) -> CameraError {
        V4lDriver::new(id).open(&REQUEST, &[]).err().unwrap()
    }

    #[test]
    fn a_missing_camera_and_a_file_that_is_not_a_camera_are_named() {
        let missing = error(CameraId::Path("/dev/no-such-camera".into()));
        assert!(matches!(missing, CameraError::Missing(_)), "{missing}");
        assert!(missing.to_string().contains("/dev/no-such-camera"));
        let unknown = error(CameraId::Name("no such camera".into()));
        assert!(matches!(unknown, CameraError::Missing(_)), "{unknown}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let other = error(CameraId::Path(file.path().into()));
        assert!(matches!(other, CameraError::NotACamera(_)), "{other}");
    }
}
