//! Frames of another program, which writes JPEG images to its standard output: `rpicam-vid` for
//! ribbon-cable cameras, `ffmpeg` for network streams and video files.
//!
//! The program runs beside this one and never inside it: a fault in it costs frames, not the device.
//!
//! - [`process`]: the running program, which never outlives this one
//! - [`splitter`]: single images from a stream of bytes
//! - [`command`]: which program is started, with which arguments
//! - [`driver`]: such a program as a camera, which is started again after every failure
//! - [`clip`]: a video file, which has an end

pub(crate) mod clip;
pub(crate) mod command;
pub(crate) mod driver;
mod process;
mod splitter;
#[cfg(test)]
mod tests;
