"""The checks, in groups with one subject each. A group leaves the device as it found it: running,
with all its hardware and the test's own configuration."""

from collections.abc import Callable

from ..device import Device
from . import camera, cards, controls, gpio, package, reload, ribbon, screens, service

# They run in this order. `install` comes first; the package is no longer installed after `purge`,
# and `rename` installs and purges it again.
GROUPS: dict[str, Callable[[Device], None]] = {
    "install": package.install,
    "cards": cards.cards,
    "user": service.user,
    "stop": service.stop,
    "kill": service.kill,
    "hang": service.hang,
    "camera": camera.gone_and_back,
    "controls": controls.controls,
    "ribbon": ribbon.ribbon,
    "gpio": gpio.missing_at_start,
    "abi": gpio.one_abi_only,
    "screens": screens.screens,
    "reload": reload.reload,
    "upgrade": package.upgrade,
    "purge": package.purge,
    "rename": package.rename,
}
