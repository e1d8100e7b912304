"""The ways to a screen: a connector of a graphics card, and a framebuffer."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..device import NAMED_SECONDS, Device, took
from ..scenes import CARDS, Scene
from ..screen import NAMED, Photograph

CONNECTOR, OTHER_CONNECTOR = "Virtual-1", "Virtual-2"
# A screen that is missing is opened again every five seconds.
AGAIN_SECONDS = 30


def screens(device: Device) -> None:
    console = _console(device)
    with _hidden(device, "/dev/fb0"):
        _shows(device, "no framebuffer", '"auto"', CARDS[0], CONNECTOR)
        _pulled_out(device, CARDS[0])
        _held(device, CARDS[0])
        _returns(device, "no framebuffer", console)
        turned = f'"{CONNECTOR}"\nscreen_rotation = 180'
        _shows(device, "turned connector", turned, CARDS[3], CONNECTOR, is_turned=True)
        _other_connector(device, console)
    _shows(device, "framebuffer", '"/dev/fb0"', CARDS[6], "framebuffer /dev/fb0")
    _returns(device, "framebuffer", console)
    with _hidden(device, "/dev/dri"):
        _shows(device, "no graphics card", '"auto"', CARDS[8], "framebuffer /dev/fb0")
    device.configure()
    device.systemctl("restart cardsight")


def _console(device: Device) -> Photograph:
    """What the text console shows without the service."""
    device.systemctl("stop cardsight")
    device.vm.run(r"printf '\033[2J\033[HThe text console' > /dev/tty1; sleep 1")
    console = device.photograph("console")
    device.report.check("screens: the text console is visible", any(console.pixels))
    return console


def _returns(device: Device, what: str, console: Photograph) -> None:
    """Checks that the text console is there again when the service has ended."""
    device.systemctl("stop cardsight")

    def is_back() -> bool:
        return device.photograph("console-again") == console

    seconds = device.wait(is_back, 10)
    device.report.check(f"{what}: the text console returns", seconds is not None, took(seconds))


@contextmanager
def _hidden(device: Device, path: str) -> Iterator[None]:
    """Devices that the system seems not to have."""
    device.vm.run(f"mv {path} /dev/hidden")
    try:
        yield
    finally:
        device.vm.run(f"mv /dev/hidden {path}")


def _shows(
    device: Device, what: str, screen: str, scene: Scene, named: str, is_turned: bool = False
) -> None:
    """Starts the service with a screen, lays a card, and checks that the screen shows it."""
    report = device.report
    device.configure(device.config.replace('screen = "/dev/fb0"', f"screen = {screen}"))
    position = device.log_position()
    device.systemctl("restart cardsight")
    device.lay(scene)
    seconds = _wait_named(device, f"screen-{what.replace(' ', '-')}", is_turned)
    detail = took(seconds) if seconds is not None else device.doing()
    report.check(f"{what}: {scene.card} is on the screen", seconds is not None, detail)
    log = device.log_since(position)
    is_logged = any("the screen is" in line and named in line for line in log.splitlines())
    report.check(f"{what}: the log names {named}", is_logged, "" if is_logged else log)


def _wait_named(device: Device, name: str, is_turned: bool = False) -> float | None:
    """Waits until the screen shows an outline and a name."""

    def shows_card() -> bool:
        image = device.photograph(name)
        image = image.turned() if is_turned else image
        return image.outline_share() > 0.9 and bool(image.caption())

    return device.wait(shows_card, NAMED_SECONDS)


def _plug(device: Device, connector: str, state: str) -> None:
    """Sets what the kernel believes is plugged in: "on", "off", or "detect" for the truth."""
    device.vm.run(f"echo {state} > /sys/class/drm/card0-{connector}/status")


def _other_connector(device: Device, console: Photograph) -> None:
    """The second screen is used when it is named, and the first one is left alone."""
    report = device.report
    _plug(device, OTHER_CONNECTOR, "on")
    device.configure(device.config.replace('screen = "/dev/fb0"', f'screen = "card0-{OTHER_CONNECTOR}"'))
    device.systemctl("restart cardsight")

    def shows_card() -> bool:
        return NAMED in device.photograph("screen-second-connector", 2).pixels

    seconds = device.wait(shows_card, NAMED_SECONDS)
    report.check("second connector: the card is on the screen", seconds is not None, took(seconds))
    is_alone = device.photograph("screen-first-connector") == console
    report.check("second connector: the first one still shows the text console", is_alone)
    device.systemctl("stop cardsight")
    _plug(device, OTHER_CONNECTOR, "detect")


def _pulled_out(device: Device, scene: Scene) -> None:
    """The screen is pulled out while it shows images, and plugged in again."""
    report = device.report
    _plug(device, CONNECTOR, "off")
    _check_fault(device, "screen pulled out", CONNECTOR)
    device.check_names("screen pulled out: a card is named", scene)
    _plug(device, CONNECTOR, "detect")
    waited = device.wait_status(AGAIN_SECONDS, faults={})
    report.check("screen plugged in: no faults", waited is not None, device.doing())
    seconds = _wait_named(device, "screen-plugged-in")
    report.check("screen plugged in: the card is on the screen", seconds is not None, took(seconds))


def _held(device: Device, scene: Scene) -> None:
    """Another program shows images when the service starts, as a desktop does, and ends later."""
    report, vm = device.report, device.vm
    device.systemctl("stop cardsight")
    # Whoever opens the card first may show images on it.
    vm.run("sleep 1000 <>/dev/dri/card0 & echo $! > /run/holder")
    device.systemctl("start cardsight")
    _check_fault(device, "screen in use", "/dev/dri/card0")
    device.check_names("screen in use: a card is named", scene)
    vm.run("kill $(cat /run/holder); rm /run/holder")
    waited = device.wait_status(AGAIN_SECONDS, faults={})
    report.check("screen free: no faults", waited is not None, device.doing())
    seconds = _wait_named(device, "screen-free")
    report.check("screen free: the card is on the screen", seconds is not None, took(seconds))


def _check_fault(device: Device, what: str, named: str) -> None:
    """Checks that the status names what is wrong with the screen."""

    def fault() -> str:
        return device.status().get("faults", {}).get("screen", "")

    seconds = device.wait(lambda: named in fault(), AGAIN_SECONDS)
    device.report.check(f"{what}: status.json", seconds is not None, fault())
