//! Linux framebuffers, such as `/dev/fb0`. An image is written with one system call, and
//! not through a memory mapping: this also notifies drivers whose device has no memory of
//! its own that the image has changed.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use common::error::chain;
use common::geometry::Size;
use image::RgbImage;
use rustix::ioctl::{Getter, Opcode, ioctl};

use crate::output::screen::layout::{Channel, Layout, LayoutError};
use crate::output::screen::{Display, ScreenError};
use crate::util::numbered::numbered_entries;

/// `FBIOGET_VSCREENINFO` of linux/fb.h.
const GET_VARIABLE: Opcode = 0x4600;
/// `FBIOGET_FSCREENINFO` of linux/fb.h.
const GET_FIXED: Opcode = 0x4602;

/// `fb_bitfield` of linux/fb.h.
#[repr(C)]
#[derive(Clone, Copy)]
struct Bitfield {
    offset: u32,
    length: u32,
    msb_right: u32,
}

/// `fb_var_screeninfo` of linux/fb.h.
#[repr(C)]
struct Variable {
    xres: u32,
    yres: u32,
    xres_virtual: u32,
    yres_virtual: u32,
    xoffset: u32,
    yoffset: u32,
    bits_per_pixel: u32,
    grayscale: u32,
    red: Bitfield,
    green: Bitfield,
    blue: Bitfield,
    transp: Bitfield,
    /// Sizes, timings and rotation, which are not used.
    rest: [u32; 20],
}

/// `fb_fix_screeninfo` of linux/fb.h.
#[repr(C)]
struct Fixed {
    id: [u8; 16],
    smem_start: std::ffi::c_ulong,
    smem_len: u32,
    kind: u32,
    type_aux: u32,
    visual: u32,
    xpanstep: u16,
    ypanstep: u16,
    ywrapstep: u16,
    line_length: u32,
    mmio_start: std::ffi::c_ulong,
    mmio_len: u32,
    accel: u32,
    capabilities: u16,
    reserved: [u16; 2],
}

// The sizes of the structures in the kernel; that of `Fixed` is for 64-bit machines.
const _: () = assert!(size_of::<Variable>() == 160);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Fixed>() == 80);

/// An open framebuffer.
#[derive(Debug)]
pub(crate) struct Framebuffer {
    path: PathBuf,
    file: File,
    layout: Layout,
}

impl Framebuffer {
    /// Opens a framebuffer and queries its layout.
    ///
    /// # Errors
    /// The path does not exist, the user may not use it, it is not a framebuffer, or its
    /// layout is unknown.
    pub(crate) fn open(path: &Path) -> Result<Self, ScreenError> {
        let error = |source| ScreenError::of_io(path, source);
        let file = File::options().read(true).write(true).open(path).map_err(error)?;
        let layout = read_layout(&file).map_err(|error| match error {
            ReadError::NoAnswer => ScreenError::NotAFramebuffer { path: path.to_owned() },
            ReadError::Layout(source) => ScreenError::Layout { path: path.to_owned(), source },
        })?;
        Ok(Self { path: path.to_owned(), file, layout })
    }

    /// The layout of the visible part.
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }
}

/// Why a layout can't be read.
enum ReadError {
    /// The file does not answer this system call, so it is not a framebuffer.
    NoAnswer,
    Layout(LayoutError),
}

#[allow(unsafe_code, reason = "the kernel reports the layout of a screen only through an ioctl")]
fn read_layout(file: &File) -> Result<Layout, ReadError> {
    // SAFETY: for FBIOGET_VSCREENINFO the kernel writes a `fb_var_screeninfo`. `Variable`
    // has the same layout: its size is asserted, and all its fields are plain numbers.
    let variable = unsafe { ioctl(file, Getter::<GET_VARIABLE, Variable>::new()) };
    let variable = variable.map_err(|_| ReadError::NoAnswer)?;
    // SAFETY: the same holds for FBIOGET_FSCREENINFO, `fb_fix_screeninfo` and `Fixed`.
    let fixed = unsafe { ioctl(file, Getter::<GET_FIXED, Fixed>::new()) };
    let fixed = fixed.map_err(|_| ReadError::NoAnswer)?;
    let bytes_per_pixel = variable.bits_per_pixel / 8;
    let start = u64::from(variable.yoffset) * u64::from(fixed.line_length)
        + u64::from(variable.xoffset) * u64::from(bytes_per_pixel);
    let channel = |Bitfield { offset, length, .. }| Channel { offset, length };
    let layout = Layout {
        width: variable.xres,
        height: variable.yres,
        bytes_per_pixel,
        bytes_per_line: fixed.line_length,
        start,
        channels: [variable.red, variable.green, variable.blue].map(channel),
        opaque_bits: channel(variable.transp).bits(),
    };
    layout.check(u64::from(fixed.smem_len)).map_err(ReadError::Layout)?;
    Ok(layout)
}

impl Display for Framebuffer {
    fn size(&self) -> Size {
        Size::new(self.layout.width, self.layout.height)
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        let bytes = self.layout.pack(image);
        self.file
            .write_all_at(&bytes, self.layout.start)
            .map_err(|source| ScreenError::of_io(&self.path, source))
    }
}

/// A framebuffer of the system.
#[derive(Debug)]
pub(crate) struct ScreenInfo {
    pub path: PathBuf,
    /// The layout of the visible part, or why the framebuffer can't be used.
    pub layout: Result<Layout, ScreenError>,
}

impl fmt::Display for ScreenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.layout {
            Ok(layout) => write!(f, "{}: {layout}", self.path.display()),
            Err(error) => write!(f, "{}: {}", self.path.display(), chain(error)),
        }
    }
}

/// All framebuffers of the system, sorted by their numbers. If the list itself can't be
/// read, its folder takes the place of a framebuffer.
pub(crate) fn list() -> Vec<ScreenInfo> {
    list_in(Path::new("/dev"))
}

fn list_in(folder: &Path) -> Vec<ScreenInfo> {
    match numbered_entries(folder, "fb") {
        Ok(paths) => paths.into_iter().map(screen_info).collect(),
        Err(source) => {
            let layout = Err(ScreenError::of_io(folder, source));
            vec![ScreenInfo { path: folder.to_owned(), layout }]
        }
    }
}

fn screen_info(path: PathBuf) -> ScreenInfo {
    let layout = Framebuffer::open(&path).map(|screen| screen.layout());
    ScreenInfo { path, layout }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_screen_and_a_file_that_is_not_a_screen_are_named() {
        let missing = Framebuffer::open(Path::new("/dev/no-such-screen")).unwrap_err();
        assert!(missing.to_string().contains("/dev/no-such-screen"), "{missing}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let other = Framebuffer::open(file.path()).unwrap_err();
        assert!(matches!(other, ScreenError::NotAFramebuffer { .. }), "{other}");
    }

    #[test]
    fn framebuffers_are_listed_with_what_is_wrong_with_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("fb0"), "").unwrap();
        let listed = list_in(folder.path());
        assert_eq!(listed.len(), 1);
        let text = listed[0].to_string();
        assert!(text.contains("fb0") && text.contains("is not a framebuffer"), "{text}");
        assert!(list_in(&folder.path().join("missing"))[0].layout.is_err());
    }
}
