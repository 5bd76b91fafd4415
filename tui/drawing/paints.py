"""Looks of a lane's stretches: running, failed, start-up, …, and the stages of tasks."""

from functools import lru_cache

from tui.drawing.eighths import Paint
from tui.drawing.themes import MARK, Palette, blend, contrast, legible, on

# Kinds of stretches; the eighths of a line hold these numbers.
EMPTY, SHADE, OTHER, RUNNING, TIP, FAILED, LOST, CANCELLED = range(8)
START, TODO, SENT, CHOSEN, READY, STAGE = range(8, 14)
STAGE_DEPTHS = (0.6, 0.28, 0.6, 0.42, 0.0, 0.6, 0.28, 0.5, 0.14, 0.6, 0.28, 0.5)
"""How far the tone of each stage, from STAGE on, goes from the lane's colour to the ground: dark
and light by turns.
"""
STAGE_MARKS = ("─╲•═ ╳▪┄◦━◇□", "-\\o=%x:~c#+n")
"""The texture of each stage, in Unicode and in ASCII: stages differ without colour, too."""

_GLYPHS = ({FAILED: "✗", LOST: "↻", CANCELLED: "·"}, {FAILED: "X", LOST: "R", CANCELLED: "."})


def glyphs(ascii: bool) -> dict[int, str]:
    """The marks of tasks that didn't finish, by FAILED, LOST, CANCELLED."""
    return _GLYPHS[ascii]


@lru_cache(maxsize=64)
def paints(palette: Palette, engine: str, ghost: bool = False) -> tuple[Paint, ...]:
    """The looks of a lane's stretches, by EMPTY … READY, then the stages within a task."""
    lane, ground = palette.lane(engine), palette.background
    empty = Paint(ground, palette.text)
    lost = _textured(blend(ground, lane, 0.14), palette.text, "╱", blend(ground, lane, 0.65), "/")
    cancelled = Paint(blend(ground, palette.text, 0.12), palette.dim, "·", palette.dim, ".")
    start = _textured(blend(ground, lane, 0.16), palette.text, "░", blend(ground, lane, 0.55), ":")
    todo = Paint(palette.rule, palette.dim, ascii="_")
    chosen = Paint(palette.text, on(palette.text), ascii="@")
    if ghost:
        shade, other, failed, stages = _of_a_ghost(palette, lane)
        return (
            empty,
            shade,
            other,
            shade,
            shade,
            failed,
            lost,
            cancelled,
            start,
            todo,
            todo,
            chosen,
            todo,
            *stages,
        )
    other_tone = _other_tone(palette, lane)
    shade, other = Paint(lane, on(lane), ascii="="), Paint(other_tone, on(other_tone), ascii="-")
    bright = [blend(lane, "#ffffff", k) for k in (0.45, 0.85)]
    running, tip = (Paint(tone, on(tone), ascii=">") for tone in bright)
    failed = Paint(palette.failed, on(palette.failed), ascii="X")
    sent = Paint(blend(palette.rule, lane, 0.3), palette.dim, ascii="_")
    tones = [blend(lane, ground, depth) for depth in STAGE_DEPTHS]
    stages = [_stage(tone, on(tone), number) for number, tone in enumerate(tones)]
    plain = (empty, shade, other, running, tip, failed, lost, cancelled, start, todo, sent)
    return *plain, chosen, todo, *stages


@lru_cache(maxsize=64)
def life_paints(palette: Palette, engine: str, ghost: bool = False) -> tuple[Paint, ...]:
    """The same for a task in a row of its own: there it waits (SENT), and its result is READY."""
    lane, ground, look = palette.lane(engine), palette.background, [*paints(palette, engine, ghost)]
    waits, ready = blend(ground, lane, 0.1), blend(ground, lane, 0.3)
    look[SENT] = _textured(waits, palette.text, "·", blend(ground, lane, 0.6), ".")
    look[READY] = _textured(ready, palette.text, "╌", blend(ground, lane, 0.8), "~")
    return tuple(look)


def _textured(tone: str, words: str, mark: str, ink: str, ascii: str) -> Paint:
    """A look with a texture that can be seen on its tone."""
    return Paint(tone, words, mark, legible(ink, tone, MARK), ascii)


def _stage(tone: str, words: str, number: int) -> Paint:
    """The look of a task's stage of that number."""
    mark, ascii = (marks[number] for marks in STAGE_MARKS)
    return _textured(tone, words, mark, blend(tone, on(tone), 0.35), ascii)


def _other_tone(palette: Palette, lane: str) -> str:
    """The darker of a lane's two alternating tones: words on it can be read."""
    darker = "#000000"
    if palette.dark:
        darker = palette.background
    tones = [blend(lane, darker, k) for k in (0.32, 0.26, 0.2, 0.14, 0.08)]
    return next((tone for tone in tones if contrast(on(tone), tone) >= palette.least), lane)


def _of_a_ghost(palette: Palette, lane: str) -> tuple[Paint, Paint, Paint, list[Paint]]:
    """A ghost's tasks, by turns, its failed ones, and their stages: nearer to the ground."""
    ground = palette.background
    light, heavy = blend(ground, lane, 0.18), blend(ground, lane, 0.34)
    words = [legible(lane, tone, palette.least) for tone in (heavy, light)]
    shade = _textured(heavy, words[0], "┈", blend(ground, lane, 0.6), "-")
    other = _textured(light, words[1], "┈", blend(ground, lane, 0.45), "~")
    red = blend(ground, palette.failed, 0.5)
    tones = [blend(ground, lane, 0.45 * (1 - depth)) for depth in STAGE_DEPTHS]
    stages = [
        _stage(tone, legible(lane, tone, palette.least), number)
        for number, tone in enumerate(tones)
    ]
    return shade, other, Paint(red, on(red), ascii="X"), stages
