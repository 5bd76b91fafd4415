"""The formats of pictures: which Pillow opens, which it opens with a plugin, and what else a file
is.
"""

import contextlib
import importlib
import importlib.util
import struct
from collections.abc import Iterator
from typing import IO

FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "TIFF",
    "GIF",
    "BMP",
    "DIB",
    "AVIF",
    "JPEG2000",
    "ICO",
    "CUR",
    "ICNS",
    "PPM",
    "QOI",
    "PSD",
    "DDS",
    "SGI",
    "PCX",
)
"""Formats of Pillow that a file's first bytes tell, and that it decodes by itself (EPS starts a
PostScript program).
"""

BY_SUFFIX = {".tga": "TGA"}
"""Formats that no bytes tell."""

PLUGINS = {
    "HEIF": ("pillow_heif", "pillow-heif", (".heic", ".heif", ".hif")),
    "JXL": ("pillow_jxl", "pillow-jxl-plugin", (".jxl",)),
}
"""Formats that a package adds to Pillow: its module, its name, the suffixes of their files."""

TAKEN = "JPEG, PNG, WebP, TIFF and other formats that Pillow reads are supported"

SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".webp",
    ".tif",
    ".tiff",
    ".gif",
    ".bmp",
    ".avif",
    ".jp2",
    ".j2k",
    ".jpx",
    ".ico",
    ".ppm",
    ".pgm",
    ".pnm",
    ".qoi",
    ".psd",
    ".tga",
)

HEAD = 1024
"""Bytes at a file's beginning that tell what it is."""

_HEIC = "is a HEIC image, for which Pillow needs the package pillow-heif; install it, or convert it"
_JXL = (
    "is a JPEG XL image, for which Pillow needs the package pillow-jxl-plugin; install it, "
    "or convert the image"
)
_RAW = "is a camera's raw file; convert it to TIFF or JPEG, as with the package rawpy"
_SVG = "is an SVG drawing; convert it to PNG, as with the package CairoSVG"
_PAGES = "convert its pages to PNG"

_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF", f"is a PDF; {_PAGES}, as with the package pdf2image"),
    (0, b"%!PS", f"is a PostScript file; {_PAGES}, as with Ghostscript"),
    (0, b"\xc5\xd0\xd3\xc6", f"is a PostScript file; {_PAGES}, as with Ghostscript"),
    (0, b"AT&TFORM", f"is a DjVu document; {_PAGES}, as with ddjvu"),
    (0, b"\xff\x0a", _JXL),
    (0, b"\0\0\0\x0cJXL ", _JXL),
    *((4, b"ftyp" + brand, _HEIC) for brand in (b"hei", b"hev", b"mif1", b"msf1", b"mif2")),
    (4, b"ftypcrx", _RAW),
    (8, b"CR\x02", _RAW),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    *((0, sign, _RAW) for sign in (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")),
    (0, b"v/1\x01", "is an OpenEXR image; convert it, as with the package OpenEXR"),
    (0, b"#?R", "is a Radiance HDR image; convert it, as with the package imageio"),
    (0, b"II\xbc", "is a JPEG XR image; convert it, as with the package imagecodecs"),
    (0, b"BPG\xfb", "is a BPG image; convert it, as with bpgdec"),
    (0, b"gimp xcf", "is a GIMP file; export it as PNG"),
    (0, b"8BPS", "is a Photoshop file that Pillow can't read; export it as PNG"),
    (4, b"ftyp", "is a video, not an image"),
    (0, b"\x1aE\xdf\xa3", "is a video, not an image"),
    (0, b"PK\x03\x04", "is a ZIP archive, not an image; unpack it"),
    (0, b"\x1f\x8b", "is gzip-compressed, not an image; unpack it"),
)
"""File types found among images that Pillow doesn't open: offset and bytes of their signature, and
what it is.
"""

TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_CUT = (*TIFFS, b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"qoif", b"\0\0\x01\0")

_DNG_VERSION, _NEW_SUBFILE_TYPE, _PHOTOMETRIC, _SUB_IFDS = 0xC612, 254, 262, 330
_SENSOR = (32803, 34892)  # TIFF/EP: a colour filter array; DNG: linear raw


def suffixes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The suffixes of files that can be opened here, and of those that a package would open."""
    readable, missing = list(SUFFIXES), list[str]()
    for module, _, endings in PLUGINS.values():
        if _is_installed(module):
            readable.extend(endings)
        else:
            missing.extend(endings)
    return tuple(readable), tuple(missing)


def _is_installed(module: str) -> bool:
    with contextlib.suppress(ImportError, ValueError):
        return importlib.util.find_spec(module) is not None
    return False


def formats(suffix: str) -> tuple[str, ...]:
    """Pillow's names of the formats that a file of that suffix may have; packages that are
    installed add theirs.
    """
    from PIL import Image

    Image.init()
    wanted = [*FORMATS, *_plugged_in(), *filter(None, [BY_SUFFIX.get(suffix.lower())])]
    return tuple(format for format in wanted if format in Image.OPEN)


def _plugged_in() -> Iterator[str]:
    for format, (module, _, _) in PLUGINS.items():
        if _is_installed(module):
            with contextlib.suppress(Exception):  # a package that doesn't load here
                plugin = importlib.import_module(module)
                getattr(plugin, "register_heif_opener", lambda: None)()
                yield format


def unopened(head: bytes) -> str:
    """Return what is wrong with a file that starts like this, which Pillow takes for none of its
    formats.
    """
    from PIL import features

    avif = head[4:11] == b"ftypavi"
    for offset, sign, what in _SIGNS:
        if head[offset:].startswith(sign) and not avif:
            return what
    if _text(head).lstrip().startswith("<"):
        if "<svg" in _text(head) and "<html" not in _text(head):
            return _SVG
        return f"is a web page or a drawing, not an image: {TAKEN}"
    if avif and not features.check("avif"):
        return "is an AVIF image, which this build of Pillow can't read; install another one"
    if avif or head.startswith(_CUT) or head[8:12] == b"WEBP":
        return "is truncated or damaged"
    return f"is not an image: {TAKEN}"


def _text(head: bytes) -> str:
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.decode("utf-16" if utf16 else "utf-8-sig", "ignore").lower()


def raw(file: IO[bytes], head: bytes) -> str:
    """Return the kind of a TIFF that holds a sensor's data, of which Pillow would show a thumbnail
    or nothing; else empty.
    """
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    with contextlib.suppress(Exception):  # of a damaged file
        tags = ImageFileDirectory_v2(head[:8])
        file.seek(tags.next)
        tags.load(file)
        preview = int(tags.get(_NEW_SUBFILE_TYPE, 0)) & 1 and _SUB_IFDS in tags
        if (
            preview
            or _DNG_VERSION in tags
            or tags.get(_PHOTOMETRIC) in _SENSOR
            or head[8:11] == b"CR\x02"
        ):
            return _RAW
    return ""


def without_texts(png: bytes) -> bytes:
    """A PNG file without its texts and its colour profile, whatever their size."""
    kept, at = [png[:8]], 8
    while at + 8 <= len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        if name not in (b"tEXt", b"zTXt", b"iTXt", b"iCCP"):
            kept.append(png[at : at + length + 12])
        at += length + 12
    return b"".join(kept)
