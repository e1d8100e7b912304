"""The package is installed, upgraded, and removed without a trace."""

from ..device import CONFIG, Device, took
from ..leds import names
from ..scenes import CARDS, TABLE

PACKAGE, NEXT_PACKAGE = "payload/cardsight.deb", "payload/cardsight-next.deb"
OLD_PACKAGE = "payload/cardsight-old.deb"

# What a package may leave behind: dpkg's own records, logs, caches, and the user in the files
# that list users.
MAY_STAY = r"^/var/lib/dpkg/|^/var/log/|^/var/cache/|^/etc/(passwd|group|shadow|gshadow)-?$"
ALL_FILES = (
    r"find / -xdev \( -path /root -o -path /tmp -o -path /var/tmp -o -path /run \) -prune "
    rf"-o -print | grep -Ev '{MAY_STAY}' | sort"
)


def install(device: Device) -> None:
    """Installs by `dpkg -i` alone, on a machine that already has cameras, chips and a screen."""
    report, vm = device.report, device.vm
    vm.run(f"cp payload/{TABLE.file} /run/scene.yuyv; gpiosim up; camera up")
    vm.run(f"{ALL_FILES} > /root/files-before", 120)
    code, output = vm.shell(f"dpkg -i {PACKAGE}", 120)
    report.check("install: dpkg -i", code == 0, "" if code == 0 else output)
    active = vm.shell("systemctl is-active cardsight").output.strip()
    report.check("install: the service runs", active == "active", active)
    enabled = vm.shell("systemctl is-enabled cardsight").output.strip()
    report.check("install: the service is enabled", enabled == "enabled", enabled)
    waited = device.wait_status(60, healthy=True)
    report.check("install: healthy without configuration", waited is not None, took(waited))
    device.configure()
    checked = vm.shell(f"cardsight check-config {CONFIG}")
    report.check("install: check-config accepts the test's configuration", checked.code == 0)
    device.systemctl("restart cardsight")
    waited = device.wait_status(60, state="searching", healthy=True)
    report.check("install: reads the camera", waited is not None, device.doing())


def upgrade(device: Device) -> None:
    """Installs a newer version over one whose configuration was edited."""
    report, vm = device.report, device.vm
    old_pid = device.property("MainPID")
    edited = device.config + "# edited by hand\n"
    device.configure(edited)
    code, output = vm.shell(f"dpkg -i {NEXT_PACKAGE}", 120)
    report.check("upgrade: dpkg -i", code == 0, "" if code == 0 else output)
    versions = vm.run(
        f"dpkg-query -W -f '${{Version}}' cardsight; echo; dpkg-deb -f {NEXT_PACKAGE} Version"
    ).split()
    report.check("upgrade: it is the new version", len(set(versions)) == 1, " ".join(versions))
    kept = vm.run(f"cat {CONFIG}") == edited
    report.check("upgrade: the edited configuration is kept", kept)
    is_new = device.property("MainPID") not in ("0", old_pid)
    report.check("upgrade: the new program runs", is_new)
    device.check_names("upgrade: a card is named", CARDS[7])
    device.configure()


def purge(device: Device) -> None:
    """Only the files that a package may leave behind stay."""
    report, vm = device.report, device.vm
    code, output = vm.shell("dpkg --purge cardsight", 120)
    report.check("purge: dpkg --purge", code == 0, "" if code == 0 else output)
    lit = device.lit()
    report.check("purge: LEDs off", not lit, names(lit))
    running = vm.shell("pgrep -a cardsight").output.strip()
    report.check("purge: no process is left", not running, running)
    known = vm.shell("systemctl cat cardsight").code == 0
    report.check("purge: systemd does not know the service", not known)
    vm.run(f"{ALL_FILES} > /root/files-after", 120)
    left = vm.run("comm -13 /root/files-before /root/files-after; find /run -name '*cardsight*'")
    report.check("purge: no file is left", not left.strip(), left)
    removed = vm.run("comm -23 /root/files-before /root/files-after")
    report.check("purge: no other file is removed", not removed.strip(), removed)


def rename(device: Device) -> None:
    """Upgrades from 0.1.0, whose configuration is named edge.toml and was edited."""
    report, vm = device.report, device.vm
    old_config = "/etc/cardsight/edge.toml"
    edited = device.config + "# edited by hand\n"
    vm.run("dpkg --purge cardsight", 120)
    vm.run(f"dpkg -i {OLD_PACKAGE}", 120)
    device.write(old_config, edited)
    code, output = vm.shell(f"dpkg -i {PACKAGE}", 120)
    report.check("rename: dpkg -i", code == 0, "" if code == 0 else output)
    kept = vm.run(f"cat {CONFIG}") == edited
    report.check("rename: the edited configuration has the new name", kept)
    is_renamed = vm.shell(f"test -e {old_config}").code != 0
    report.check("rename: the old name is gone", is_renamed)
    device.check_names("rename: a card is named", CARDS[2])
    code, output = vm.shell("dpkg --purge cardsight", 120)
    is_empty = vm.shell("test -e /etc/cardsight").code != 0
    report.check("rename: dpkg --purge removes both", code == 0 and is_empty, output)
