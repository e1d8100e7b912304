//! A graphics card without hardware, for tests. It keeps the kernel's rules: one program at a time
//! shows images, a connector must be lit before it is written, and closing the card ends both.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use common::geometry::Size;
use rustix::io::Errno;

use crate::output::screen::card::{Card, Connector, Mode, Plug};
use crate::output::screen::layout::{Channel, Layout};
use crate::util::lock::lock;

/// A card that has not been opened. Clones stand for the same card.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeCard {
    shared: Arc<Mutex<Shared>>,
    /// Whether this clone was opened and has the right to show images.
    has_right: bool,
}

#[derive(Debug, Default)]
struct Shared {
    connectors: Vec<Connector>,
    is_held: bool,
    lit: Option<usize>,
    images: Vec<Vec<u8>>,
}

/// A connector with a screen of 8×4 pixels.
pub(crate) fn connector(name: &str) -> Connector {
    Connector { name: name.into(), plug: Plug::In, modes: vec![mode(8, 4, 60)] }
}

/// A mode that the screen does not prefer.
pub(crate) fn mode(width: u32, height: u32, rate: u32) -> Mode {
    let size = Size::new(width, height);
    Mode { size, rate, is_preferred: false, is_interlaced: false }
}

impl FakeCard {
    /// A card with these connectors.
    pub(crate) fn new(connectors: Vec<Connector>) -> Self {
        let shared = Shared { connectors, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), has_right: false }
    }

    /// Opens the card, which gives the right to show images if nobody has it.
    pub(crate) fn open(&self) -> Self {
        let has_right = !std::mem::replace(&mut self.lock().is_held, true);
        Self { shared: Arc::clone(&self.shared), has_right }
    }

    /// Plugs a screen into a connector, or pulls it out.
    pub(crate) fn plug(&self, connector: usize, plug: Plug) {
        self.lock().connectors[connector].plug = plug;
    }

    /// From now on, another program has the right to show images, or nobody has it.
    pub(crate) fn set_held(&self, is_held: bool) {
        self.lock().is_held = is_held;
    }

    /// The connector that is lit.
    pub(crate) fn lit(&self) -> Option<usize> {
        self.lock().lit
    }

    /// The pixels of the images that were shown, oldest first.
    pub(crate) fn images(&self) -> Vec<Vec<u8>> {
        self.lock().images.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Card for FakeCard {
    fn connectors(&mut self) -> io::Result<Vec<Connector>> {
        Ok(self.lock().connectors.clone())
    }

    fn take(&mut self) -> io::Result<()> {
        if self.has_right { Ok(()) } else { Err(Errno::ACCESS.into()) }
    }

    fn light(&mut self, connector: usize, mode: usize) -> io::Result<Layout> {
        self.take()?;
        let mut shared = self.lock();
        let Size { width, height } = shared.connectors[connector].modes[mode].size;
        shared.lit = Some(connector);
        let channel = |offset| Channel { offset, length: 8 };
        Ok(Layout {
            width,
            height,
            bytes_per_pixel: 4,
            bytes_per_line: 4 * width,
            start: 0,
            channels: [16, 8, 0].map(channel),
            opaque_bits: channel(24).bits(),
        })
    }

    fn is_plugged(&mut self) -> io::Result<bool> {
        let shared = self.lock();
        Ok(shared.lit.is_some_and(|lit| shared.connectors[lit].plug != Plug::Out))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.take()?;
        let mut shared = self.lock();
        if shared.lit.is_none() {
            return Err(Errno::NODEV.into());
        }
        shared.images.push(bytes.to_vec());
        Ok(())
    }
}

impl Drop for FakeCard {
    fn drop(&mut self) {
        if self.has_right {
            let mut shared = self.lock();
            (shared.is_held, shared.lit) = (false, None);
        }
    }
}
