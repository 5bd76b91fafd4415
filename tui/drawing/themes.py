"""The colours of everything: three palettes and the Textual themes made from them; read by all that
draws.

A lane keeps its hue in every theme: serial orange, threads violet, processes green, Ray blue. The
shades were searched for so that lanes and failure stay apart for protan, deutan and tritan viewers
(tests/unit/test_themes.py holds them to it); colour is still never the only sign of anything.
"""

from dataclasses import dataclass
from functools import lru_cache

from textual.theme import Theme

from workloads.core.engine_info import engine_info
from workloads.core.errors import plain


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours of one theme, each `#rrggbb`; compared by identity, as what is drawn is kept by
    its palette.

    `rule` is for grid lines and the unfilled part of bars, `dim` for secondary text (readable on
    background and panel), `faint` for digits not settled yet and for
    keys that have nothing to act on, `accent` for the now marker and keys;
    `inside`, `outside` and `arc` are the points and the circle of the π picture. `least` is the
    contrast that text has with its ground: 4.5, or 7 in the contrast theme (WCAG 2.2, 1.4.3 and
    1.4.6).
    """

    name: str
    dark: bool
    background: str
    panel: str
    rule: str
    text: str
    dim: str
    faint: str
    serial: str
    threads: str
    processes: str
    ray: str
    failed: str
    accent: str
    inside: str
    outside: str
    arc: str
    least: float = 4.5

    def lane(self, engine: str) -> str:
        """The colour of an engine's lane: that of its role in EngineInfo."""
        return str(getattr(self, engine_info(engine).color))

    def subdued(self, color: str, ground: str, k: float = 0.35, least: float = 0.0) -> str:
        """A colour nearer to its ground by the share `k`, as a ghost's is; by less where it would
        have a contrast below `least` (0: that of text).
        """
        least = least or self.least
        for part in range(8):
            tone = blend(color, ground, k * (1 - part / 8))
            if contrast(tone, ground) >= least:
                return tone
        return legible(color, ground, least)

    @property
    def spare(self) -> str:
        """The colour of lanes of engines that have none of their own: that of text."""
        return self.text


DARK = Palette(
    name="raytasks-dark",
    dark=True,
    background="#0a0e13",
    panel="#131a22",
    rule="#33414f",
    text="#ffffff",
    dim="#a9b7c6",
    faint="#7f8e9d",
    serial="#e69f00",
    threads="#ad73ff",
    processes="#9db89d",
    ray="#56b4e9",
    failed="#ff5640",
    accent="#f0e442",
    inside="#f0e442",
    outside="#cc79a7",
    arc="#ffffff",
)

LIGHT = Palette(
    name="raytasks-light",
    dark=False,
    background="#ffffff",
    panel="#eef2f6",
    rule="#c3ccd5",
    text="#000000",
    dim="#45525f",
    faint="#63707d",
    serial="#ad5100",
    threads="#6d28d9",
    processes="#00795b",
    ray="#0063a0",
    failed="#c4002b",
    accent="#a8006e",
    inside="#0063a0",
    outside="#ad5100",
    arc="#000000",
)

CONTRAST = Palette(
    name="raytasks-contrast",
    dark=True,
    background="#000000",
    panel="#121212",
    rule="#4a4a4a",
    text="#ffffff",
    dim="#dcdcdc",
    faint="#a3a3a3",
    serial="#ffb000",
    threads="#c682ff",
    processes="#a8d5a8",
    ray="#75d1ff",
    failed="#ff784b",
    accent="#fff000",
    inside="#fff000",
    outside="#ff8ad0",
    arc="#ffffff",
    least=7.0,
)

MARK = 3.0
"""The contrast that graphical marks have with their ground (WCAG 2.2, 1.4.11)."""

_PALETTES = {p.name: p for p in (DARK, LIGHT, CONTRAST)}


def palette(theme_name: str) -> Palette:
    """The palette of a Textual theme's name; DARK for a theme that isn't ours."""
    return _PALETTES.get(theme_name, DARK)


def lane_letter(engine: str) -> str:
    """The letter that stands beside a lane's colour: S, T, P, R; else the engine's own first
    letter.
    """
    return engine_info(engine).letter or plain(engine)[:1].upper() or "?"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


@lru_cache(maxsize=4096)
def blend(a: str, b: str, k: float) -> str:
    """The colour that is `a` at k = 0 and `b` at k = 1 (linear in sRGB)."""
    mixed = (round(x + (y - x) * k) for x, y in zip(_rgb(a), _rgb(b), strict=True))
    return "#" + "".join(f"{c:02x}" for c in mixed)


def _luminance(color: str) -> float:
    total = 0.0
    for weight, value in zip((0.2126, 0.7152, 0.0722), _rgb(color), strict=True):
        share = value / 255
        if share <= 0.04045:
            total += weight * share / 12.92
        else:
            total += weight * ((share + 0.055) / 1.055) ** 2.4
    return total


@lru_cache(maxsize=1024)
def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, 1 to 21; text needs 4.5."""
    lighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=1024)
def on(color: str) -> str:
    """Black or white, whichever reads better as text on a filled `color`."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, color))


@lru_cache(maxsize=1024)
def legible(color: str, ground: str, least: float) -> str:
    """A colour on its ground, moved towards black or white until it has that contrast."""
    for part in range(16):
        tone = blend(color, on(ground), part / 16)
        if contrast(tone, ground) >= least:
            return tone
    return on(ground)


def textual_themes() -> list[Theme]:
    """The themes to register, named as their palettes; the first is the default."""
    return [_theme(p) for p in _PALETTES.values()]


def _theme(p: Palette) -> Theme:
    return Theme(
        name=p.name,
        primary=p.ray,
        secondary=p.processes,
        background=p.background,
        surface=p.panel,
        panel=p.panel,
        foreground=p.text,
        error=p.failed,
        warning=p.serial,
        success=p.processes,
        accent=p.accent,
        dark=p.dark,
        variables=_variables(p),
    )


def _variables(p: Palette) -> dict[str, str]:
    # Textual derives its text colours by tinting and alpha, which falls below a contrast of 4.5 on
    # some of its own widgets; so whatever carries text is named here outright.
    selected = blend(p.background, p.accent, 0.22)
    if not p.dark:
        selected = blend(p.background, p.accent, 0.16)
    headings = {f"markdown-h{n}-color": p.text for n in range(3, 7)}
    return {
        "text-muted": p.dim,
        "text-disabled": p.faint,
        "text-primary": p.ray,
        "text-secondary": p.processes,
        "text-success": p.processes,
        "text-warning": p.serial,
        "text-error": p.failed,
        "text-accent": p.accent,
        "foreground-muted": p.dim,
        "foreground-disabled": p.faint,
        "border": p.accent,
        "border-blurred": p.rule,
        "footer-background": p.panel,
        "footer-foreground": p.text,
        "footer-item-background": p.panel,
        "footer-key-foreground": p.accent,
        "footer-key-background": p.panel,
        "footer-description-foreground": p.text,
        "footer-description-background": p.panel,
        "block-cursor-background": p.accent,
        "block-cursor-foreground": on(p.accent),
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": blend(p.panel, p.accent, 0.25),
        "block-cursor-blurred-foreground": p.text,
        "block-hover-background": blend(p.panel, p.text, 0.1),
        "input-cursor-background": p.text,
        "input-cursor-foreground": p.background,
        "input-selection-background": selected,
        "input-selection-foreground": p.text,
        "screen-selection-background": selected,
        "screen-selection-foreground": p.text,
        "scrollbar": p.rule,
        "scrollbar-hover": p.dim,
        "scrollbar-active": p.accent,
        "scrollbar-background": p.panel,
        "scrollbar-background-hover": p.panel,
        "scrollbar-background-active": p.panel,
        "scrollbar-corner-color": p.panel,
        "link-color": p.ray,
        "link-background-hover": p.ray,
        "link-color-hover": on(p.ray),
        "button-foreground": p.text,
        "button-color-foreground": on(p.ray),
        "markdown-h1-color": p.accent,
        "markdown-h2-color": p.accent,
        **headings,
    }
