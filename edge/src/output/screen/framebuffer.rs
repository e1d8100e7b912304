//! Linux framebuffers, such as `/dev/fb0`. Written to, not mapped: one call an image,
//! which also tells drivers without memory of their own what has changed.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use image::RgbImage;
use rustix::ioctl::{Getter, Opcode, ioctl};

use crate::output::screen::layout::{Channel, Layout, LayoutError};
use crate::output::screen::{Display, ScreenError};

/// `FBIOGET_VSCREENINFO` and `FBIOGET_FSCREENINFO` of linux/fb.h.
const GET_VARIABLE: Opcode = 0x4600;
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
    /// Transparency, sizes, timings, rotation: not looked at.
    rest: [u32; 23],
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

// The sizes that the kernel has on 64-bit machines.
const _: () = assert!(size_of::<Variable>() == 160);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Fixed>() == 80);

/// A screen.
#[derive(Debug)]
pub struct Framebuffer {
    path: PathBuf,
    file: File,
    layout: Layout,
}

impl Framebuffer {
    /// Opens it and asks for its layout.
    ///
    /// # Errors
    /// It is missing, not allowed, no framebuffer, or of an unknown layout.
    pub fn open(path: &Path) -> Result<Self, ScreenError> {
        let error = |source| ScreenError::of_io(path, source);
        let file = File::options().read(true).write(true).open(path).map_err(error)?;
        let layout = read_layout(&file).map_err(|error| match error {
            ReadError::NoAnswer => ScreenError::NoScreen { path: path.to_owned() },
            ReadError::Layout(source) => ScreenError::Layout { path: path.to_owned(), source },
        })?;
        Ok(Self { path: path.to_owned(), file, layout })
    }

    /// Its layout.
    pub fn layout(&self) -> Layout {
        self.layout
    }
}

enum ReadError {
    /// Other files do not know the question.
    NoAnswer,
    Layout(LayoutError),
}

#[allow(unsafe_code, reason = "the kernel tells a screen's layout by ioctl only")]
fn read_layout(file: &File) -> Result<Layout, ReadError> {
    // SAFETY: for FBIOGET_VSCREENINFO the kernel writes a `fb_var_screeninfo`, whose
    // layout `Variable` has: its size is asserted, and all its fields are plain numbers.
    let variable = unsafe { ioctl(file, Getter::<GET_VARIABLE, Variable>::new()) };
    let variable = variable.map_err(|_| ReadError::NoAnswer)?;
    // SAFETY: likewise with FBIOGET_FSCREENINFO, `fb_fix_screeninfo` and `Fixed`.
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
    };
    layout.check(u64::from(fixed.smem_len)).map_err(ReadError::Layout)?;
    Ok(layout)
}

impl Display for Framebuffer {
    fn size(&self) -> [u32; 2] {
        [self.layout.width, self.layout.height]
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        let bytes = self.layout.pack(image);
        self.file
            .write_all_at(&bytes, self.layout.start)
            .map_err(|source| ScreenError::of_io(&self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_screen_and_a_file_that_is_none_are_named() {
        let missing = Framebuffer::open(Path::new("/dev/no-such-screen")).unwrap_err();
        assert!(missing.to_string().contains("/dev/no-such-screen"), "{missing}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let other = Framebuffer::open(file.path()).unwrap_err();
        assert!(matches!(other, ScreenError::NoScreen { .. }), "{other}");
    }
}
