"""A GPIO chip that comes later than the program."""

from ..device import Device
from ..leds import SIMULATED
from ..scenes import CARDS


def missing_at_start(device: Device) -> None:
    report, vm = device.report, device.vm
    device.systemctl("stop cardsight")
    vm.run("gpiosim down")
    position = device.log_position()
    device.systemctl("start cardsight")
    device.lay(CARDS[3])
    told = device.wait_status(30, state="seen", card=CARDS[3].card)
    report.check("GPIO missing: cards are seen without it", told is not None, device.doing())
    line = f"no GPIO chip {SIMULATED}"
    log = device.log_since(position)
    report.check("GPIO missing: the log names the chip", line in log, "" if line in log else log)
    report.check("GPIO missing: it is said once", log.count(line) == 1, f"{log.count(line)} times")
    trouble = device.status().get("faults", {}).get("leds", "")
    report.check("GPIO missing: status.json names the chip", SIMULATED in trouble, trouble)
    stays = device.restarts() == 0 and device.property("ActiveState") == "active"
    report.check("GPIO missing: the service stays up", stays)
    vm.run("gpiosim up")
    device.check_names("GPIO there: a card is named", CARDS[4], 30)
    told = device.wait_status(10, troubles={})
    report.check("GPIO there: no trouble in status.json", told is not None, device.doing())
