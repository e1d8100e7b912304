"""How systemd runs the service: user and privileges, stop, restarts."""

import re

from ..device import Device, took
from ..leds import names
from ..scenes import CARDS

MOST_EXPOSED = 1.0
STOP_SECONDS = 2


def user(device: Device) -> None:
    """The program runs without privileges that it does not need."""
    report, vm = device.report, device.vm
    pid = device.property("MainPID")
    owner = vm.run(f"ps -o user= -p {pid}").strip()
    report.check("runs as user cardsight", owner == "cardsight", owner)
    status = vm.run(f"cat /proc/{pid}/status")
    for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
        rights = re.search(rf"^{name}:\s*([0-9a-f]+)$", status, re.M)
        ok = rights is not None and int(rights[1], 16) == 0
        report.check(f"{name} is 0", ok, rights[1] if rights else "")
    numbers = set((re.search(r"^Groups:(.*)$", status, re.M) or [""] * 2)[1].split())
    wanted = set(vm.run("getent group video gpio | cut -d : -f 3").split())
    is_member = len(wanted) == 2 and wanted <= numbers
    report.check("is in the groups video and gpio", is_member, " ".join(sorted(numbers)))
    analysis = vm.run("systemd-analyze security cardsight.service --no-pager", 120)
    level = re.search(r"exposure level for cardsight.service: ([\d.]+)", analysis)
    ok = level is not None and float(level[1]) <= MOST_EXPOSED
    report.check(f"exposure is at most {MOST_EXPOSED}", ok, level[1] if level else analysis)


def stop(device: Device) -> None:
    """The program ends on request."""
    report = device.report
    device.check_names("stop: a card is named before", CARDS[5])
    device.systemctl("stop cardsight")
    # This is the time from the signal to the end of the program, without systemd's own work.
    requested, ended = (
        int(device.property(f"{name}TimestampMonotonic")) / 1e6
        for name in ("ActiveExit", "ExecMainExit")
    )
    seconds = ended - requested
    report.check(f"stop: within {STOP_SECONDS} s", 0 < seconds <= STOP_SECONDS, took(seconds))
    end = [device.property(name) for name in ("Result", "ExecMainCode", "ExecMainStatus")]
    report.check("stop: exit status 0", end == ["success", "1", "0"], " ".join(end))
    lit = device.lit()
    report.check("stop: LEDs off", not lit, names(lit))
    device.systemctl("start cardsight")
    device.check_names("started again: a card is named", CARDS[6])


def kill(device: Device) -> None:
    """The program is killed, as by the kernel when memory runs out."""
    report = device.report
    device.check_names("kill: a card is named before", CARDS[7])
    restarts = device.restarts()
    device.systemctl("kill -s KILL cardsight")
    check_dark_before_restart(device, "kill", 10)
    seconds = device.wait(lambda: device.restarts() == restarts + 1, 30)
    report.check("kill: started again by systemd", seconds is not None, took(seconds))
    device.check_names("kill: the next card is named", CARDS[8])


def hang(device: Device) -> None:
    """The program stops working while a card is shown: SIGSTOP keeps it from signs of life."""
    report = device.report
    device.check_names("hang: a card is named before", CARDS[9])
    restarts, position = device.restarts(), device.log_position()
    device.systemctl("kill --kill-who=main -s STOP cardsight")
    check_dark_before_restart(device, "hang", 120)
    log = device.log_since(position).lower()
    is_watchdog = "watchdog timeout" in log
    report.check("hang: the watchdog ended it", is_watchdog, "" if is_watchdog else log)
    seconds = device.wait(lambda: device.restarts() == restarts + 1, 30)
    report.check("hang: started again by systemd", seconds is not None, took(seconds))
    device.check_names("hang: the next card is named", CARDS[0])


def check_dark_before_restart(device: Device, what: str, seconds: float) -> None:
    """Checks that the LEDs are off while the program is dead: ExecStopPost switched them off."""
    died = device.wait(lambda: device.property("SubState") == "auto-restart", seconds)
    lit = device.lit()
    still_dead = device.property("SubState") == "auto-restart"
    ok = died is not None and still_dead and not lit
    detail = f"dead {took(died)}, lit: {names(lit)}"
    device.report.check(f"{what}: LEDs off before it starts again", ok, detail)
