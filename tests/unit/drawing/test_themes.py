"""The palettes: readable, and apart for every kind of colour vision."""

import itertools

import numpy as np
import pytest

from tui.drawing.themes import (
    CONTRAST,
    DARK,
    LIGHT,
    MARK,
    Palette,
    blend,
    contrast,
    lane_letter,
    on,
    palette,
    textual_themes,
)

PALETTES = [DARK, LIGHT, CONTRAST]
ENGINES = ["serial", "threads", "processes", "ray"]

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes: A Physiologically-based Model for Simulation of
# Color Vision Deficiency, IEEE TVCG 15(6), 2009; the matrices of severity 1.0, on linear RGB.
VISION = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(color: str, vision: str) -> np.ndarray:
    """CIE L*a*b* (D65) of the colour as that vision sees it."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    f = (lambda v: np.where(v > 0.008856, np.cbrt(v), 7.787 * v + 16 / 116))(
        XYZ @ seen / [0.95047, 1, 1.08883]
    )
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colors: list[str], vision: str) -> float:
    """The smallest CIE76 difference of two of the colours."""
    return min(
        float(np.linalg.norm(lab(a, vision) - lab(b, vision)))
        for a, b in itertools.combinations(colors, 2)
    )


def test_the_measure_of_difference_finds_a_known_collision():
    assert nearest(["#3fbf9b", "#56b4e9"], "tritan") < 12
    assert nearest(["#3fbf9b", "#56b4e9"], "normal") > 30
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("p", PALETTES, ids=lambda p: p.name)
def test_what_carries_meaning_reads_on_its_background(p: Palette):
    assert p.least == (7.0 if p is CONTRAST else 4.5)
    for field in ("text", "dim", "faint", *ENGINES, "failed", "accent"):
        for ground in (p.background, p.panel):
            assert contrast(getattr(p, field), ground) >= p.least, (field, ground)
    for field in ("inside", "outside", "arc"):
        assert contrast(getattr(p, field), p.background) >= 4.5, field


@pytest.mark.parametrize("p", PALETTES, ids=lambda p: p.name)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_ghost_steps_back_as_far_as_it_can_be_read(p: Palette, engine: str):
    lane = p.lane(engine)
    for ground in (p.background, p.panel, p.rule):
        for least in (p.least, MARK):
            assert contrast(p.subdued(lane, ground, least=least), ground) >= least
    assert contrast(p.subdued(lane, p.background), p.background) <= contrast(lane, p.background)


@pytest.mark.parametrize("p", PALETTES, ids=lambda p: p.name)
def test_uncertain_digits_are_seen_but_step_back(p: Palette):
    assert 1.8 < contrast(p.faint, p.panel) < contrast(p.text, p.panel) / 2


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("p", PALETTES, ids=lambda p: p.name)
def test_lanes_and_failure_stay_apart(p: Palette, vision: str):
    # 2.3 is a just noticeable difference in CIE76; on white, colours that can be read are all dark
    # and lie nearer to each other.
    least = 20 if p.dark else 11
    assert nearest([*(p.lane(engine) for engine in ENGINES), p.failed], vision) >= least


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("p", PALETTES, ids=lambda p: p.name)
def test_points_inside_and_outside_stay_apart(p: Palette, vision: str):
    assert nearest([p.inside, p.outside], vision) >= 30


@pytest.mark.parametrize("p", PALETTES, ids=lambda p: p.name)
def test_numbers_read_on_a_filled_bar(p: Palette):
    for engine in ENGINES:
        assert contrast(on(p.lane(engine)), p.lane(engine)) >= 4.5


def test_letters_and_names():
    assert [lane_letter(engine) for engine in [*ENGINES, "dask", ""]] == [
        "S",
        "T",
        "P",
        "R",
        "D",
        "?",
    ]
    assert DARK.lane("name") == DARK.text
    assert palette("raytasks-light") is LIGHT
    assert palette("dracula") is DARK
    assert blend("#000000", "#ffffff", 0.5) == "#808080"


def test_textual_makes_colours_of_every_theme():
    assert [theme.name for theme in textual_themes()] == [p.name for p in PALETTES]
    for theme, p in zip(textual_themes(), PALETTES, strict=True):
        variables = theme.to_color_system().generate()
        assert variables["background"].lower() == p.background
        assert contrast(variables["text-muted"], p.panel) >= 4.5
        assert contrast(variables["footer-key-foreground"], variables["footer-background"]) >= 4.5
        assert (
            contrast(variables["block-cursor-foreground"], variables["block-cursor-background"])
            >= 4.5
        )
