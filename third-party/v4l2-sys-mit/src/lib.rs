//! The kernel's video interface, `linux/videodev2.h`: see README.md.
#![allow(warnings)]
#![allow(clippy::all)]

include!("bindings.rs");
