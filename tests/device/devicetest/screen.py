"""Photographs of the screen, and what they show.

The program shows the frame above a line of text. The outline and the name of a recognised card have
the same green, which occurs neither on cards nor on tables.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from .vm import SCREEN

NAMED = bytes((40, 220, 90))
FAULT = bytes((240, 80, 70))

# The height of the line of text, and the scale of the image above it, which is the largest with the
# camera's aspect ratio that fits.
TEXT_LINES = int(SCREEN[1] * 0.16)
FRAME = (640, 480)
SCALE = (SCREEN[1] - TEXT_LINES) / FRAME[1]

# Columns and rows of the grid on which captions are compared.
GRID = (96, 12)


@dataclass(frozen=True)
class Photograph:
    """The pixels of the screen, three bytes each, line by line."""

    width: int
    height: int
    pixels: bytes

    @staticmethod
    def from_ppm(data: bytes) -> "Photograph":
        header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        if header is None:
            raise ValueError("the data is not a PPM image")
        return Photograph(int(header[1]), int(header[2]), data[header.end() :])

    def save_png(self, path: Path) -> None:
        """Writes a PNG for a person to look at."""

        def chunk(kind: bytes, body: bytes) -> bytes:
            checksum = zlib.crc32(kind + body)
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

        lines = (b"\0" + self._line(y) for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        body = zlib.compress(b"".join(lines), 6)
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", body)
            + chunk(b"IEND", b"")
        )

    def turned(self) -> "Photograph":
        """The same upside down."""
        pixels = bytes(value for at in range(len(self.pixels) - 3, -1, -3) for value in self.pixels[at : at + 3])
        return Photograph(self.width, self.height, pixels)

    def _line(self, y: int) -> bytes:
        return self.pixels[3 * y * self.width : 3 * (y + 1) * self.width]

    def columns(self, color: bytes, y: int) -> list[int]:
        """The columns where a line of the image has a colour."""
        line = self._line(y)
        return [x for x in range(self.width) if line[3 * x : 3 * x + 3] == color]

    def outline_share(self, color: bytes = NAMED) -> float:
        """The share of the card's outline that is drawn: of all lines of the image, those that
        have the colour at both sides of the recognised square. 1 is the complete outline."""
        left = (self.width - FRAME[0] * SCALE) / 2 + (FRAME[0] - FRAME[1]) / 2 * SCALE
        right = self.width - left
        found = 0
        lines = range(4, self.height - TEXT_LINES - 4)
        for y in lines:
            columns = self.columns(color, y)
            found += all(any(abs(x - side) <= 4 for x in columns) for side in (left, right))
        return found / len(lines)

    def caption(self, color: bytes = NAMED) -> list[float]:
        """The text in a colour, cropped and scaled to the cells of `GRID`, each 0 to 1; empty
        without text. The size of the text depends on the space for it, its shape does not."""
        first = self.height - TEXT_LINES
        points = [(x, y) for y in range(first, self.height) for x in self.columns(color, y)]
        if not points:
            return []
        left, right = min(x for x, _ in points), max(x for x, _ in points)
        top, bottom = points[0][1], points[-1][1]
        cells = [0.0] * (GRID[0] * GRID[1])
        for x, y in points:
            column = (x - left) * GRID[0] // (right - left + 1)
            row = (y - top) * GRID[1] // (bottom - top + 1)
            cells[row * GRID[0] + column] += 1
        area = (right - left + 1) * (bottom - top + 1) / len(cells)
        return [min(count / area, 1.0) for count in cells]


def difference(one: list[float], other: list[float]) -> float:
    """How much two captions differ, from 0 (equal) to 1 (nothing in common)."""
    if not one or not other:
        return 1.0
    total = sum(abs(a - b) for a, b in zip(one, other, strict=True))
    return total / max(sum(one) + sum(other), 1e-9)
