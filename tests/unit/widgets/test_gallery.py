"""What gallery and portrait draw, as text, and the pixels and counts they are made of."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len

from tests.fabricate_images import encoded, fabricated_images, folded
from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.raster import draw_histogram, draw_pixels
from tui.drawing.themes import CONTRAST, DARK, LIGHT
from tui.widgets.images.fold import PICTURES_KEPT, ImagesFold
from tui.widgets.images.gallery import GalleryView, draw_gallery
from tui.widgets.images.look import figure, figures
from tui.widgets.images.picture import Picture
from tui.widgets.images.portrait import PortraitView, draw_portrait
from tui.widgets.images.tiles import draw_tile, tiling
from workloads.core.events import Failed, Finished, RunStarted, Started, Stored

SIZES = [
    (1, 1),
    (2, 9),
    (5, 3),
    (12, 4),
    (13, 60),
    (24, 11),
    (40, 54),
    (60, 54),
    (78, 18),
    (80, 24),
    (81, 33),
    (160, 50),
]
FOLD = folded(fabricated_images(tasks=24, workers=2, failures=[5]))


def rendered(lines: list[Line]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in lines]


def words(lines: list[Line]) -> str:
    return "\n".join(line.rstrip() for line in rendered(lines))


def colors(line: Line) -> list[tuple[str, str | None, str | None]]:
    def name(color: Any) -> str | None:
        return color.get_truecolor().hex if color else None

    return [(s.text, name(s.style.color), name(s.style.bgcolor)) for s in line if s.style]


def view(t: float, total: int = 24, **more: Any) -> GalleryView:
    return GalleryView(FOLD, t, "ray", total=total, **more)


def one(fields: Any, name: str = "a.jpg") -> Picture:
    fold = ImagesFold()
    fold.apply(RunStarted(t=0, run=1, tasks=1, workers=1))
    outcome = {"name": name, **fields} if isinstance(fields, dict) else fields
    fold.apply(Finished(t=1000, task=0, worker=0, start=1, cpu_s=0, result=outcome))
    return fold.until(1)[0]


# -- pixels and counts -----------------------------------------------------------------------------


def test_galleries_side_by_side_show_the_same_images_in_the_same_places():
    # The last to end was one of the first: a straggler. Both are done.
    late, early = ImagesFold(), ImagesFold()
    for fold, order in ((late, (1, 2, 3, 4, 5, 6, 7, 0)), (early, range(8))):
        fold.apply(RunStarted(t=0, run=1, tasks=8, workers=2))
        for t, task in enumerate(order, 1):
            outcome = {"name": f"{task}.jpg", "size": [4, 3]}
            fold.apply(Finished(t=t * 1000, task=task, worker=0, start=1, cpu_s=0, result=outcome))
    drawn = [
        rendered(draw_gallery(GalleryView(fold, 1.0, "ray", total=8, width=35), page))
        for fold, page in ((late, Page(36, 36, DARK)), (early, Page(35, 36, DARK)))
    ]
    places = [[line.find(".jpg") for line in lines] for lines in drawn]
    assert places[0] == places[1]
    assert [line.rstrip() for line in drawn[0][2:]] == [line.rstrip() for line in drawn[1][2:]]
    assert any("7.jpg" in line for line in drawn[0])


def test_two_pixels_share_a_cell_and_equal_neighbours_a_segment():
    rgb = np.array([[[255, 0, 0], [255, 0, 0]], [[0, 0, 255], [0, 0, 255]]], np.uint8)
    assert [colors(line) for line in draw_pixels(rgb, Page(2, 1, DARK, False, "#000000"))] == [
        [("▀▀", "#ff0000", "#0000ff")]
    ]
    flat = np.full((4, 4, 3), 255, np.uint8)
    assert [colors(line) for line in draw_pixels(flat, Page(4, 2, DARK, False, "#000000"))] == [
        [("    ", None, "#ffffff")]
    ] * 2


def test_a_picture_is_fitted_into_the_middle_its_aspect_kept():
    tall = np.full((40, 10, 3), 255, np.uint8)
    for line in draw_pixels(tall, Page(20, 10, DARK, False, "#123456")):
        assert colors(line) == [
            (" " * 7, None, "#123456"),
            (" " * 5, None, "#ffffff"),
            (" " * 8, None, "#123456"),
        ]
    wide = np.full((10, 40, 3), 255, np.uint8)
    kinds = [
        [part[1:] for part in colors(line)]
        for line in draw_pixels(wide, Page(20, 5, DARK, False, "#123456"))
    ]
    ground, white = [(None, "#123456")], [(None, "#ffffff")]
    assert kinds == [ground, white, white, [("#ffffff", "#123456")], ground]


def test_shrinking_takes_the_mean_of_the_area():
    rgb = np.zeros((2, 4, 3), np.uint8)
    rgb[:, 1] = 255
    (line,) = draw_pixels(rgb, Page(2, 1, DARK, False, "#000000"))
    left, right = colors(line)
    assert right[2] == "#000000"
    assert left[1] == "#848484"  # half of 255, in steps of 1/31


def test_a_ghost_is_blended_towards_the_ground():
    white = np.full((2, 2, 3), 255, np.uint8)
    (line,) = draw_pixels(white, Page(2, 1, DARK, False, "#000000"), fade=0.5)
    assert colors(line) == [("  ", None, "#848484")]


@pytest.mark.parametrize(
    ("ground", "expected"), [("#000000", " .:-=+*#%@"), ("#ffffff", "@%#*+=-:. ")]
)
def test_ascii_shows_brightness_as_density(ground: str, expected: str):
    ramp = np.linspace(0, 255, 10).round().astype(np.uint8)
    rgb = np.repeat(np.repeat(ramp[None, :, None], 2, axis=0), 3, axis=2)
    assert rendered(draw_pixels(rgb, Page(10, 1, DARK, True, ground))) == [expected]


def test_an_empty_picture_is_ground():
    assert rendered(
        draw_pixels(np.zeros((0, 5, 3), np.uint8), Page(3, 2, DARK, False, "#000000"))
    ) == ["   ", "   "]
    assert draw_pixels(np.zeros((2, 2, 3), np.uint8), Page(0, 2, DARK, False, "#000000")) == []


def test_a_histogram_fills_its_width_and_height():
    assert rendered(draw_histogram([0, 1, 4, 8], Page(4, 1, DARK), "#ffffff")) == [" ▁▄█"]
    assert rendered(draw_histogram([0, 1, 4, 8], Page(8, 2, DARK), "#ffffff")) == [
        "      ██",
        "  ▂▂████",
    ]
    assert rendered(draw_histogram([1, 8, 4, 0], Page(2, 1, DARK), "#ffffff")) == ["█▄"]
    assert rendered(draw_histogram([1, 10000], Page(2, 1, DARK), "#ffffff")) == ["▁█"]
    assert rendered(draw_histogram([], Page(3, 1, DARK), "#ffffff")) == ["   "]
    assert rendered(draw_histogram([0, 0], Page(3, 2, DARK), "#ffffff")) == ["   ", "   "]
    assert "".join(
        rendered(draw_histogram([0, 1, 4, 8], Page(9, 3, DARK, True), "#ffffff"))
    ).isascii()


# -- both ------------------------------------------------------------------------------------------


def drawings(width: int, height: int, ascii: bool) -> list[list[Line]]:
    foreign = one(
        {"name": "日本語" * 30, "stages": {"日本語" * 9: 1e14}, "before": [3, 4], "bytes": 1e14}
    )
    pictures = [
        *FOLD.until(9),
        None,
        foreign,
        one(None),
        one({"original": {"mean": [1e14] * 3, "std": [1e14] * 3}}),
    ]
    page = Page(width, height, DARK, ascii)
    return [
        draw_gallery(view(9.0, selected=3), page),
        draw_gallery(view(99.0, ghost=True, selected=20), Page(width, height, LIGHT, ascii)),
        draw_gallery(view(2.0, total=5), Page(width, height, CONTRAST, ascii)),
        draw_gallery(GalleryView(ImagesFold(), 0.0, "日本"), page),
        *(
            draw_portrait(PortraitView(p, "ray"), Page(width, height, DARK, ascii))
            for p in pictures
        ),
    ]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_every_line_is_as_wide_as_asked(size: tuple[int, int], ascii: bool):
    width, height = size
    for lines in drawings(width, height, ascii):
        assert len(lines) == height
        assert [cell_len(line) for line in rendered(lines)] == [width] * height
        assert not ascii or "".join(rendered(lines)).isascii()


def test_every_cell_is_drawn_on_a_background():
    lines = draw_gallery(view(9.0, selected=3), Page(61, 40, DARK, False, "#123456"))
    lines += draw_portrait(
        PortraitView(FOLD.picture(3), "ray"), Page(61, 40, DARK, False, "#123456")
    )
    assert all(s.style and s.style.bgcolor for line in lines for s in line)
    assert "#123456" in {part[2] for line in lines for part in colors(line)}


numbers = (
    st.floats() | st.integers(-(10**20), 10**20) | st.none() | st.lists(st.floats(), max_size=4)
)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["before", "after", "stages", "strength", "bytes", "zero_copy"]), numbers
    ),
    st.dictionaries(
        st.sampled_from(["mean", "std", "brightness", "dominant", "thumbnail"]), numbers | st.text()
    ),
    st.text(max_size=40),
    st.sampled_from(SIZES),
)
def test_foreign_results_are_drawn_for_what_they_are(
    fields: dict[str, Any], side: dict[str, Any], name: str, size: tuple[int, int]
):
    picture = one(
        {**fields, "original": side, "outcome": side, "augmentation": name, "checksum": name}, name
    )
    width, height = size
    lines = draw_portrait(PortraitView(picture, name), Page(width, height, DARK))
    assert [cell_len(line) for line in rendered(lines)] == [width] * height


# -- the gallery -----------------------------------------------------------------------------------


def test_the_heading_says_who_how_far_and_how_fast():
    (heading, *_) = rendered(draw_gallery(view(9.0), Page(80, 18, DARK)))
    assert heading.startswith(" R  Ray  9/24  ✗1")
    assert heading.rstrip().endswith("108 megapixels   12.0 megapixels/s")
    (heading, *_) = rendered(draw_gallery(view(9.0, ghost=True), Page(36, 18, DARK)))
    assert heading.startswith("(R) Ray ghost  9/24  ✗1")
    assert heading.rstrip().endswith("Mpx/s")


@pytest.mark.parametrize("width", range(9, 40))
def test_a_heading_never_cuts_the_count(width: int):
    heading = rendered(draw_gallery(view(9.0), Page(width, 18, DARK)))[0]
    assert "  9/24" in heading
    assert len(heading) == width


def plain(number: int) -> dict[str, Any]:
    """A result whose thumbnails are of one colour each."""
    before, after = (encoded(Image.new("RGB", (40, 30), color)) for color in ("#ffffff", "#808080"))
    fields = {
        "mean": [100 + number] * 3,
        "std": [20.0] * 3,
        "brightness": [0, 1, 2, 4],
        "dominant": "#ffffff",
    }
    return {
        "name": f"IMG_{number}.jpg",
        "before": [3000, 4000, 3],
        "after": [4000, 3000, 3],
        "stages": {"open": 0.5, "blur": 1.0},
        "augmentation": "Rotate",
        "strength": -27.0,
        "original": {**fields, "thumbnail": before},
        "outcome": {**fields, "mean": [50.0] * 3, "brightness": [4, 2, 1, 0], "thumbnail": after},
        "bytes": 36_000_000,
        "zero_copy": True,
        "checksum": "0123456789abcdef",
    }


def plain_fold(tasks: int, done: int) -> ImagesFold:
    """The first tasks done, one a second; task 1 fails, and the next one is at work."""
    fold = ImagesFold()
    fold.apply(RunStarted(t=0, run=1, tasks=tasks, workers=1))
    for task in range(done):
        times = {"t": (task + 1) * 10**9, "task": task, "worker": 0, "start": task * 10**9 + 1}
        fold.apply(Started(t=task * 10**9, task=task, worker=0))
        if task == 1:
            fold.apply(Failed(error="ImageError", message="IMG_1.jpg is cut short.", **times))
        else:
            fold.apply(Finished(cpu_s=1, result=plain(task), **times))
    if done < tasks:
        fold.apply(Started(t=done * 10**9, task=done, worker=0))
    return fold


def drawn(
    width: int, height: int, t: float = 4.0, tasks: int = 12, done: int = 4, **more: Any
) -> str:
    seen = GalleryView(plain_fold(tasks, done), t, "ray", total=tasks, **more)
    return words(draw_gallery(seen, Page(width, height, DARK, True)))


def test_a_gallery_of_80_columns():
    assert (
        drawn(80, 18, selected=2)
        == """\
 R  Ray  3/12  x1                               36 megapixels   9.0 megapixels/s
 @@@@@@@@@@   ++++++++++                                >@@@@@@@@@@   ++++++++++
 @@@@@@@@@@   ++++++++++                x               >@@@@@@@@@@   ++++++++++
 @@@@@@@@@@-> ++++++++++        IMG_1.jpg is cut        >@@@@@@@@@@-> ++++++++++
 @@@@@@@@@@   ++++++++++             short.             >@@@@@@@@@@   ++++++++++
                                                        >
 IMG_0.jpg     4000x3000     task 1                     >IMG_2.jpg     4000x3000
 Rotate -27           w0     failed               w0    >Rotate -27           w0
 100 +- 20 -> 50 +- 20                                  >102 +- 20 -> 50 +- 20

 @@@@@@@@@@   ++++++++++
 @@@@@@@@@@   ++++++++++
 @@@@@@@@@@-> ++++++++++                                     .            .
 @@@@@@@@@@   ++++++++++

 IMG_3.jpg     4000x3000     task 4
 Rotate -27           w0     running w0
 103 +- 20 -> 50 +- 20"""
    )


def test_a_gallery_of_60_columns_has_its_words_at_the_side():
    assert (
        drawn(60, 32, done=2, t=2)
        == """\
 R  Ray  1/12  x1           12 megapixels   6.0 megapixels/s

                                          IMG_0.jpg
 @@@@@@@@@@@@@@@@@@   ++++++++++++++++++  4000x3000
 @@@@@@@@@@@@@@@@@@   ++++++++++++++++++  Rotate -27
 @@@@@@@@@@@@@@@@@@   ++++++++++++++++++
 @@@@@@@@@@@@@@@@@@-> ++++++++++++++++++     100 +- 20
 @@@@@@@@@@@@@@@@@@   ++++++++++++++++++         ....----###
 @@@@@@@@@@@@@@@@@@   ++++++++++++++++++  -> 50 +- 20
 @@@@@@@@@@@@@@@@@@   ++++++++++++++++++     ####----....
                                          w0  1.00 s

                                          task 1
                                          failed
                                          w0  1.00 s
                    x
         IMG_1.jpg is cut short.





                                          task 2
                                          running w0







"""
    )


def test_a_gallery_of_one_narrow_column():
    assert (
        drawn(26, 13, done=1, tasks=2, t=1)
        == """\
 R  Ray  1/2    12.0 Mpx/s
 @@@@@@@@@@@   +++++++++++
 @@@@@@@@@@@   +++++++++++
 @@@@@@@@@@@-> +++++++++++
 @@@@@@@@@@@   +++++++++++

 IMG_0.jpg       4000x3000
 Rotate -27             w0
 100 +- 20  -> 50 +- 20



"""
    )


def test_the_newest_is_shown_unless_another_one_is_selected():
    def marked(**more: Any) -> str:
        return drawn(80, 18, t=60, tasks=60, done=50, **more).replace(">", " ")

    def names(**more: Any) -> list[str]:
        return [word for word in marked(**more).split() if word.startswith("IMG_")]

    assert names() == ["IMG_45.jpg", "IMG_46.jpg", "IMG_47.jpg", "IMG_48.jpg", "IMG_49.jpg"]
    assert names(selected=4) == [f"IMG_{n}.jpg" for n in range(3, 9)]
    assert "IMG_40.jpg" in names(selected=40)
    assert names(selected=49) == names(selected=50) == names(selected=59) == names()


def test_where_many_are_at_work_what_is_done_stays_in_sight():
    fold = plain_fold(100, 10)
    for task in range(10, 50):
        fold.apply(Started(t=10**10, task=task, worker=task))
    lines = words(draw_gallery(GalleryView(fold, 10.0, "ray", total=100), Page(80, 18, DARK)))
    assert "IMG_9.jpg" in lines
    assert "task 11" in lines
    assert "task 15" not in lines


def test_the_selected_tile_is_marked_and_no_other():
    lines = draw_gallery(
        GalleryView(plain_fold(12, 4), 4.0, "ray", total=12, selected=2), Page(80, 18, DARK)
    )
    marks = [line.index("▌") for line in rendered(lines) if "▌" in line]
    assert len(marks) == 8
    assert len(set(marks)) == 1
    bold = [
        s.text for line in lines[1:] for s in line if s.style and s.style.bold and "IMG" in s.text
    ]
    assert [name.strip() for name in bold] == ["IMG_2.jpg"]


def test_a_failed_picture_stands_in_its_place_with_its_reason():
    lines = draw_gallery(GalleryView(plain_fold(12, 4), 4.0, "ray", total=12), Page(80, 18, DARK))
    (y,) = [y for y, line in enumerate(rendered(lines)) if "IMG_1.jpg is cut" in line]
    part = next(part for part in colors(lines[y]) if "cut" in part[0])
    assert part[1] == DARK.failed
    assert rendered(lines)[y - 1].index("✗") in range(28, 56)
    assert "task 1" in words(lines)


def test_a_ghost_is_subdued():
    live, ghost = (
        draw_gallery(view(9.0, ghost=ghost), Page(80, 18, DARK)) for ghost in (False, True)
    )
    light = [
        np.mean(
            [int(c[1:3], 16) for line in lines[1:6] for part in colors(line) for c in part[1:] if c]
        )
        for lines in (live, ghost)
    ]
    assert light[1] < light[0]
    inks = [{part[1] for part in colors(lines[6]) if "IMG" in part[0]} for lines in (live, ghost)]
    assert inks == [{DARK.text}, {DARK.dim}]


def test_as_many_tiles_are_drawn_for_10_000_pictures_as_for_50():
    def tiles(tasks: int) -> int:
        seen = GalleryView(
            plain_fold(tasks, tasks), math.inf, "ray", total=tasks, selected=tasks // 2
        )
        before = draw_tile.cache_info()
        draw_gallery(seen, Page(160, 50, DARK))
        after = draw_tile.cache_info()
        return after.hits + after.misses - before.hits - before.misses

    assert tiles(10_000) == tiles(50) == 12


def test_pictures_that_are_only_counted_leave_no_empty_frames():
    tasks = PICTURES_KEPT + 100
    lines = draw_gallery(
        GalleryView(plain_fold(tasks, tasks), math.inf, "ray", total=tasks), Page(80, 18, DARK)
    )
    assert f"{tasks - 1}/{tasks}" in rendered(lines)[0]
    assert f"IMG_{tasks - 1}.jpg" in words(lines)


@pytest.mark.parametrize("total", [1, 4, 24, 10_000])
@pytest.mark.parametrize(
    "size", [(24, 9), (60, 52), (78, 17), (80, 22), (100, 38), (160, 48), (200, 52)]
)
def test_tiles_fit_their_room(size: tuple[int, int], total: int):
    width, height = size
    lay = tiling(width, height, total)
    tile = 1 + lay.pair + (lay.beside + 2 if lay.beside else 0)
    assert lay.columns * tile + (lay.columns - 1) * lay.spread <= width
    assert lay.rows * lay.height + (lay.rows - 1) * lay.gap <= height
    assert lay.thumb >= 10
    assert lay.rows >= 2 or total <= lay.columns or height < 16


def test_few_pictures_get_large_tiles():
    assert tiling(160, 48, 4).thumb > tiling(160, 48, 100).thumb
    assert tiling(160, 48, 4).columns * tiling(160, 48, 4).rows >= 4


# -- the portrait ----------------------------------------------------------------------------------


def portrait(task: int, width: int, height: int) -> str:
    picture = plain_fold(12, 4).picture(task)
    return words(draw_portrait(PortraitView(picture, "ray"), Page(width, height, DARK, True)))


def test_a_flat_portrait_has_its_figures_at_the_side():
    assert (
        portrait(0, 78, 18)
        == """\
 R  IMG_0.jpg                                                           task 0
before  4000x3000x3      after  4000x3000x3       augmented   Rotate -27
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++   brightness  100 +- 20 -> 50~
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++   transposed  4000x3000x3 ->~
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++   decoded     36 MB
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++   worker      w0, 1.00 s
@@@@@@@@@@@@@@@@@@@@@@-> ++++++++++++++++++++++   checksum    0123456789abcdef
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++   open        ####     0.500 s
@@@@@@@@@@@@@@@@@@@@@@   ++++++++++++++++++++++   blur        ########  1.00 s

                 #####   ######
           ------#####   ######-----
      +++++###########   ###########++++++
R 100.0 +- 20.0          R  50.0 +- 20.0
G 100.0 +- 20.0          G  50.0 +- 20.0
B 100.0 +- 20.0          B  50.0 +- 20.0
      #ffffff                  #ffffff"""
    )


def test_a_stored_picture_tells_its_objectref_as_far_as_it_fits():
    ref = "00ffffffffffffffffffffffffffffffffffffff0200000002e1f505"
    stored = Stored(t=0, task=0, ref=ref, bytes=36_000_000, load_s=0.1, put_s=0.0071)

    def content(width: int) -> str:
        lines = draw_portrait(
            PortraitView(plain_fold(12, 4).picture(0), "ray", stored=stored), Page(width, 40, DARK)
        )
        return next(line for line in words(lines).splitlines() if "stored in" in line)[
            :width
        ].rstrip()

    assert content(180).startswith(f"ObjectRef   {ref}, stored in 7.1 ms")
    assert content(47) == "ObjectRef   …0200000002e1f505, stored in 7.1 ms"
    assert content(40) == "ObjectRef   …02e1f505, stored in 7.1 ms"
    assert content(28) == "ObjectRef   stored in 7.1 ms"


def test_a_tall_portrait_has_its_figures_below():
    assert (
        portrait(0, 44, 30)
        == """\
 R  IMG_0.jpg                         task 0

before  4000x3000x3    after  4000x3000x3
@@@@@@@@@@@@@@@@@@@@   +++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@   +++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@   +++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@   +++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@-> +++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@   +++++++++++++++++++++
@@@@@@@@@@@@@@@@@@@@   +++++++++++++++++++++
====================   +++++++++++++++++++++
               #####   ######
          -----#####   ######-----
     +++++##########   ###########+++++

R 100.0 +- 20.0        R  50.0 +- 20.0
G 100.0 +- 20.0        G  50.0 +- 20.0
B 100.0 +- 20.0        B  50.0 +- 20.0

      #ffffff                #ffffff

augmented   Rotate -27
brightness  mean +- sigma 100 +- 20 -> 50 +~
transposed  tensor 4000x3000x3 -> 3000x4000~
decoded     36 MB, read without a copy
worker      w0, 1.00 s, attempt 1
checksum    0123456789abcdef

open        ############             0.500 s
blur        ########################  1.00 s"""
    )


def test_a_large_portrait_has_before_above_after():
    lines = portrait(0, 80, 54).splitlines()
    before, after, augmented = (
        next(y for y, line in enumerate(lines) if word in line)
        for word in ("before", "after", "augmented")
    )
    assert after - before == 22
    assert lines[before].index("before") == lines[after].index("after") == 58
    assert augmented > after + 20
    assert "36 MB, read without a copy" in lines[augmented + 3]


def test_the_portrait_of_a_failed_picture_gives_the_reason():
    assert (
        portrait(1, 44, 8)
        == """\
 R  task 1

                     x
          IMG_1.jpg is cut short.

           w0, 1.00 s, attempt 1

"""
    )


def test_no_portrait_is_one_dim_sentence():
    lines = draw_portrait(PortraitView(None, "ray"), Page(40, 5, DARK))
    assert words(lines).split("\n") == ["", "", "         No image to show yet.", "", ""]
    assert {part[1] for part in colors(lines[2])} == {None, DARK.dim}


def test_the_figures_say_what_they_are():
    picture = plain_fold(12, 4).picture(0)
    text = words(draw_portrait(PortraitView(picture, "ray"), Page(46, 40, DARK)))
    assert "transposed  tensor 4000×3000×3 → 3000×4000×3" in text
    assert "brightness  mean ± σ 100 ± 20 → 50 ± 20" in text
    assert "before  4000×3000×3" in text
    assert "after  4000×3000×3" in text  # the image isn't turned, its tensor is


def test_figures_keep_to_their_room():
    outcome = one({"outcome": {"mean": [0.5] * 3, "std": [0.25] * 3}}).outcome
    assert figures(outcome, 20) == "0.50 ± 0.25"
    assert figures(outcome, 10) == "0.50±0.25"
    assert figure(-12.34, 255, 1) == "−12.3"
    assert figure(1e14, 1e14) == "1.0e+14"


def test_galleries_side_by_side_have_the_same_image_in_the_same_place():
    places = []
    for order in (range(6), (3, 0, 5, 1, 4, 2)):
        fold = ImagesFold()
        fold.apply(RunStarted(t=0, run=1, tasks=6, workers=2))
        for at, task in enumerate(order):
            outcome = {"name": f"IMG_{task}.jpg"}
            fold.apply(Finished(t=1000 + at, task=task, worker=0, start=1, cpu_s=0, result=outcome))
        view = GalleryView(fold, 1.0, "ray", total=6)
        text = words(draw_gallery(view, Page(100, 40, DARK)))
        places.append([text.index(f"IMG_{task}.jpg") for task in range(6)])
    assert places[0] == places[1]
