//! How long the data of a scan is: its blocks are read without computing a pixel. Only this shows
//! whether a scan without an end marker is complete.
//!
//! Sections of ITU-T T.81: A.2 (the order of blocks), B.2 (segments), F.1.2 and F.2.2 (codes).

use super::tables::STANDARD_TABLES;
use super::{Segment, marker};

/// What the segments before a scan say.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Whether there is a segment with Huffman tables.
    pub(super) has_tables: bool,
    /// By class (DC, AC) and number.
    tables: [[Table; 4]; 2],
    /// Width and height in pixels, of a frame whose blocks are coded one after the other.
    size: Option<[usize; 2]>,
    components: Vec<Component>,
    restart_interval: usize,
    /// The components of the last scan, and the count of those in all scans.
    scan: Vec<ScanComponent>,
    scanned: usize,
}

#[derive(Clone, Copy, Debug)]
struct Component {
    id: u8,
    /// Blocks of an MCU, across and down: 1 to 4.
    across: usize,
    down: usize,
}

/// A component of a scan, with the numbers of its tables.
#[derive(Clone, Copy, Debug)]
struct ScanComponent {
    component: Component,
    dc: usize,
    ac: usize,
}

/// A Huffman table.
#[derive(Clone, Debug, Default)]
struct Table {
    /// The count of codes of each length from 1 to 16 bits.
    counts: [u8; 16],
    /// In the order of their codes.
    values: Vec<u8>,
}

impl Frame {
    /// Takes a segment that is neither a scan nor the end.
    pub(super) fn read(&mut self, segment: &Segment<'_>) {
        let content = segment.content;
        match segment.code {
            marker::HUFFMAN_TABLES => {
                self.has_tables = true;
                self.read_tables(content);
            }
            marker::BASELINE_FRAME | marker::EXTENDED_FRAME => self.read_size(content),
            marker::RESTART_INTERVAL => {
                if let &[high, low, ..] = content {
                    self.restart_interval = u16::from_be_bytes([high, low]).into();
                }
            }
            _ => {}
        }
    }

    fn read_tables(&mut self, mut content: &[u8]) {
        while let Some((&id, rest)) = content.split_first() {
            let Some((&counts, rest)) = rest.split_first_chunk::<16>() else { return };
            let length = counts.iter().map(|count| usize::from(*count)).sum();
            let Some((values, rest)) = rest.split_at_checked(length) else { return };
            if let Some(tables) = self.tables.get_mut(usize::from(id >> 4)) {
                tables[usize::from(id & 3)] = Table { counts, values: values.to_vec() };
            }
            content = rest;
        }
    }

    fn read_size(&mut self, content: &[u8]) {
        let Some((&[_, height_high, height_low, width_high, width_low, _], components)) =
            content.split_first_chunk::<6>()
        else {
            return;
        };
        let height = u16::from_be_bytes([height_high, height_low]).into();
        self.size = Some([u16::from_be_bytes([width_high, width_low]).into(), height]);
        let component = |&[id, factors, _]: &[u8; 3]| Component {
            id,
            across: usize::from(factors >> 4).clamp(1, 4),
            down: usize::from(factors & 15).clamp(1, 4),
        };
        self.components = components.as_chunks().0.iter().map(component).collect();
    }

    /// Takes the header of a scan.
    pub(super) fn begin_scan(&mut self, header: &[u8]) {
        let selectors = header.get(1..).unwrap_or_default().as_chunks::<2>().0;
        let count = header.first().map_or(0, |count| usize::from(*count));
        let scan_component = |&[id, tables]: &[u8; 2]| {
            let component = *self.components.iter().find(|component| component.id == id)?;
            let (dc, ac) = (usize::from(tables >> 4 & 3), usize::from(tables & 3));
            Some(ScanComponent { component, dc, ac })
        };
        self.scan = selectors.iter().take(count).filter_map(scan_component).collect();
        self.scanned += self.scan.len();
    }

    /// The count of bytes that the last scan takes. Returns `None` if the data ends before, or if
    /// this is not the last scan of a frame whose blocks are coded one after the other.
    pub(super) fn scan_length(&mut self, data: &[u8]) -> Option<usize> {
        let size = self.size?;
        if self.scan.is_empty() || self.scanned != self.components.len() {
            return None;
        }
        if !self.has_tables {
            self.read_tables(&STANDARD_TABLES[4..]);
        }
        let mut bits = Bits { data, at: 0, byte: 0, left: 0 };
        let mcus = self.mcus(size);
        for mcu in 0..mcus {
            if self.restart_interval > 0 && mcu > 0 && mcu % self.restart_interval == 0 {
                bits.restart()?;
            }
            for ScanComponent { component, dc, ac } in &self.scan {
                // In a scan of one component, an MCU is a block.
                let is_alone = self.scan.len() == 1;
                let blocks = if is_alone { 1 } else { component.across * component.down };
                for _ in 0..blocks {
                    skip_block(&mut bits, &self.tables[0][*dc], &self.tables[1][*ac])?;
                }
            }
        }
        Some(bits.at)
    }

    /// The count of MCUs in the last scan.
    fn mcus(&self, [width, height]: [usize; 2]) -> usize {
        let across = self.components.iter().map(|component| component.across).max().unwrap_or(1);
        let down = self.components.iter().map(|component| component.down).max().unwrap_or(1);
        match self.scan.as_slice() {
            [ScanComponent { component, .. }] => {
                let columns = (width * component.across).div_ceil(across).div_ceil(8);
                columns * (height * component.down).div_ceil(down).div_ceil(8)
            }
            _ => width.div_ceil(8 * across) * height.div_ceil(8 * down),
        }
    }
}

/// Reads over the 64 coefficients of a block.
fn skip_block(bits: &mut Bits<'_>, dc: &Table, ac: &Table) -> Option<()> {
    let size = bits.symbol(dc)?;
    bits.skip(size)?;
    let mut coefficient = 1;
    while coefficient < 64 {
        let symbol = bits.symbol(ac)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            // The rest is zero.
            return Some(());
        }
        bits.skip(size)?;
        coefficient += usize::from(run) + 1;
    }
    Some(())
}

/// The bits of a scan up to its first marker.
struct Bits<'a> {
    data: &'a [u8],
    /// The place of the next byte.
    at: usize,
    byte: u8,
    /// The bits of `byte` that were not taken yet.
    left: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            self.byte = *self.data.get(self.at)?;
            self.at += 1;
            if self.byte == 0xff {
                if *self.data.get(self.at)? != 0 {
                    return None;
                }
                self.at += 1;
            }
            self.left = 8;
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    fn skip(&mut self, count: u8) -> Option<()> {
        for _ in 0..count {
            self.bit()?;
        }
        Some(())
    }

    /// Decodes a symbol: codes of a length are consecutive numbers (annex C.2).
    fn symbol(&mut self, table: &Table) -> Option<u8> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in table.counts {
            code |= self.bit()?;
            let count = u32::from(count);
            if code < first + count {
                return table.values.get((index + code - first) as usize).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }

    /// Goes on after the next restart marker.
    fn restart(&mut self) -> Option<()> {
        self.left = 0;
        while *self.data.get(self.at)? == 0xff && *self.data.get(self.at + 1)? == 0xff {
            self.at += 1;
        }
        match self.data.get(self.at..self.at + 2)? {
            [0xff, 0xd0..=0xd7] => self.at += 2,
            _ => return None,
        }
        Some(())
    }
}
