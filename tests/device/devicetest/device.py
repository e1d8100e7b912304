"""The running device: its service, its camera, its LEDs, its screen and its log."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import leds
from .leds import Led
from .report import Report
from .scenes import Scene
from .screen import Photograph
from .vm import Vm

CONFIG = "/etc/cardsight/cardsight.toml"
STATUS = "/run/cardsight/status.json"

# The emulated device may take this long to name a card that was laid down, or to see that there is
# none: it reads a doubtful frame eight times, which takes seconds there.
NAMED_SECONDS = 40


class Device:
    """The device as all checks use it."""

    def __init__(self, vm: Vm, report: Report, config: Path, screens: Path) -> None:
        self.vm = vm
        self.report = report
        self.leds = leds.read_config(config)
        self.config = config.read_text()
        self.screens = screens
        screens.mkdir(parents=True, exist_ok=True)

    # Files and service

    def write(self, path: str, text: str) -> None:
        """Writes a file in the device."""
        self.vm.run(f"cat > {path} <<'END-OF-FILE'\n{text}END-OF-FILE")

    def configure(self, text: str | None = None) -> None:
        """Writes a configuration; without an argument, the test's own."""
        self.write(CONFIG, self.config if text is None else text)

    def systemctl(self, arguments: str, timeout_seconds: float = 120) -> None:
        """Runs a systemctl command that must not fail."""
        self.vm.run(f"systemctl {arguments}", timeout_seconds)

    def property(self, name: str) -> str:
        """A property of the service as systemd reports it."""
        return self.vm.run(f"systemctl show cardsight -p {name} --value").strip()

    def restarts(self) -> int:
        """How often systemd has restarted the service by itself."""
        return int(self.property("NRestarts"))

    def status(self) -> dict[str, Any]:
        """The contents of status.json; empty when the file does not exist."""
        code, output = self.vm.shell(f"cat {STATUS}")
        return json.loads(output) if code == 0 else {}

    def log_position(self) -> str:
        """A position in the log, from which log_since() reads."""
        output = self.vm.run("journalctl -n 0 --show-cursor -q")
        return output.partition("cursor: ")[2].strip()

    def log_since(self, position: str) -> str:
        """What the service, and systemd about it, have logged since that position."""
        return self.vm.run(f"journalctl -u cardsight -o cat --after-cursor '{position}'")

    # Surroundings

    def lay(self, scene: Scene) -> float:
        """Lays a card before the camera, or takes it away; returns the time."""
        file = f"payload/{scene.file}"
        self.vm.run(f"dd if={file} of=/run/scene.yuyv bs=1M conv=notrunc status=none")
        return time.monotonic()

    def lit(self) -> set[Led]:
        """The LEDs that are lit now."""
        return leds.lit(self.vm, self.leds)

    def photograph(self, name: str, connector: int = 1) -> Photograph:
        """A photograph of the screen on a connector, which is kept under this name."""
        ppm = self.screens / "photograph.ppm"
        image = Photograph.from_ppm(self.vm.photograph(ppm, connector))
        image.save_png(self.screens / f"{name}.png")
        ppm.unlink()
        return image

    # Waiting

    def wait(self, holds: Callable[[], bool], seconds: float) -> float | None:
        """Waits until a condition holds; returns the seconds until then, or None if it never held."""
        started = time.monotonic()
        while True:
            if holds():
                return time.monotonic() - started
            if time.monotonic() - started > seconds:
                return None
            time.sleep(0.1)

    def wait_lit(self, state: str, card: str | None, seconds: float) -> float | None:
        """Waits until exactly the LEDs of a state are lit."""
        wanted = leds.expected(self.leds, state, card)
        return self.wait(lambda: self.lit() == wanted, seconds)

    def wait_dark(self, seconds: float) -> float | None:
        """Waits until no LED is lit except those for faults."""
        fault = leds.expected(self.leds, "fault")
        return self.wait(lambda: self.lit() <= fault, seconds)

    def wait_status(self, seconds: float, **wanted: Any) -> float | None:
        """Waits until status.json has these values."""
        return self.wait(lambda: self.status().items() >= wanted.items(), seconds)

    def check_names(self, what: str, scene: Scene, seconds: float = 60) -> bool:
        """Checks that LEDs and status name a card, and reports how long it took."""
        self.lay(scene)
        took = self.wait_lit("seen", scene.card, seconds)
        status = self.wait_status(5, state="seen", card=scene.card)
        detail = f"LEDs after {took:.1f} s" if took is not None else self.doing()
        return self.report.check(what, took is not None and status is not None, detail)

    def doing(self) -> str:
        """What the device is doing, for a check that failed."""
        status = {key: self.status().get(key) for key in ("state", "card", "fps", "faults")}
        active = self.property("ActiveState")
        return f"the service is {active}, status {json.dumps(status)}, lit: {leds.names(self.lit())}"


def took(seconds: float | None) -> str:
    """The time as text, or "never"."""
    return "never" if seconds is None else f"after {seconds:.1f} s"
