"""Pictures as people have them: found in any tree of folders, loaded in any mode, refused in one
clean sentence.
"""

import contextlib
import io
import os
import pickle
import random
import struct
import subprocess
import sys
import tempfile
import threading
import tracemalloc
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from workloads.builtin.images import folders, library
from workloads.builtin.images.folders import find_pictures
from workloads.builtin.images.formats import TAKEN
from workloads.builtin.images.library import ImageError, load
from workloads.core.errors import BadInput

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif"}


def scene(width: int = 32, height: int = 24) -> Image.Image:
    """Red to the left, blue to the right, dark below: every way up looks different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = pixels[:, width // 2 :, 2] = 240
    pixels[height // 2 :] //= 4
    return Image.fromarray(pixels)


def saved(image: Image.Image, path: Path, format: str | None = None, **options: object) -> Path:
    image.save(path, format, **options)
    return path


def refused(path: Path | str) -> str:
    """The sentence with which `load` refuses; it names the file and is clean."""
    with pytest.raises(ImageError) as told:
        load(str(path))
    sentence = str(told.value)
    assert sentence.startswith(os.path.basename(str(path)))
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence) < 400
    return sentence


def not_found(*given: Path | str) -> str:
    with pytest.raises(BadInput) as told:
        find_pictures([str(path) for path in given])
    assert str(told.value).isprintable()
    return str(told.value)


@pytest.fixture
def commoner() -> Iterator[Path]:
    """A folder, while this process may no longer read what permissions forbid."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o777)
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)


# Finding


def tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_folder_gives_its_pictures_in_natural_order(tmp_path: Path):
    tree(
        tmp_path,
        "10.jpg",
        "2.JPG",
        "1.tiff",
        "b/x1.webp",
        "B/a.PNG",
        "b/x2.jpeg",
        "b/x10.jpeg",
        "notes.txt",
        "jpg",
    )
    found = [os.path.relpath(path, tmp_path) for path in find_pictures([str(tmp_path)])]
    assert found == ["1.tiff", "2.JPG", "10.jpg", "B/a.PNG", "b/x1.webp", "b/x2.jpeg", "b/x10.jpeg"]


def test_the_order_of_what_is_given_does_not_matter(tmp_path: Path):
    tree(tmp_path, *(f"{n}/{m}.jpg" for n in range(5) for m in range(12)))
    everything = find_pictures([str(tmp_path)])
    assert len(everything) == 60
    given = list(everything)
    random.Random(1).shuffle(given)
    assert find_pictures(given) == find_pictures([str(tmp_path), *given[:9]]) == everything


def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tree(tmp_path, "a/1.jpg")
    monkeypatch.chdir(tmp_path / "a")
    assert (
        find_pictures(["."])
        == find_pictures(["1.jpg"])
        == find_pictures(["../a/"])
        == [str(tmp_path / "a/1.jpg")]
    )


def test_hidden_files_and_folders_are_left_out_unless_named(tmp_path: Path):
    tree(tmp_path, "1.jpg", ".2.jpg", ".git/3.jpg")
    assert find_pictures([str(tmp_path)]) == [str(tmp_path / "1.jpg")]
    assert find_pictures([str(tmp_path / ".git")]) == [str(tmp_path / ".git/3.jpg")]
    assert find_pictures([str(tmp_path / ".2.jpg")]) == [str(tmp_path / ".2.jpg")]


def test_a_file_that_is_named_is_taken_whatever_its_suffix(tmp_path: Path):
    tree(tmp_path, "scan", "notes.txt")
    assert find_pictures([str(tmp_path / "scan")]) == [str(tmp_path / "scan")]
    assert find_pictures([str(tmp_path / "notes.txt")]) == [str(tmp_path / "notes.txt")]


def test_a_picture_with_several_names_counts_once(tmp_path: Path):
    tree(tmp_path, "album/1.jpg", "album/2.jpg")
    (tmp_path / "album/again.jpg").symlink_to("1.jpg")
    (tmp_path / "other").symlink_to("album")
    found = find_pictures([str(tmp_path / "other"), str(tmp_path), str(tmp_path / "album/2.jpg")])
    assert found == [str(tmp_path / "other/1.jpg"), str(tmp_path / "other/2.jpg")]


def test_links_are_followed_and_may_loop(tmp_path: Path):
    tree(tmp_path, "here/1.jpg", "there/2.jpg")
    (tmp_path / "here/there").symlink_to(tmp_path / "there")
    (tmp_path / "there/here").symlink_to(tmp_path / "here")
    (tmp_path / "here/self").symlink_to(tmp_path / "here")
    (tmp_path / "here/nowhere.jpg").symlink_to("gone.jpg")
    (tmp_path / "here/round.jpg").symlink_to("round.jpg")
    found = find_pictures([str(tmp_path / "here")])
    names = [os.path.relpath(path, tmp_path / "here") for path in found]
    assert names == ["1.jpg", "nowhere.jpg", "round.jpg", "there/2.jpg"]
    assert refused(found[1]) == "nowhere.jpg is a broken link."
    assert refused(found[2]) == "round.jpg can't be read: Too many levels of symbolic links."


def test_what_looks_like_a_picture_is_found_so_that_it_is_refused_by_name(tmp_path: Path):
    tree(tmp_path, "1.jpg", "album.jpg/2.jpg", "notes.txt", "data.json", "list.csv")
    for name in ("a.gif", "b.BMP", "c.heic", "d.avif"):
        (tmp_path / name).write_bytes(b"GIF89a....")
    os.mkfifo(tmp_path / "pipe.jpg")
    found = find_pictures([str(tmp_path)])
    names = ["1.jpg", "a.gif", "album.jpg/2.jpg", "b.BMP", "c.heic", "d.avif", "pipe.jpg"]
    assert [os.path.relpath(path, tmp_path) for path in found] == names
    assert "a.gif is truncated or damaged" in refused(found[1])
    assert "pipe.jpg is a device or a pipe" in refused(found[6])


def test_one_bad_name_does_not_cost_the_others(tmp_path: Path):
    tree(tmp_path, "1.jpg", "empty/notes.txt", "gifs/a.gif")
    (tmp_path / "round").symlink_to("round")
    notes: list[str] = []
    given = [tmp_path / name for name in ("gone.jpg", "round", "empty", "gifs", "1.jpg")]
    found = find_pictures([*map(str, given), "", "nul\0byte"], notes.append)
    assert [os.path.relpath(path, tmp_path) for path in found if "nul" not in path] == [
        "1.jpg",
        "gifs/a.gif",
        "gone.jpg",
        "round",
    ]
    assert refused(tmp_path / "gone.jpg") == "gone.jpg is not there."
    with pytest.raises(ImageError, match="byte is not there"):
        load(next(path for path in found if "nul" in path))
    assert notes == [
        f"No images in the folder {tmp_path}/empty: {TAKEN}.",
        "No such file or folder: “”.",
    ]


def test_with_nothing_usable_the_first_reason_is_told(tmp_path: Path):
    tree(tmp_path, "gifs/a.heic")
    (tmp_path / "gifs/nowhere.jpg").symlink_to("gone")
    assert "such file or folder" in not_found(tmp_path / "gone.jpg", tmp_path / "gifs")
    assert "o images in the folder" in not_found(tmp_path / "gifs", tmp_path / "gone.jpg")


def test_a_path_that_json_cannot_hold_is_left_out_and_named(tmp_path: Path):
    tree(tmp_path, "good.jpg")
    for name in (b"na\xefve.jpg", b"\xe9t\xe9"):
        os.mkdir(os.path.join(os.fsencode(tmp_path), name))
    notes: list[str] = []
    bad = os.path.join(tmp_path, os.fsdecode(b"\xff.jpg"))
    saved(scene(), Path(bad), "PNG")
    assert find_pictures([str(tmp_path), bad], notes.append) == [str(tmp_path / "good.jpg")]
    assert sorted(notes) == sorted(
        f"The path of {tmp_path}/{name} isn't UTF-8; rename it to include it."
        for name in ("na�ve.jpg", "�t�", "�.jpg", "�.jpg")
    )
    assert "isn't UTF-8" in not_found(bad)


def test_of_many_things_left_out_some_are_named_and_all_counted(tmp_path: Path):
    tree(tmp_path, "good.jpg")
    for number in range(23):
        os.mkdir(os.path.join(os.fsencode(tmp_path), b"\xff%d" % number))
    notes: list[str] = []
    find_pictures([str(tmp_path)], notes.append)
    assert len(notes) == 21
    assert notes[-1] == "3 more files and folders were skipped."


def test_what_is_not_there_is_told(tmp_path: Path):
    (tmp_path / "round").symlink_to("round")
    assert not_found(tmp_path / "gone.jpg") == f"No such file or folder: “{tmp_path}/gone.jpg”."
    assert "such file or folder" in not_found("")
    assert "such file or folder" in not_found("nul\0byte")
    assert "can't be read" in not_found(tmp_path / "round")
    assert "can't be read" in not_found("x" * 5000)
    assert find_pictures([]) == []


def test_a_folder_without_a_picture_is_told(tmp_path: Path):
    tree(tmp_path, "empty/notes.txt", "full/1.jpg")
    sentence = not_found(tmp_path / "empty")
    assert sentence.startswith(f"No images in the folder {tmp_path}/empty:")
    assert find_pictures([str(tmp_path / "full")] * 2) == [str(tmp_path / "full/1.jpg")]


def test_a_folder_that_may_not_be_read_is_told_wherever_it_is(commoner: Path):
    tree(commoner, "open/1.jpg", "open/shut/2.jpg")
    (commoner / "open/shut").chmod(0)
    try:
        notes: list[str] = []
        shut = f"The folder {commoner}/open/shut can't be read: Permission denied."
        assert find_pictures([str(commoner / "open")], notes.append) == [
            str(commoner / "open/1.jpg")
        ]
        assert notes == [shut]
        assert not_found(commoner / "open/shut") == shut
    finally:
        (commoner / "open/shut").chmod(0o700)


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tree(
        tmp_path,
        *(f"{n}/{m}.{kind}" for n in range(4) for m in range(5) for kind in ("jpg", "txt")),
    )
    monkeypatch.setattr(folders, "MAX_PICTURES", 20)
    assert len(find_pictures([str(tmp_path)])) == 20
    monkeypatch.setattr(folders, "MAX_PICTURES", 19)
    assert "more than 19 images" in not_found(tmp_path)
    monkeypatch.setattr(folders, "MAX_PICTURES", 20)
    monkeypatch.setattr(folders, "MAX_ENTRIES", 43)  # of 40 files and 4 folders
    assert "too many files" in not_found(tmp_path)


# Loading


def close(pixels: NDArray[np.uint8], wanted: NDArray[np.uint8], within: int) -> bool:
    """Whether the pixels are those wanted but for what a lossy format does, away from edges."""
    return pixels.shape == wanted.shape and np.abs(pixels.astype(int) - wanted).mean() <= within


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_loaded(tmp_path: Path, format: str):
    pixels = load(str(saved(scene(), tmp_path / "a", format)))
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert close(pixels, np.asarray(scene()), 0 if format in ("PNG", "TIFF") else 12)


UPRIGHT: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 3),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}
"""What an EXIF orientation asks for, by the standard's own words, in numpy."""


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_pictures_are_upright(tmp_path: Path, format: str, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(scene(), tmp_path / "a", format, exif=exif)
    pixels = load(str(path))
    assert pixels.flags.c_contiguous
    assert close(
        pixels, UPRIGHT[orientation](np.asarray(scene())), 0 if format in ("PNG", "TIFF") else 12
    )


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_senseless_orientation_is_left_alone(tmp_path: Path, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert load(str(saved(scene(), tmp_path / "a.jpg", exif=exif))).shape == (24, 32, 3)


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage" * 9,
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\b\0\0\0\xff\xff",
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_costs_no_picture(tmp_path: Path, exif: bytes, format: str):
    assert load(str(saved(scene(), tmp_path / "a", format, exif=exif))).shape == (24, 32, 3)


def test_modes_of_one_channel(tmp_path: Path):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for image, wanted in (
        (Image.fromarray(ramp), ramp),
        (Image.fromarray(ramp > 127), np.where(ramp > 127, 255, 0)),
        (Image.fromarray(ramp.astype(np.uint16) * 257), ramp),
        (
            Image.fromarray(ramp.astype(np.uint16)),
            np.zeros_like(ramp),
        ),  # nearly black of 65,535, not white
        (Image.fromarray(ramp.astype(np.int32)), ramp),
        (Image.fromarray(ramp.astype(np.int32) * 257), ramp),
        (Image.fromarray(ramp.astype(np.int32) * 1_000_000 - 7), ramp),
        (Image.fromarray(ramp.astype(np.float32)), ramp),
        (Image.fromarray(ramp.astype(np.float32) / 255), ramp),
        (Image.fromarray(ramp.astype(np.float32) - 1000), ramp),
    ):
        pixels = load(str(saved(image, tmp_path / "a.tif")))
        assert pixels.shape == (16, 16, 3)
        assert np.abs(pixels.astype(int) - wanted[..., None]).max() <= 1, image.mode


def test_16_bits_of_png_and_both_byte_orders_of_tiff_are_scaled(tmp_path: Path):
    ramp = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    wanted = np.repeat((ramp // 257).astype(np.uint8)[..., None], 3, 2)
    assert (load(str(saved(Image.fromarray(ramp), tmp_path / "a.png"))) == wanted).all()
    assert (
        load(str(saved(Image.fromarray(ramp.astype(">u2")), tmp_path / "a.tif"))) == wanted
    ).all()
    colour = png(16, 16, 16, 2, np.repeat(ramp[..., None], 3, 2).astype(">u2").tobytes())
    (tmp_path / "b.png").write_bytes(colour)
    assert (load(str(tmp_path / "b.png")) == wanted).all()


def test_numbers_that_are_none_are_black_or_white(tmp_path: Path):
    odd = np.array([[np.nan, -np.inf, np.inf, 0, 128, 255]], np.float32)
    assert load(str(saved(Image.fromarray(odd), tmp_path / "a.tif")))[0, :, 0].tolist() == [
        0,
        0,
        255,
        0,
        128,
        255,
    ]
    for plane in (
        np.full((2, 2), np.nan),
        np.full((2, 2), -5),
        np.array([[-3e38, 3e38]]),
        np.array([[0, 1e-45]]),
    ):
        assert (
            load(str(saved(Image.fromarray(plane.astype(np.float32)), tmp_path / "a.tif"))).shape[2]
            == 3
        )


def test_transparency_lies_on_white(tmp_path: Path):
    clear, half, full = [200, 0, 0, 0], [0, 0, 0, 128], [10, 20, 30, 255]
    pixels = np.array([[clear, half, full]], np.uint8)
    wanted = [[255, 255, 255], [127, 127, 127], [10, 20, 30]]
    image = Image.fromarray(pixels)
    assert load(str(saved(image, tmp_path / "a.png")))[0].tolist() == wanted
    assert load(str(saved(image, tmp_path / "a.tif")))[0].tolist() == wanted
    assert (
        load(str(saved(image, tmp_path / "a.webp", lossless=True, exact=True)))[0].tolist()
        == wanted
    )
    grey = Image.fromarray(np.array([[[9, 0], [9, 255]]], np.uint8), "LA")
    assert load(str(saved(grey, tmp_path / "b.png")))[0].tolist() == [[255] * 3, [9] * 3]


def test_a_colour_that_stands_for_transparency_is_white(tmp_path: Path):
    few = Image.new("P", (3, 1))
    few.putpalette([0, 0, 0, 10, 20, 30, 200, 100, 50])
    for x in range(3):
        few.putpixel((x, 0), x)
    assert load(str(saved(few, tmp_path / "a.png")))[0].tolist() == [
        [0, 0, 0],
        [10, 20, 30],
        [200, 100, 50],
    ]
    assert load(str(saved(few, tmp_path / "b.png", transparency=1)))[0, 1].tolist() == [
        255,
        255,
        255,
    ]
    half = load(str(saved(few, tmp_path / "c.png", transparency=bytes([255, 128, 0]))))[0].tolist()
    assert half == [[0, 0, 0], [132, 137, 142], [255, 255, 255]]
    rgb = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert load(str(saved(rgb, tmp_path / "d.png", transparency=(1, 2, 3))))[0].tolist() == [
        [255] * 3,
        [4, 5, 6],
    ]


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
def test_other_colour_spaces(tmp_path: Path, mode: str):
    image = scene().convert(mode)
    for format in ("JPEG", "TIFF"):
        assert close(load(str(saved(image, tmp_path / "a", format))), np.asarray(scene()), 12)


def test_the_first_of_several_frames_counts(tmp_path: Path):
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "lime", "blue")]
    for format, name in (("PNG", "a.png"), ("WEBP", "a.webp"), ("TIFF", "a.tif")):
        extra = {"lossless": True} if format == "WEBP" else {}
        path = saved(
            frames[0], tmp_path / name, format, save_all=True, append_images=frames[1:], **extra
        )
        assert load(str(path))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("tile", [1, 7, 24, 33, 10**6])
@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_tiles_of_any_size_make_the_same_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tile: int, orientation: int
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    generator = np.random.default_rng(5)
    planes = {
        "a.png": Image.fromarray(generator.integers(0, 256, (11, 24, 4), np.uint8)),
        "b.png": Image.fromarray(generator.integers(0, 256, (11, 24, 3), np.uint8)).quantize(20),
        "c.png": Image.fromarray(generator.integers(0, 65536, (11, 24), np.uint16)),
    }
    paths = [str(saved(image, tmp_path / name, exif=exif)) for name, image in planes.items()]
    paths.append(
        str(
            saved(
                Image.fromarray(generator.normal(size=(11, 24)).astype(np.float32)),
                tmp_path / "d.tif",
            )
        )
    )
    monkeypatch.setattr(library, "TILE_PIXELS", 11 * 24)
    whole = [load(path) for path in paths]
    monkeypatch.setattr(library, "TILE_PIXELS", tile)
    assert all((load(path) == wanted).all() for path, wanted in zip(paths, whole, strict=True))


@pytest.mark.parametrize("mode", ["F", "I", "RGB", "RGBA", "LA"])
def test_beside_pillows_own_a_picture_is_in_memory_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
):
    monkeypatch.setattr(library, "TILE_PIXELS", 100_000)
    exif = Image.Exif()
    exif[0x0112] = 6
    rotated = {} if mode in ("F", "I") else {"exif": exif}
    path = str(
        saved(
            Image.new(mode, (3000, 2000)), tmp_path / f"a.{'png' if rotated else 'tif'}", **rotated
        )
    )
    load(path)
    tracemalloc.start()
    try:
        pixels = load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pixels.nbytes == 18_000_000
    assert peak < 1.3 * pixels.nbytes


def test_large_pictures_wait_for_each_other_and_small_ones_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(library, "LARGE_PIXELS", 1000)
    small, large = (
        saved(scene(20, 10), tmp_path / "s.png"),
        saved(scene(40, 30), tmp_path / "l.png"),
    )
    begun, done = threading.Event(), threading.Event()

    def loading() -> None:
        load(str(small))
        begun.set()
        load(str(large))
        done.set()

    thread = threading.Thread(target=loading)
    with library._LOADING_LARGE:
        thread.start()
        assert begun.wait(60)
        assert not done.wait(0.05)
    thread.join()
    assert done.is_set()


# Refusing


def png(width: int, height: int, bits: int, kind: int, data: bytes | None) -> bytes:
    """A PNG by hand: its header may promise what the data doesn't hold."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    stride = width * (bits // 8) * (3 if kind == 2 else 1)
    rows = (
        b""
        if data is None
        else b"".join(b"\0" + data[y * stride : (y + 1) * stride] for y in range(height))
    )
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def encoded(format: str) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, format)
    return file.getvalue()


def test_what_is_not_there_or_empty_or_no_file(tmp_path: Path):
    assert refused(tmp_path / "gone.jpg") == "gone.jpg is not there."
    (tmp_path / "empty.jpg").touch()
    assert refused(tmp_path / "empty.jpg") == "empty.jpg is empty."
    assert refused(tmp_path / "empty.jpg/below.jpg") == "below.jpg is not there."
    (tmp_path / "folder.jpg").mkdir()
    assert refused(tmp_path / "folder.jpg") == "folder.jpg is a folder, not an image."
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe.jpg is a device or a pipe" in refused(tmp_path / "pipe.jpg")
    assert "zero is a device or a pipe" in refused("/dev/zero")
    with pytest.raises(ImageError, match="not there"):
        load("a\0b.jpg")


def test_what_may_not_be_read(commoner: Path):
    path = saved(scene(), commoner / "mine.jpg")
    path.chmod(0)
    assert refused(path) == "mine.jpg can't be read: Permission denied."


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_cut_anywhere_is_refused(tmp_path: Path, format: str):
    whole, path = encoded(format), tmp_path / f"cut.{FORMATS[format]}"
    for share in (0.01, 0.1, 0.5, 0.9):
        path.write_bytes(whole[: max(5, int(len(whole) * share))])
        sentence = refused(path)
        assert (
            "is truncated" in sentence or "is damaged" in sentence or "is not an image" in sentence
        )


def test_a_jpeg_and_a_png_cut_in_the_middle_are_cut_short(tmp_path: Path):
    for format in ("JPEG", "PNG"):
        path = tmp_path / f"cut.{format.lower()}"
        whole = encoded(format)
        path.write_bytes(whole[: len(whole) // 2])
        assert refused(path) == f"{path.name} is truncated."


@pytest.mark.parametrize("format", FORMATS)
def test_no_damage_gets_past_as_anything_else(tmp_path: Path, format: str):
    """A byte changed anywhere gives a picture or a ImageError."""
    whole, path, generator = encoded(format), tmp_path / "hurt", random.Random(7)
    for _ in range(150):
        hurt = bytearray(whole)
        for _ in range(generator.choice((1, 3, 30))):
            hurt[generator.randrange(min(len(hurt), generator.choice((64, 700, 10**6))))] = (
                generator.randrange(256)
            )
        path.write_bytes(hurt)
        with contextlib.suppress(ImageError):
            pixels = load(str(path))
            assert pixels.ndim == pixels.shape[2] == 3


def test_what_other_kinds_of_file_are_is_told(tmp_path: Path):
    (tmp_path / "d.jpg").write_bytes(b"<!DOCTYPE html><title>404</title>")
    (tmp_path / "e.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (tmp_path / "f.jpg").write_bytes(b"Some words of text.")
    for name, what in (
        ("d.jpg", f"is a web page or a drawing, not an image: {TAKEN}."),
        ("e.jpg", "is a HEIC image, for which Pillow needs the package pillow-heif"),
        ("f.jpg", f"is not an image: {TAKEN}."),
    ):
        assert what in refused(tmp_path / name)


def test_a_file_is_known_by_what_it_holds_not_by_its_suffix(tmp_path: Path):
    assert load(str(saved(scene(), tmp_path / "a.gif", "PNG"))).shape == (24, 32, 3)


@pytest.mark.parametrize("side", [10_900, 11_000, 20_000, 2**31 - 1])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, side: int):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(side, side, 8, 0, None))
    sentence = refused(path)
    assert (sentence == "bomb.png is too large: the limit is 120 million pixels.") == (
        side > 10_954
    )


def test_the_limit_itself_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = saved(scene(40, 30), tmp_path / "a.png")
    monkeypatch.setattr(library, "MAX_PIXELS", 1200)
    assert load(str(path)).shape == (30, 40, 3)
    monkeypatch.setattr(library, "MAX_PIXELS", 1199)
    assert "too large" in refused(path)


@pytest.mark.parametrize(
    "name",
    [
        b"\x1b[31mred\x07.jpg",
        b"[bold]x[@click=quit].jpg",
        b"two\nlines.jpg",
        b"\xff\xfe.jpg",
        "\u202egpj.π.jpg".encode(),
    ],
)
def test_odd_names_work_and_are_shown_clean(tmp_path: Path, name: bytes):
    path = os.path.join(tmp_path, os.fsdecode(name))
    saved(scene(), Path(path))
    if name[0] != 0xFF:
        assert find_pictures([str(tmp_path)]) == find_pictures([path]) == [path]
    assert load(path).shape == (24, 32, 3)
    with open(path, "wb") as file:
        file.write(b"words")
    with pytest.raises(ImageError) as told:
        load(path)
    sentence = str(told.value)
    assert sentence.isprintable()
    assert sentence.encode().endswith(f" is not an image: {TAKEN}.".encode())
    assert not_found(path + "x").encode()


def test_a_name_without_a_printable_character_is_called_something(tmp_path: Path):
    with pytest.raises(ImageError, match="whose name can't be displayed is not there"):
        load(os.path.join(tmp_path, os.fsdecode(b"\xff\xfe")))


def test_the_error_travels_between_processes():
    sent = pickle.loads(pickle.dumps(ImageError("a.jpg is empty.")))
    assert isinstance(sent, ImageError)
    assert isinstance(sent, BadInput)
    assert str(sent) == "a.jpg is empty."


def test_nothing_is_printed_whatever_is_loaded(tmp_path: Path):
    """In a process of its own, where warnings are errors or shown, and C code's words would reach
    descriptor 2.
    """
    generator = random.Random(3)
    for number, format in enumerate([*FORMATS] * 10):
        hurt = bytearray(encoded(format))
        for _ in range(20):
            hurt[generator.randrange(min(len(hurt), 600))] = generator.randrange(256)
        (tmp_path / f"{number}.jpg").write_bytes(hurt)
    (tmp_path / "large.png").write_bytes(png(10_000, 10_000, 8, 0, None))
    few = Image.new("P", (3, 1))
    saved(few, tmp_path / "few.png", transparency=b"\xff\0")
    code = (
        "import sys; from workloads.builtin.images.folders import *; from "
        "workloads.builtin.images.library import *\n"
        "for path in find_pictures(sys.argv[1:]):\n"
        "    try: load(path)\n"
        "    except ImageError as error: pass"
    )
    for warn in ("default", "error"):
        command = [sys.executable, "-W", warn, "-c", code, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("", "")


def test_the_warnings_of_others_are_still_heard(tmp_path: Path):
    load(str(saved(scene(), tmp_path / "a.png")))
    with pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", UserWarning, stacklevel=1)


def test_finding_pictures_loads_no_library():
    code = (
        "import sys; from workloads.builtin.images import folders; print({'numpy', 'PIL'} & "
        "set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
        == "set()\n"
    )
