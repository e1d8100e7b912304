"""A GPIO chip that appears after the program has started."""

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
