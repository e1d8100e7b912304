"""The camera is unplugged for longer than the watchdog's limit, and plugged in again."""

import time

from ..device import Device, took
from ..leds import board_changes, expected
from ..scenes import CARDS

DARK_SECONDS = 3
# This is longer than WatchdogSec.
AWAY_SECONDS = 40


def gone_and_back(device: Device) -> None:
    report, vm = device.report, device.vm
    device.check_names("camera: a card is named before", CARDS[1])
    restarts, position = device.restarts(), device.log_position()
    pulled = time.time()
    vm.run("camera down")
    report.check("camera: its node is removed", vm.shell("test -e /dev/video0").code != 0)
    seconds = device.wait_lit("fault", None, 10)
    report.check("camera unplugged: only the fault LED is lit", seconds is not None, device.doing())
    # The board's line of the LED for a seen card shows the time, since it is read from outside.
    line = next(led.line for led in device.leds if led.chip == "gpiochip0" and led.on == "seen")
    off = [c.at_seconds for c in board_changes(vm) if c.line == line and not c.is_high]
    after = next((at - pulled for at in off if at > pulled), None)
    is_quick = after is not None and after <= DARK_SECONDS
    report.check(f"camera unplugged: LEDs off within {DARK_SECONDS} s", is_quick, took(after))
    waited = device.wait_status(10, state="fault", healthy=False)
    report.check("camera unplugged: status.json", waited is not None, str(device.status()))
    log = device.log_since(position)
    report.check("camera unplugged: the log names the camera", "/dev/video0" in log, log)
    while time.time() < pulled + AWAY_SECONDS:
        time.sleep(1)
    is_same = device.restarts() == restarts and device.property("ActiveState") == "active"
    report.check(f"camera unplugged: no restart in {AWAY_SECONDS} s", is_same)
    is_lit = device.lit() == expected(device.leds, "fault")
    report.check("camera unplugged: still only the fault LED", is_lit)
    device.lay(CARDS[2])
    vm.run("camera up")
    device.check_names("camera plugged in: another card is named", CARDS[2], 30)
    waited = device.wait_status(10, healthy=True, faults={})
    report.check("camera plugged in: status.json is healthy", waited is not None, str(device.status()))
    report.check("camera plugged in: no restart", device.restarts() == restarts)
