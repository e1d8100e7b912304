//! The controls of a Video4Linux device, by the kernel's own calls.
//!
//! `v4l` 0.14 has functions for this, but they panic over a type of control that they do not know, and
//! they do not read menus of numbers. The types are in the kernel's `v4l2-controls.h`; a type that is
//! unknown here is [`ControlKind::Other`].

use std::ffi::c_void;
use std::io;

use rustix::io::Errno;
use v4l::Device;
use v4l::v4l_sys::{v4l2_control, v4l2_query_ext_ctrl, v4l2_querymenu};
use v4l::v4l2::{self, vidioc};

use super::{Control, ControlDevice, ControlKind};

/// `v4l2_ctrl_type`.
const INTEGER: u32 = 1;
const BOOLEAN: u32 = 2;
const MENU: u32 = 3;
const CLASS: u32 = 6;
const INTEGER_MENU: u32 = 9;

/// `V4L2_CTRL_FLAG_…`.
const DISABLED: u32 = 0x0001;
const READ_ONLY: u32 = 0x0004;
const INACTIVE: u32 = 0x0010;
const NEXT: u32 = 0x8000_0000;

/// No menu of a camera is longer; a driver that claims more is wrong.
const MOST_ITEMS: i64 = 256;
/// No camera has more controls; a driver that counts on for ever is wrong.
const MOST_CONTROLS: usize = 512;

impl ControlDevice for Device {
    fn list(&self) -> io::Result<Vec<Control>> {
        let mut controls = Vec::new();
        let mut id = 0;
        while controls.len() < MOST_CONTROLS {
            let mut query = query_ext_ctrl();
            query.id = id | NEXT;
            match ioctl(self, vidioc::VIDIOC_QUERY_EXT_CTRL, &mut query) {
                Ok(()) => {}
                // EINVAL comes after the last control, ENOTTY from a device that has none.
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::INVAL | Errno::NOTTY) => break,
                    _ => return Err(error),
                },
            }
            if query.id <= id {
                // A driver that does not go on would be asked for ever.
                break;
            }
            id = query.id;
            // The title of a group is no control.
            if query.type_ != CLASS && query.flags & DISABLED == 0 {
                controls.push(control(self, &query));
            }
        }
        Ok(controls)
    }

    fn get(&self, id: u32) -> io::Result<i64> {
        let mut value = v4l2_control { id, value: 0 };
        ioctl(self, vidioc::VIDIOC_G_CTRL, &mut value)?;
        Ok(value.value.into())
    }

    fn set(&self, id: u32, value: i64) -> io::Result<()> {
        let value = i32::try_from(value).map_err(|_| io::Error::from(Errno::RANGE))?;
        ioctl(self, vidioc::VIDIOC_S_CTRL, &mut v4l2_control { id, value })
    }
}

fn control(device: &Device, query: &v4l2_query_ext_ctrl) -> Control {
    // A character is signed or not, by the architecture.
    let name: Vec<u8> = query.name.iter().flat_map(|character| character.to_ne_bytes()).collect();
    let kind = match query.type_ {
        INTEGER => ControlKind::Integer,
        BOOLEAN => ControlKind::Boolean,
        MENU | INTEGER_MENU => ControlKind::Menu(menu_items(device, query)),
        _ => ControlKind::Other,
    };
    Control {
        id: query.id,
        name: spelling(text(&name)),
        kind,
        minimum: query.minimum,
        maximum: query.maximum,
        step: query.step,
        default: query.default_value,
        is_read_only: query.flags & READ_ONLY != 0,
        is_inactive: query.flags & INACTIVE != 0,
    }
}

/// The items that the driver has; numbers between the least and the largest may be missing.
fn menu_items(device: &Device, query: &v4l2_query_ext_ctrl) -> Vec<(i64, String)> {
    let last = query.maximum.min(query.minimum.saturating_add(MOST_ITEMS));
    let name = |number: i64| {
        let mut menu = querymenu();
        menu.id = query.id;
        menu.index = u32::try_from(number).ok()?;
        ioctl(device, vidioc::VIDIOC_QUERYMENU, &mut menu).ok()?;
        Some((number, item_name(&menu, query.type_ == INTEGER_MENU)))
    };
    (query.minimum..=last).filter_map(name).collect()
}

#[allow(unsafe_code, reason = "the kernel answers with a C union")]
fn item_name(menu: &v4l2_querymenu, is_number: bool) -> String {
    // SAFETY: both members of the union are plain numbers, for which any bytes are valid.
    let (name, value) = unsafe { (menu.__bindgen_anon_1.name, menu.__bindgen_anon_1.value) };
    if is_number { value.to_string() } else { text(&name).to_owned() }
}

/// The text before the first zero.
fn text(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).unwrap_or_default()
}

/// The driver's name as `v4l2-ctl` spells it: letters in lower case and digits, and one underscore for
/// whatever is between them.
fn spelling(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join("_")
}

#[allow(unsafe_code, reason = "v4l2_query_ext_ctrl has no constructor")]
fn query_ext_ctrl() -> v4l2_query_ext_ctrl {
    // SAFETY: the struct consists of numbers, for which zeros are valid.
    unsafe { std::mem::zeroed() }
}

#[allow(unsafe_code, reason = "v4l2_querymenu has no constructor")]
fn querymenu() -> v4l2_querymenu {
    // SAFETY: the struct consists of numbers, for which zeros are valid.
    unsafe { std::mem::zeroed() }
}

/// Calls the driver. `request` has the size of `T` in it.
#[allow(unsafe_code, reason = "the kernel offers controls only through ioctls")]
fn ioctl<T>(device: &Device, request: vidioc::_IOC_TYPE, argument: &mut T) -> io::Result<()> {
    let handle = device.handle();
    let pointer = std::ptr::from_mut(argument).cast::<c_void>();
    // SAFETY: `pointer` is valid for reads and writes of a `T`, which is the struct that the callers'
    // requests are defined for, and `handle` keeps the descriptor open during the call.
    unsafe { v4l2::ioctl(handle.fd(), request, pointer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_v4l2_ctl_does() {
        for (name, expected) in [
            ("White Balance, Automatic", "white_balance_automatic"),
            ("Exposure Time, Absolute", "exposure_time_absolute"),
            ("Gain", "gain"),
            (" Pan (Absolute) ", "pan_absolute"),
        ] {
            assert_eq!(spelling(name), expected);
        }
        assert_eq!(text(b"Gain\0rest"), "Gain");
    }
}
