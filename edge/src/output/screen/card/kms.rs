//! Graphics cards of the kernel, such as `/dev/dri/card0`. Images lie in a "dumb buffer", which
//! every driver has, and are drawn by the processor.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use common::geometry::Size;
use drm::Device as _;
use drm::buffer::{Buffer as _, DrmFourcc};
use drm::control::connector::{self, State};
use drm::control::dumbbuffer::DumbBuffer;
use drm::control::{ClipRect, Device as _, ModeFlags, ModeTypeFlags, crtc, framebuffer};
use rustix::io::Errno;

use crate::output::screen::card::{Card, Connector, Mode, Plug};
use crate::output::screen::layout::{Channel, Layout};

/// An open card.
#[derive(Debug)]
pub(crate) struct KmsCard {
    device: DeviceFile,
    /// The last answer to [`Card::connectors`].
    connectors: Vec<connector::Info>,
    output: Option<Output>,
}

#[derive(Debug)]
struct DeviceFile(File);

impl AsFd for DeviceFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl drm::Device for DeviceFile {}
impl drm::control::Device for DeviceFile {}

/// A lit connector. The kernel frees buffer and framebuffer when the card is closed.
#[derive(Debug)]
struct Output {
    connector: connector::Handle,
    buffer: DumbBuffer,
    framebuffer: framebuffer::Handle,
    before: Before,
}

/// What the unit of the card that feeds the connector showed before.
#[derive(Debug)]
struct Before {
    crtc: crtc::Info,
    connectors: Vec<connector::Handle>,
}

impl KmsCard {
    /// Opens a card.
    ///
    /// # Errors
    /// The path does not exist, or the user may not use it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        Ok(Self { device: DeviceFile(file), connectors: Vec::new(), output: None })
    }

    /// The name of the driver, such as "vc4".
    pub(crate) fn driver(&self) -> io::Result<String> {
        Ok(self.device.get_driver()?.name().to_string_lossy().into_owned())
    }

    /// The unit that feeds a connector; if none does, one that can and that feeds no other.
    fn crtc_for(&self, connector: &connector::Info) -> io::Result<crtc::Handle> {
        if let Some(crtc) = self.current_crtc(connector)? {
            return Ok(crtc);
        }
        let mut taken = Vec::new();
        for other in &self.connectors {
            taken.extend(self.current_crtc(other)?);
        }
        let resources = self.device.resource_handles()?;
        let mut possible = Vec::new();
        for encoder in connector.encoders() {
            let filter = self.device.get_encoder(*encoder)?.possible_crtcs();
            possible.extend(resources.filter_crtcs(filter));
        }
        let free = possible.iter().find(|crtc| !taken.contains(crtc));
        free.or(possible.first()).copied().ok_or_else(|| Errno::BUSY.into())
    }

    fn current_crtc(&self, connector: &connector::Info) -> io::Result<Option<crtc::Handle>> {
        let Some(encoder) = connector.current_encoder() else { return Ok(None) };
        Ok(self.device.get_encoder(encoder)?.crtc())
    }

    fn before(&self, crtc: crtc::Handle) -> io::Result<Before> {
        let mut connectors = Vec::new();
        for info in &self.connectors {
            if self.current_crtc(info)? == Some(crtc) {
                connectors.push(info.handle());
            }
        }
        Ok(Before { crtc: self.device.get_crtc(crtc)?, connectors })
    }
}

impl Card for KmsCard {
    fn connectors(&mut self) -> io::Result<Vec<Connector>> {
        let handles = self.device.resource_handles()?;
        let infos = handles.connectors().iter();
        self.connectors = infos
            .map(|handle| self.device.get_connector(*handle, true))
            .collect::<Result<_, _>>()?;
        Ok(self.connectors.iter().map(described).collect())
    }

    fn take(&mut self) -> io::Result<()> {
        // The kernel gives this right when the card is opened, if it is free; this asks for it.
        self.device.acquire_master_lock()
    }

    fn light(&mut self, connector: usize, mode: usize) -> io::Result<Layout> {
        let info = &self.connectors[connector];
        let mode = info.modes()[mode];
        let size = (u32::from(mode.size().0), u32::from(mode.size().1));
        let crtc = self.crtc_for(info)?;
        let before = self.before(crtc)?;
        let buffer = self.device.create_dumb_buffer(size, DrmFourcc::Xrgb8888, 32)?;
        let framebuffer = self.device.add_framebuffer(&buffer, 24, 32)?;
        let connectors = [info.handle()];
        self.device.set_crtc(crtc, Some(framebuffer), (0, 0), &connectors, Some(mode))?;
        let layout = layout(&buffer);
        self.output = Some(Output { connector: info.handle(), buffer, framebuffer, before });
        Ok(layout)
    }

    fn is_plugged(&mut self) -> io::Result<bool> {
        let Some(output) = &self.output else { return Ok(false) };
        // Without probing: the kernel learns by itself when something is plugged in or out.
        let info = self.device.get_connector(output.connector, false)?;
        Ok(plug(info.state()) != Plug::Out)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(output) = &mut self.output else { return Err(Errno::NODEV.into()) };
        let (width, height) = output.buffer.size();
        let mut memory = self.device.map_dumb_buffer(&mut output.buffer)?;
        let length = bytes.len().min(memory.len());
        memory[..length].copy_from_slice(&bytes[..length]);
        drop(memory);
        // Cards without memory of their own, such as those on SPI or USB, then fetch the image.
        let pixels = |length: u32| u16::try_from(length).unwrap_or(u16::MAX);
        let all = ClipRect::new(0, 0, pixels(width), pixels(height));
        match self.device.dirty_framebuffer(output.framebuffer, &[all]) {
            // The others do not need it. Only the program with the right to show images gets
            // this answer.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NOSYS) => Ok(()),
            result => result,
        }
    }
}

impl Drop for KmsCard {
    fn drop(&mut self) {
        if let Some(Output { before: Before { crtc, connectors }, .. }) = &self.output {
            // Closing the card would only bring the text console back, and only if no other
            // program has the card open. A card that has disappeared shows nothing anyway.
            let _ = self.device.set_crtc(
                crtc.handle(),
                crtc.framebuffer(),
                crtc.position(),
                connectors,
                crtc.mode(),
            );
        }
    }
}

fn described(info: &connector::Info) -> Connector {
    let modes = info.modes().iter().map(|mode| Mode {
        size: Size::new(mode.size().0.into(), mode.size().1.into()),
        rate: mode.vrefresh(),
        is_preferred: mode.mode_type().contains(ModeTypeFlags::PREFERRED),
        is_interlaced: mode.flags().contains(ModeFlags::INTERLACE),
    });
    let modes = modes.collect();
    Connector { name: info.to_string(), plug: plug(info.state()), modes }
}

fn plug(state: State) -> Plug {
    match state {
        State::Connected => Plug::In,
        State::Disconnected => Plug::Out,
        State::Unknown => Plug::Unknown,
    }
}

/// The layout of `DRM_FORMAT_XRGB8888`, which every driver shows. The unused bits are set for
/// hardware that takes them for transparency.
fn layout(buffer: &DumbBuffer) -> Layout {
    let (width, height) = buffer.size();
    let channel = |offset| Channel { offset, length: 8 };
    Layout {
        width,
        height,
        bytes_per_pixel: 4,
        bytes_per_line: buffer.pitch(),
        start: 0,
        channels: [16, 8, 0].map(channel),
        opaque_bits: channel(24).bits(),
    }
}
