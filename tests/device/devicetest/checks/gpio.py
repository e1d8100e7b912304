"""GPIO chips that appear late, are named by links, or belong to other kernels."""

from ..device import CONFIG, Device
from ..leds import BOARD, SIMULATED
from ..scenes import CARDS, Scene
from .service import check_dark_before_restart

DROP_IN = "/etc/systemd/system/cardsight.service.d/abi.conf"

def missing_at_start(device: Device) -> None:
    report, vm = device.report, device.vm
    device.systemctl("stop cardsight")
    vm.run("gpiosim down")
    position = device.log_position()
    device.systemctl("start cardsight")
    device.lay(CARDS[3])
    waited = device.wait_status(30, state="seen", card=CARDS[3].card)
    report.check("GPIO missing: cards are recognised without it", waited is not None, device.doing())
    line = f"no GPIO chip {SIMULATED}"
    log = device.log_since(position)
    report.check("GPIO missing: the log names the chip", line in log, "" if line in log else log)
    report.check("GPIO missing: it is logged once", log.count(line) == 1, f"{log.count(line)} times")
    fault = device.status().get("faults", {}).get("leds", "")
    report.check("GPIO missing: status.json names the chip", SIMULATED in fault, fault)
    stays = device.restarts() == 0 and device.property("ActiveState") == "active"
    report.check("GPIO missing: the service stays up", stays)
    vm.run("gpiosim up")
    device.check_names("GPIO present: a card is named", CARDS[4], 30)
    waited = device.wait_status(10, faults={})
    report.check("GPIO present: status.json has no faults", waited is not None, device.doing())


def one_abi_only(device: Device) -> None:
    """Kernels that have only one version of the GPIO interface, and other names of chips and lines."""
    _without(device, 1, "second GPIO ABI", CARDS[0])
    _without(device, 2, "first GPIO ABI", CARDS[5])
    _by_other_names(device)


def _without(device: Device, missing: int, used: str, scene: Scene) -> None:
    report, vm = device.report, device.vm
    what, lacking = f"without GPIO ABI {missing}", f"/usr/local/sbin/without-gpio-abi {missing}"
    # Debian 12's gpioinfo speaks the first version alone, so that it shows the filter at work.
    code, output = vm.shell(f"{lacking} /usr/bin/gpioinfo {SIMULATED}")
    report.check(f"{what}: the filter works", (code == 0) == (missing == 2), output if code else "")
    commands = [
        f"{key}={mark}{lacking} /usr/bin/cardsight {command} --config {CONFIG}"
        for key, mark, command in (("ExecStart", "", "run"), ("ExecStopPost", "-", "dark"))
    ]
    lines = ["[Service]", "ExecStart=", commands[0], "ExecStopPost=", commands[1], ""]
    vm.run(f"mkdir -p $(dirname {DROP_IN})")
    device.write(DROP_IN, "\n".join(lines))
    position = device.log_position()
    device.systemctl("daemon-reload")
    device.systemctl("restart cardsight")
    device.check_names(f"{what}: a card is named", scene)
    log = device.log_since(position)
    report.check(f"{what}: the log names the other", used in log, "" if used in log else log)
    listed = vm.shell(f"{lacking} /usr/bin/cardsight doctor", 120).output
    chips = [line for line in listed.splitlines() if "GPIO chip" in line]
    report.check(f"{what}: doctor names the other", all(used in line for line in chips), "\n".join(chips))
    device.systemctl("kill -s KILL cardsight")
    check_dark_before_restart(device, what, 10)
    vm.run(f"rm {DROP_IN}; rmdir $(dirname {DROP_IN})")
    device.systemctl("daemon-reload")
    device.systemctl("restart cardsight")


def _by_other_names(device: Device) -> None:
    """A Raspberry Pi 5 has the link gpiochip4."""
    device.vm.run(f"ln -s {BOARD} /dev/gpiochip9")
    config = device.config.replace(BOARD, "gpiochip9").replace("line = 2\n", 'line = "2"\n')
    device.configure(config)
    device.systemctl("restart cardsight")
    device.check_names("GPIO by other names: a card is named", CARDS[2])
    device.configure()
    device.systemctl("restart cardsight")
    device.vm.run("rm /dev/gpiochip9")
