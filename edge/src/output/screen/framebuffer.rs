//! Linux framebuffers, such as `/dev/fb0`. An image is written with one system call, and
//! not through a memory mapping: this also notifies drivers whose device has no memory of
//! its own that the image has changed.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use common::geometry::Size;
use image::RgbImage;
use rustix::ioctl::{Getter, IntegerSetter, Opcode, ioctl};

use crate::output::screen::layout::{Channel, Layout, LayoutError};
use crate::output::screen::{Display, ScreenError};

/// `FBIOGET_VSCREENINFO` of linux/fb.h.
const GET_VARIABLE: Opcode = 0x4600;
/// `FBIOGET_FSCREENINFO` of linux/fb.h.
const GET_FIXED: Opcode = 0x4602;
/// `FBIOBLANK` of linux/fb.h.
const BLANK: Opcode = 0x4611;

/// Whether the cursor of the text console is drawn: 0, or another number if it is.
const CONSOLE_CURSOR: &str = "/sys/module/vt/parameters/global_cursor_default";

/// The text console may switch the screen off when nobody has typed for a while. It is switched
/// on again after this number of images.
const IMAGES_UNTIL_WAKE: u64 = 64;

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

/// `FB_BLANK_UNBLANK` and `FB_BLANK_NORMAL` of linux/fb.h.
#[derive(Clone, Copy)]
enum Blank {
    Off = 0,
    On = 1,
}

/// An open framebuffer. The text console of the kernel draws on it, too. When an image was shown
/// and the framebuffer is dropped, the text returns.
#[derive(Debug)]
pub(crate) struct Framebuffer {
    path: PathBuf,
    file: File,
    layout: Layout,
    /// The number of images that were shown.
    images: u64,
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
        Ok(Self { path: path.to_owned(), file, layout, images: 0 })
    }

    /// The layout of the visible part.
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// Switches the screen off, or on again. Drivers that can't do this refuse it, and their
    /// screens stay on.
    #[allow(unsafe_code, reason = "a screen is switched on and off only through an ioctl")]
    fn blank(&self, blank: Blank) {
        // SAFETY: FBIOBLANK takes an integer, of which these two values are valid, and writes
        // nothing.
        let request = unsafe { IntegerSetter::<BLANK>::new_usize(blank as usize) };
        // SAFETY: the same.
        let _ = unsafe { ioctl(&self.file, request) };
    }
}

/// Warns of the cursor of the text console, which no program can hide that may not write to it.
fn warn_of_cursor(path: &Path) {
    let is_drawn = fs::read_to_string(CONSOLE_CURSOR).is_ok_and(|value| value.trim() != "0");
    if is_drawn {
        log::warn!(
            "the text console draws its cursor on {}, too; vt.global_cursor_default=0 on the \
             kernel's command line hides it",
            path.display()
        );
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
        if self.images == 0 {
            warn_of_cursor(&self.path);
        }
        if self.images.is_multiple_of(IMAGES_UNTIL_WAKE) {
            self.blank(Blank::Off);
        }
        self.images += 1;
        let bytes = self.layout.pack(image);
        self.file
            .write_all_at(&bytes, self.layout.start)
            .map_err(|source| ScreenError::of_io(&self.path, source))
    }
}

impl Drop for Framebuffer {
    fn drop(&mut self) {
        if self.images > 0 {
            // The text console draws its text again when its screen is switched on.
            self.blank(Blank::On);
            self.blank(Blank::Off);
        }
    }
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
}
