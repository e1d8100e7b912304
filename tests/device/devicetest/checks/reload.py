"""Configuration and model are read again; invalid ones are refused, and the old ones stay."""

from ..device import Device
from ..scenes import CARDS

BROKEN_MODEL = "/var/lib/cardsight/broken.onnx"


def reload(device: Device) -> None:
    vm = device.vm
    pid = device.property("MainPID")
    _valid(device)
    typo = device.config.replace("agreeing_frames", "agreeing_framez")
    _refused(device, "typo", typo, "agreeing_framez", 1)
    vm.run(f"head -c 100000 /dev/urandom > {BROKEN_MODEL}; chmod 644 {BROKEN_MODEL}")
    broken = f'model = "{BROKEN_MODEL}"\n{device.config}'
    _refused(device, "broken model", broken, BROKEN_MODEL, 2)
    device.configure()
    vm.run(f"rm {BROKEN_MODEL}")
    device.systemctl("reload cardsight")
    device.check_names("reload: a card is named with the restored configuration", CARDS[3])
    is_same = device.property("MainPID") == pid
    device.report.check("reload: the process stays the same", is_same)


def _valid(device: Device) -> None:
    """A configuration with another rule for one LED."""
    device.lay(CARDS[0])  # black
    device.configure(device.config.replace('on = "joker"', 'on = "color:black"'))
    device.systemctl("reload cardsight")

    def is_lit() -> bool:
        return any(led.on == "joker" for led in device.lit())

    seconds = device.wait(is_lit, 30)
    device.report.check("reload: a valid configuration is applied", seconds is not None)
    device.configure()
    device.systemctl("reload cardsight")
    device.check_names("reload: the old configuration is applied again", CARDS[5])


def _refused(device: Device, what: str, config: str, named: str, card: int) -> None:
    position = device.log_position()
    device.configure(config)
    device.systemctl("reload cardsight")
    seconds = device.wait(lambda: named in device.log_since(position), 30)
    log = device.log_since(position)
    device.report.check(f"{what}: the log names the cause", seconds is not None, log)
    device.check_names(f"{what}: cards are named as before", CARDS[card])
