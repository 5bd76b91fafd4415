"""Formats of pictures and what files carry beside their pixels: opened as Pillow can, else named
with the cure.
"""

import contextlib
import io
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, features

from workloads.builtin.images import formats, library
from workloads.builtin.images.folders import find_pictures
from workloads.builtin.images.library import ImageError, load

NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8))


def encoded(format: str, image: Image.Image = NOISE, **options: Any) -> bytes:
    with tempfile.TemporaryFile() as file:
        image.save(file, format, **options)
        file.seek(0)
        return file.read()


def loaded(path: Path, data: bytes) -> tuple[int, ...]:
    path.write_bytes(data)
    return load(str(path)).shape


def refused(path: Path, data: bytes) -> str:
    with pytest.raises(ImageError) as error:
        loaded(path, data)
    assert str(error.value).isprintable()
    return str(error.value)


# -- what PNG and JPEG files carry -----------------------------------------------------------------


@pytest.mark.parametrize("size", [3_000_000, 80_000_000])
@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "iCCP"])
def test_a_png_with_much_text_or_a_large_profile_is_read(tmp_path: Path, kind: str, size: int):
    info, options = PngImagePlugin.PngInfo(), {}
    if kind == "iCCP":
        options["icc_profile"] = b"a" * size
    else:
        (info.add_text if kind == "zTXt" else info.add_itxt)("Comment", "x" * size, zip=True)
    path = tmp_path / "a.png"
    assert loaded(path, encoded("PNG", pnginfo=info, **options)) == (48, 64, 3)
    assert (load(str(path)) == np.asarray(NOISE)).all()


def test_a_png_with_text_behind_its_pixels_is_read_with_its_transparency(tmp_path: Path):
    clear = Image.new("RGBA", (3, 2), (9, 9, 9, 0))
    png = encoded("PNG", clear)
    text = b"Comment\0\0" + zlib.compress(b"x" * 3_000_000)
    chunk = (
        struct.pack(">I", len(text))
        + b"zTXt"
        + text
        + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    )
    path = tmp_path / "a.png"
    loaded(path, png[:-12] + chunk + png[-12:])
    assert load(str(path))[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", [b"tEXt", b"iTXt", b"zTXt", b"iCCP"])
def test_a_png_whose_texts_are_damaged_is_read(tmp_path: Path, kind: bytes):
    png = encoded("PNG")
    for body in (b"Comment\0garbage", b"", b"\0\0\0"):
        chunk = struct.pack(">I", len(body)) + kind + body + b"\1\2\3\4"  # no checksum of it
        for at in (33, len(png) - 12):
            assert loaded(tmp_path / "a.png", png[:at] + chunk + png[at:]) == (48, 64, 3)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 95, "subsampling": 0}])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_without_its_end_is_whole(tmp_path: Path, options: dict[str, Any], lost: int):
    data = encoded("JPEG", **options)
    path = tmp_path / "a.jpg"
    assert loaded(path, data[:-lost]) == (48, 64, 3)
    assert (load(str(path)) == np.asarray(Image.open(io.BytesIO(data)))).all()


@pytest.mark.parametrize(
    "behind", [b"\0" * 4096, b"words", b"\xff\xd8\xff\xe0", b"PK\x03\x04" + b"x" * 99]
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
def test_what_follows_a_picture_is_passed_over(tmp_path: Path, format: str, behind: bytes):
    assert loaded(tmp_path / "a", encoded(format) + behind) == (48, 64, 3)


def test_a_jpeg_that_lacks_pixels_is_cut_short(tmp_path: Path):
    for options in ({}, {"progressive": True}):
        data = encoded("JPEG", **options)
        for lost in (4, 10, 100, len(data) // 2):
            assert refused(tmp_path / "a.jpg", data[:-lost]) == "a.jpg is truncated."


def test_pictures_with_pictures_in_them_are_the_first(tmp_path: Path):
    red, blue = (Image.new("RGB", (8, 6), colour) for colour in ("red", "blue"))
    for format in ("GIF", "TIFF", "AVIF", "PNG"):
        data = encoded(format, red, save_all=True, append_images=[blue])
        assert loaded(tmp_path / "a.jpg", data) == (6, 8, 3)
        assert load(str(tmp_path / "a.jpg"))[0, 0, 0] > 200


# -- formats ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["jpg", "heic", "txt", ""])
@pytest.mark.parametrize(
    "format", ["GIF", "BMP", "AVIF", "JPEG2000", "ICO", "PPM", "PCX", "SGI", "DDS", "QOI"]
)
def test_what_pillow_opens_is_opened_under_any_suffix(tmp_path: Path, format: str, suffix: str):
    height, width, channels = loaded(tmp_path / f"a.{suffix}", encoded(format))
    assert height >= 36
    assert width >= 48
    assert channels == 3


def test_a_targa_is_known_by_its_suffix(tmp_path: Path):
    data = encoded("TGA")
    assert loaded(tmp_path / "a.TGA", data) == (48, 64, 3)
    assert "is not an image" in refused(tmp_path / "a.jpg", data)


def tiff(*tags: tuple[int, int]) -> bytes:
    """A little-endian TIFF of 1 × 1 grey pixel with further tags."""
    entries = sorted(
        {
            256: 1,
            257: 1,
            258: 8,
            259: 1,
            262: 1,
            273: 0,
            277: 1,
            278: 1,
            279: 1,
            **dict(tags),
        }.items()
    )
    size = 8 + 2 + 12 * len(entries) + 4
    body = b"".join(
        struct.pack("<HHII", tag, 4, 1, size if tag == 273 else value) for tag, value in entries
    )
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + b"\0\0\0\0" + b"\x80"


@pytest.mark.parametrize("suffix", ["jpg", "dng", "tif"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b"\0\0\0\x18ftypheix\0\0\0\0mif1heic",
            "is a HEIC image, for which Pillow needs the package pillow-heif",
        ),
        (
            b"\0\0\0\x18ftypmsf1\0\0\0\0hevc",
            "is a HEIC image, for which Pillow needs the package pillow-heif",
        ),
        (
            b"\xff\x0a" + bytes(30),
            "is a JPEG XL image, for which Pillow needs the package pillow-jxl-plugin",
        ),
        (
            b"\0\0\0\x0cJXL \r\n\x87\n",
            "is a JPEG XL image, for which Pillow needs the package pillow-jxl-plugin",
        ),
        (b"<svg xmlns='x'/>", "is an SVG drawing; convert it to PNG, as with the package CairoSVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<svg/>", "is an SVG drawing"),
        ("<?xml version='1.0'?><svg/>".encode("utf-16"), "is an SVG drawing"),
        (b"\n\n<!DOCTYPE html><p>404", "is a web page or a drawing"),
        (b"%PDF-1.7", "is a PDF; convert its pages to PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "is a PostScript file"),
        (
            b"II*\0\x10\0\0\0CR\x02\0" + bytes(40),
            "is a camera's raw file; convert it to TIFF or JPEG",
        ),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "is a camera's raw file"),
        (b"FUJIFILMCCD-RAW 0201", "is a camera's raw file"),
        (b"IIRO\x08\0\0\0", "is a camera's raw file"),
        (tiff((0xC612, 0x0401)), "is a camera's raw file"),
        (tiff((254, 1), (330, 8)), "is a camera's raw file"),
        (tiff((262, 32803)), "is a camera's raw file"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "is a video, not an image"),
        (b"v/1\x01" + bytes(20), "is an OpenEXR image"),
        (b"PK\x03\x04" + bytes(20), "is a ZIP archive, not an image; unpack it"),
        (b"GIF89a", "is truncated or damaged"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "is truncated or damaged"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "is damaged"),
        (b"8BPS\0\2" + bytes(40), "is a Photoshop file that Pillow can't read"),
        (b"<html><svg/></html>", "is a web page or a drawing"),
    ],
)
def test_what_pillow_does_not_open_is_named_under_any_suffix(
    tmp_path: Path, suffix: str, data: bytes, words: str
):
    assert words in refused(tmp_path / f"a.{suffix}", data)


def test_a_format_that_pillow_was_built_without_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(features, "check", lambda feature: False)
    assert "is an AVIF image, which this build of Pillow" in refused(
        tmp_path / "a", b"\0\0\0\x1cftypavif"
    )


def test_an_ordinary_tiff_is_no_raw_file(tmp_path: Path):
    assert loaded(tmp_path / "a.tif", tiff()) == (1, 1, 3)
    assert loaded(tmp_path / "a.tif", tiff((254, 2), (330, 8))) == (1, 1, 3)


def test_a_package_that_is_installed_opens_its_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "pillow_heif.py").write_text(
        "from PIL import Image, ImageFile\n"
        "class Heif(ImageFile.ImageFile):\n"
        "    format = 'HEIF'\n"
        "    def _open(self):\n"
        "        self._size, self._mode = (4, 3), 'RGB'\n"
        "        self.tile = [ImageFile._Tile('raw', (0, 0, 4, 3), 24, 'RGB')]\n"
        "def register_heif_opener():\n"
        "    Image.register_open('HEIF', Heif, lambda head: head[4:8] == b'ftyp')\n"
    )
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\x07" * 36
    album = tmp_path / "album"
    album.mkdir()
    (album / "a.heic").write_bytes(data)
    assert formats.suffixes()[1] == (".heic", ".heif", ".hif", ".jxl")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    try:
        assert find_pictures([str(album)]) == [str(album / "a.heic")]
        assert loaded(tmp_path / "b.jpg", data) == (3, 4, 3)
    finally:
        sys.modules.pop("pillow_heif", None)


def test_a_bomb_in_any_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library, "MAX_PIXELS", 48 * 64 - 1)
    for format in ("GIF", "BMP", "AVIF", "JPEG2000", "PPM", "QOI", "JPEG", "PNG", "WEBP", "TIFF"):
        assert "is too large" in refused(tmp_path / "a", encoded(format))
    monkeypatch.setattr(library, "MAX_PIXELS", 300)
    icon = bytearray(encoded("ICO", NOISE.resize((32, 32)), sizes=[(32, 32)]))
    icon[6] = icon[7] = 16  # the directory promises less
    assert "is too large" in refused(tmp_path / "a.ico", bytes(icon))


@pytest.mark.parametrize(
    "format", ["GIF", "BMP", "AVIF", "JPEG2000", "ICO", "PCX", "SGI", "DDS", "QOI", "PPM"]
)
def test_damage_gives_a_picture_or_a_sentence(tmp_path: Path, format: str):
    whole, generator = encoded(format), np.random.default_rng(3)
    path = tmp_path / "hurt"
    for _ in range(40):
        hurt = bytearray(
            whole[: int(generator.integers(1, len(whole)))] if generator.random() < 0.3 else whole
        )
        for at in generator.integers(0, min(len(hurt), 200), 5):
            hurt[at] = int(generator.integers(0, 256))
        path.write_bytes(hurt)
        with contextlib.suppress(ImageError):
            assert load(str(path)).shape[2] == 3
