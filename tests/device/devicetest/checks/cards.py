"""Cards are laid down and taken away; LEDs, log, status and screen must show it."""

from itertools import combinations

from ..device import NAMED_SECONDS, Device, took
from ..leds import expected, names
from ..scenes import CARDS, TABLE, Scene
from ..screen import NAMED, Photograph, difference

# Two captions of the same card differ by less than SAME, those of two cards by more than OTHER.
SAME, OTHER = 0.12, 0.25

Caption = list[float]


def cards(device: Device) -> None:
    """Shows every scene, and the first one twice."""
    captions: dict[str, Caption] = {}
    last: Caption = []
    for scene in CARDS:
        last = _card(device, scene, last)
        captions[scene.card] = last
    _empty_table(device)
    again = _card(device, CARDS[0], [])
    same = difference(captions[CARDS[0].card], again)
    closest = min(difference(a, b) for a, b in combinations(captions.values(), 2))
    report, detail = device.report, f"differs by {same:.2f}"
    report.check("screen: a card's caption is the same again", same < SAME, detail)
    report.check("screen: each card's caption is its own", closest > OTHER, f"by {closest:.2f}")


def _card(device: Device, scene: Scene, last_caption: Caption) -> Caption:
    """Lays a card and checks all outputs; returns the screen's caption."""
    report, card = device.report, scene.card
    position = device.log_position()
    device.lay(scene)
    seconds = device.wait_lit("seen", card, NAMED_SECONDS)
    wanted = names(expected(device.leds, "seen", card))
    detail = took(seconds) if seconds is not None else f"wanted {wanted}; {device.doing()}"
    report.check(f"{card}: LEDs", seconds is not None, detail)
    waited = device.wait_status(5, state="seen", card=card, healthy=True)
    detail = "" if waited is not None else str(device.status())
    report.check(f"{card}: status.json", waited is not None, detail)
    event = f"seen: {card} ("
    log = device.log_since(position)
    report.check(f"{card}: log", event in log, "" if event in log else log)
    image, share, caption = _named_screen(device, last_caption)
    image.save_png(device.screens / f"{scene.file.removesuffix('.yuyv')}.png")
    ok = share > 0.9 and bool(caption)
    report.check(f"{card}: screen", ok, f"{share:.0%} of the outline, {_ink(caption)} caption")
    return caption


def _named_screen(device: Device, last_caption: Caption) -> tuple[Photograph, float, Caption]:
    """The screen when it shows another caption than the last one; it is drawn after the LEDs."""
    image = device.photograph("now")

    def shows_another() -> bool:
        nonlocal image
        image = device.photograph("now")
        caption = image.caption()
        is_other = difference(caption, last_caption) > OTHER
        return bool(caption) and is_other and image.outline_share() > 0.9

    device.wait(shows_another, NAMED_SECONDS)
    return image, image.outline_share(), image.caption()


def _ink(caption: Caption) -> str:
    return "a" if caption else "no"


def _empty_table(device: Device) -> None:
    report = device.report
    position = device.log_position()
    device.lay(TABLE)
    seconds = device.wait_lit("searching", None, NAMED_SECONDS)
    detail = took(seconds) if seconds is not None else device.doing()
    report.check("empty table: LEDs", seconds is not None, detail)
    waited = device.wait_status(5, state="searching", card=None)
    report.check("empty table: status.json", waited is not None)
    log = device.log_since(position)
    report.check("empty table: log", "searching" in log, "" if "searching" in log else log)

    def has_no_green() -> bool:
        return NAMED not in device.photograph("empty").pixels

    seconds = device.wait(has_no_green, NAMED_SECONDS)
    report.check("empty table: screen", seconds is not None, f"without green {took(seconds)}")
