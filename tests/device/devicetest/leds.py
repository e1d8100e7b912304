"""The LEDs of the device: which exist, which should be lit, and which are lit."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .vm import GuestError, Vm

# The chip inside the device, which is read through the kernel, and the board's own, which is read
# through QEMU. The first forgets the levels of its lines when a program ends. The second keeps them,
# so that it shows whether LEDs were switched off or only released.
SIMULATED = "cardsight"
BOARD = "gpiochip0"

SUITS = ("clubs", "diamonds", "hearts", "spades")
RANKS = (
    *("ace", "two", "three", "four", "five", "six", "seven"),
    *("eight", "nine", "ten", "jack", "queen", "king"),
)


@dataclass(frozen=True)
class Led:
    """An LED as in the configuration."""

    on: str
    chip: str
    line: int
    active_low: bool

    def __str__(self) -> str:
        return f"{self.on}@{self.chip}:{self.line}"


@dataclass(frozen=True)
class Change:
    """A change of a line of the board's own chip, seen from outside."""

    at_seconds: float
    line: int
    is_high: bool


def read_config(path: Path) -> list[Led]:
    """Reads the LEDs of a configuration."""
    config = tomllib.loads(path.read_text())
    default = config["gpio"]["chip"]
    return [
        Led(
            on=led["on"],
            chip=led.get("chip", default).removeprefix("/dev/"),
            line=led["line"],
            active_low=led.get("active_low", False),
        )
        for led in config["led"]
    ]


def rules_lit(state: str, card: str | None) -> set[str]:
    """The rules that hold in a state; for the state `seen`, with a card."""
    if state != "seen" or card is None:
        return {state}
    if card == "joker":
        return {"seen", "joker", "card:joker"}
    rank, suit = card.split(" of ")
    number = RANKS.index(rank) + 1
    lit = {"seen", f"suit:{suit}", f"rank:{rank}", f"card:{card}"}
    lit |= {f"rank-bit:{bit}" for bit in range(4) if number >> bit & 1}
    lit.add("color:red" if suit in ("diamonds", "hearts") else "color:black")
    if number > 10:
        lit.add("face")
    return lit


def expected(leds: list[Led], state: str, card: str | None = None) -> set[Led]:
    """The LEDs that should be lit."""
    lit = rules_lit(state, card)
    return {led for led in leds if led.on in lit}


def board_changes(vm: Vm) -> list[Change]:
    """All changes of the board's own lines since the machine started; times are those of `time.time`."""
    pattern = re.compile(r"@(\d+\.\d+):pl061_set_output .* setting output (\d) to (\d)$", re.M)
    return [
        Change(float(at), int(line), level == "1")
        for at, line, level in pattern.findall(vm.trace())
    ]


def lit(vm: Vm, leds: list[Led]) -> set[Led]:
    """The LEDs that are lit. Those of a missing chip are dark."""
    code, output = vm.shell("gpiosim read")
    if code == 0:
        high = {(SIMULATED, int(line)) for line in output.split()}
    elif vm.shell("test -e /sys/kernel/config/gpio-sim/cardsight").code != 0:
        high = set()
    else:
        raise GuestError(f"the simulated GPIO chip can't be read: {output}")
    for change in board_changes(vm):
        place = (BOARD, change.line)
        high.add(place) if change.is_high else high.discard(place)
    there = {SIMULATED, BOARD} if code == 0 else {BOARD}
    return {
        led
        for led in leds
        if led.chip in there and ((led.chip, led.line) in high) != led.active_low
    }


def names(lit_leds: set[Led]) -> str:
    """The LEDs as text."""
    return ", ".join(sorted(map(str, lit_leds))) or "none"
