"""Downloads from servers that misbehave: all is told in a sentence, and only whole pictures stay in
the folder.
"""

import base64
import gzip
import io
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console
from urllib3.exceptions import HTTPError

from tests import bad_server as bad
from tests.bad_server import BadServer, answer, dripping, head, raw, redirect, unframed, without_end
from tui.cli import download as command
from tui.cli.download import TUTORIAL, read_list
from workloads.builtin.images.addresses import Address, on_the_web, pictures_folder
from workloads.builtin.images.download import DownloadStep, Limits, Outcome, fetch
from workloads.builtin.images.web import DownloadFailed
from workloads.core.errors import BadInput

LIMITS = Limits(
    connect_s=60,
    silence_s=60,
    whole_s=bad.PATIENCE_S,
    size=200_000,
    redirects=3,
    attempts=3,
    backoff_s=0.01,
    retry_after_s=0.01,
)


def picture(format: str = "JPEG", **options: object) -> bytes:
    """A picture of noise: 20 to 40 kB."""
    noise = Image.frombytes("RGB", (128, 96), random.Random(1985).randbytes(128 * 96 * 3))
    file = io.BytesIO()
    noise.save(file, format, **options)
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A small file that claims to be a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    size = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


JPEG = picture()
HALF = JPEG[: len(JPEG) // 2]
BOMB = gzip.compress(bytes(10_000_000))


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad.serving() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "pictures"


def got(folder: Path, *urls: str, limits: Limits = LIMITS) -> list[Outcome]:
    return fetch([Address(url) for url in urls], folder, lambda update: None, limits)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What goes well


def test_pictures_arrive_whole_and_in_the_order_of_the_list(server: BadServer, folder: Path):
    paths = [f"/photos/{n}/photo-{n}.jpeg" for n in range(7)]
    outcomes = got(folder, *(server.on(path, answer(JPEG)) for path in paths))
    assert [(o.state, o.size, o.reason) for o in outcomes] == [("fetched", len(JPEG), "")] * 7
    for number, outcome in enumerate(outcomes):
        assert outcome.path is not None
        assert outcome.path.name.startswith(f"photo-{number}-")
        assert outcome.path.suffix == ".jpeg"
        assert outcome.path.read_bytes() == JPEG
    assert files(folder) == sorted(o.path.name for o in outcomes if o.path)


def test_a_second_run_needs_no_network(folder: Path):
    with bad.serving() as server:
        urls = [
            server.on("/a.jpg", answer(JPEG)),
            server.on("/b.gif?size=1", answer(picture("PNG"))),
        ]
        first = got(folder, *urls)
    again = got(folder, *urls)
    assert [o.state for o in first] == ["fetched", "fetched"]
    assert [(o.state, o.path) for o in again] == [("there", o.path) for o in first]


def test_only_what_is_missing_is_fetched(server: BadServer, folder: Path):
    old, new = server.on("/old.jpg", answer(JPEG)), server.on("/new.jpg", answer(JPEG))
    got(folder, old)
    assert [o.state for o in got(folder, new, old)] == ["fetched", "there"]
    assert server.hits("/old.jpg") == 1


def test_an_empty_file_is_no_picture_that_is_there_already(server: BadServer, folder: Path):
    url = server.on("/a.jpg", answer(JPEG))
    folder.mkdir(parents=True)
    (folder / (Address(url).stem + ".jpg")).touch()
    assert got(folder, url)[0].state == "fetched"


def test_steps_grow_up_to_the_whole(server: BadServer, folder: Path):
    updates: list[DownloadStep | Outcome] = []
    fetch([Address(server.on("/a.jpg", answer(JPEG)))], folder, updates.append, LIMITS)
    steps = [u for u in updates if isinstance(u, DownloadStep)]
    assert isinstance(updates[-1], Outcome)
    assert [s.received for s in steps] == sorted(s.received for s in steps)
    assert (steps[-1].received, steps[-1].total) == (len(JPEG), len(JPEG))


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_than_the_limit_are_fetched_at_once(server: BadServer, folder: Path, parallel: int):
    lock, running, crowds = threading.Lock(), set(), set()

    def report(update: DownloadStep | Outcome) -> None:
        with lock:
            (running.discard if isinstance(update, Outcome) else running.add)(update.address)
            crowds.add(len(running))

    addresses = [Address(server.on(f"/{n}.jpg", answer(JPEG))) for n in range(12)]
    outcomes = fetch(addresses, folder, report, replace(LIMITS, parallel=parallel))
    assert {o.state for o in outcomes} == {"fetched"}
    assert max(crowds) <= parallel
    assert not running


@pytest.mark.parametrize(
    ("url", "format", "options", "ending"),
    [
        ("/a.jpeg", "JPEG", {}, ".jpeg"),
        ("/a.JPG", "JPEG", {}, ".jpg"),
        ("/a", "JPEG", {}, ".jpg"),
        ("/a.png", "JPEG", {}, ".jpg"),
        ("/a.php?id=3", "PNG", {}, ".png"),
        ("/a.jpg", "WEBP", {}, ".webp"),
        ("/a.tiff", "TIFF", {}, ".tiff"),
        ("/a.gif", "TIFF", {"compression": "tiff_lzw"}, ".tif"),
        (
            "/a.jpg",
            "MPO",
            {"save_all": True, "append_images": [Image.new("RGB", (64, 48))]},
            ".jpg",
        ),
    ],
)
def test_the_ending_tells_the_true_format(
    server: BadServer, folder: Path, url: str, format: str, options: dict[str, object], ending: str
):
    (outcome,) = got(folder, server.on(url, answer(picture(format, **options))))
    assert outcome.path is not None, outcome.reason
    assert outcome.path.suffix == ending
    with Image.open(outcome.path) as image:
        assert image.format == format


@pytest.mark.parametrize(
    "good",
    [
        unframed(JPEG),
        raw(head(200, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(JPEG), JPEG)),
        answer(gzip.compress(JPEG), 200, "Content-Encoding: gzip"),
        answer(JPEG, 200, "Content-Type: text/html"),
    ],
)
def test_a_body_may_come_in_any_wrapping(server: BadServer, folder: Path, good: bad.Behaviour):
    (outcome,) = got(folder, server.on("/a.jpg", good))
    assert outcome.path is not None, outcome.reason
    assert outcome.path.read_bytes() == JPEG


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: BadServer, folder: Path, status: int):
    server.on("/b", redirect("c/d.png", status))
    server.on("/c/d.png", answer(JPEG))
    (outcome,) = got(folder, server.on("/a.jpg", redirect("/b", status)))
    assert outcome.path is not None, outcome.reason
    assert outcome.path.name.startswith("a-")


# Trying again


@pytest.mark.parametrize(
    "trouble",
    [
        answer(b"", 500),
        answer(b"", 502),
        answer(b"", 503),
        answer(b"", 429),
        raw(b""),
        bad.reset,
        raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
        answer(HALF, length=len(JPEG)),
        unframed(HALF),
        raw(head(200, "Transfer-Encoding: chunked") + b"%x\r\n%s" % (len(JPEG), HALF)),
        answer(b"no gzip", 200, "Content-Encoding: gzip"),
        raw(b"SSH-2.0-OpenSSH\r\n\r\n"),
    ],
    ids=[
        "500",
        "502",
        "503",
        "429",
        "dropped",
        "reset",
        "torn-head",
        "short",
        "torn-unframed",
        "torn-chunk",
        "no-gzip",
        "no-http",
    ],
)
def test_trouble_that_passes_is_survived(server: BadServer, folder: Path, trouble: bad.Behaviour):
    notes = []
    url = server.on("/a.jpg", trouble, trouble, answer(JPEG))
    (outcome,) = fetch(
        [Address(url)],
        folder,
        lambda u: notes.append(u.note) if isinstance(u, DownloadStep) and u.note else None,
        LIMITS,
    )
    assert outcome.path is not None, outcome.reason
    assert outcome.path.read_bytes() == JPEG
    assert files(folder) == [outcome.path.name]
    assert (server.hits("/a.jpg"), len(notes)) == (3, 2)
    assert all("; again in 0.0 s" in note for note in notes)


def test_trouble_that_stays_is_given_up(server: BadServer, folder: Path):
    (outcome,) = got(folder, server.on("/a.jpg", answer(b"", 500)))
    assert outcome.reason == "the server replied 500 Internal Server Error (tried 3 times)"
    assert server.hits("/a.jpg") == 3


@pytest.mark.parametrize("asked", ["0", " 0 ", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_the_pause_that_the_server_asks_for_is_kept(server: BadServer, folder: Path, asked: str):
    url = server.on("/a.jpg", answer(b"", 503, f"Retry-After: {asked}"), answer(JPEG))
    assert got(folder, url, limits=replace(LIMITS, backoff_s=10_000))[0].state == "fetched"


@pytest.mark.parametrize(
    "asked", ["86400", "9" * 30, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "-5", ""]
)
def test_an_odd_pause_is_not(server: BadServer, folder: Path, asked: str):
    url = server.on("/a.jpg", answer(b"", 429, f"Retry-After: {asked}"), answer(JPEG))
    assert got(folder, url)[0].state == "fetched"


# What goes wrong


@pytest.mark.parametrize(
    ("behaviour", "words", "hits"),
    [
        (answer(b"", 404), "the server replied 404 Not Found", 1),
        (answer(b"", 403), "the server replied 403 Forbidden", 1),
        (answer(b"", 204), "the server replied 204 No Content", 1),
        (answer(b"", 302), "the server replied 302 Found", 1),
        (answer(b"", 299), "the server replied 299", 1),
        (
            answer(b"<!DOCTYPE html><p>Log in", 200, "Content-Type: image/jpeg"),
            "the download is a web page, not an im",
            1,
        ),
        (answer(b"\0\1\2" * 99), "the download is not a JPEG, PNG, WebP or TIFF image", 1),
        (answer(picture("GIF")), "the download is not a JPEG, PNG, WebP or TIFF image", 1),
        (answer(b""), "the download is empty", 1),
        (answer(HALF), "the image is damaged or incomplete", 1),
        (answer(JPEG[:-300]), "the image is damaged or incomplete", 1),
        (answer(JPEG, length=len(JPEG) - 2000), "the image is damaged or incomplete", 1),
        (answer(picture("PNG")[:-2000]), "the image is damaged or incomplete", 1),
        (answer(picture("WEBP")[:-2000]), "the image is damaged or incomplete", 1),
        (answer(picture("TIFF")[:-2000]), "the image is damaged or incomplete", 1),
        (
            answer(picture("TIFF", compression="tiff_lzw")[:-2000]),
            "the download is not a JPEG, PNG, WebP or TIFF image",
            1,
        ),
        (
            answer(b"\x89PNG\r\n\x1a\n" + b"\xff" * 500),
            "the download is not a JPEG, PNG, WebP or TIFF image",
            1,
        ),
        (unframed(HALF), "the image is damaged or incomplete (tried 3 times)", 3),
        (answer(HALF, length=len(JPEG)), "the connection to 127.0.0.1 broke (tried 3 times)", 3),
        (raw(b""), "the connection to 127.0.0.1 broke (tried 3 times)", 3),
        (raw(b"\x1b[31m\r\n" * 9), "the connection to 127.0.0.1 broke (tried 3 times)", 3),
        (answer(png_of(20_000, 10_000)), "the image has more than 120 million pixels", 1),
        (answer(png_of(11_000, 11_000)), "the image has more than 120 million pixels", 1),
        (answer(png_of(65_000, 65_000)), "the image has more than 120 million pixels", 1),
        (answer(JPEG, length=200_001), "it is larger than 0.2 MB", 1),
        (answer(JPEG, length=10**30), "it is larger than 0.2 MB", 1),
        (without_end(head(200), JPEG), "it is larger than 0.2 MB", 1),
        (
            without_end(
                head(200, "Transfer-Encoding: chunked"), b"400\r\n" + b"x" * 1024 + b"\r\n"
            ),
            "it is larger",
            1,
        ),
        (answer(BOMB, 200, "Content-Encoding: gzip"), "it is larger than 0.2 MB", 1),
        (
            without_end(b"HTTP/1.1 200 OK\r\n", b"X-Header: and another\r\n"),
            "the connection to 127.0.0.1 broke",
            3,
        ),
        (
            redirect("file:///etc/passwd"),
            "it is redirected to an address that isn't http or https",
            1,
        ),
        (
            redirect("ftp://127.0.0.1/a.jpg"),
            "it is redirected to an address that isn't http or https",
            1,
        ),
        (redirect("http://[::1"), "it is redirected more than 3 times", 4),
        (redirect("/a.jpg"), "it is redirected more than 3 times", 4),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(
    server: BadServer,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    behaviour: bad.Behaviour,
    words: str,
    hits: int,
):
    good, url = server.on("/good.jpg", answer(JPEG)), server.on("/a.jpg", behaviour)
    failed, fetched = got(folder, url, good)
    assert failed.state == "failed"
    assert failed.reason.startswith(words)
    assert failed.reason.isprintable()
    assert fetched.path is not None
    assert files(folder) == [fetched.path.name]
    assert server.hits("/a.jpg") == hits
    assert capfd.readouterr() == ("", "")


def test_a_server_that_says_nothing_is_given_up(server: BadServer, folder: Path):
    (outcome,) = got(
        folder, server.on("/a.jpg", bad.silence), limits=replace(LIMITS, silence_s=0.05)
    )
    assert outcome.reason == "127.0.0.1 sent nothing for 0.05 s (tried 3 times)"


def test_a_refused_connection_is_told(folder: Path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        (outcome,) = got(folder, f"http://127.0.0.1:{nobody.getsockname()[1]}/a.jpg")
    assert outcome.reason == "127.0.0.1 can't be reached: Connection refused (tried 3 times)"


@pytest.mark.parametrize(
    "dripper",
    [
        dripping(head(200) + JPEG[:100]),
        dripping(head(200, "Content-Length: 100000")),
        dripping(head(200, "Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX-Header: "),
        dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"[:1]),
        bad.silence,
    ],
)
def test_a_dripping_server_holds_nobody_for_ever(
    server: BadServer, folder: Path, dripper: bad.Behaviour
):
    (outcome,) = got(folder, server.on("/a.jpg", dripper), limits=replace(LIMITS, whole_s=0.2))
    assert outcome.reason == "it took longer than 0.2 s"
    assert files(folder) == []


def test_a_dripping_handshake_holds_nobody_for_ever(server: BadServer, folder: Path):
    server.greeting = dripping(b"\x16\x03\x03\x3f\xff")
    url = server.on("/a.jpg", bad.silence).replace("http:", "https:")
    assert (
        got(folder, url, limits=replace(LIMITS, whole_s=0.2))[0].reason
        == "it took longer than 0.2 s"
    )


def test_a_pause_ends_with_the_time(server: BadServer, folder: Path):
    url = server.on("/a.jpg", answer(b"", 500))
    (outcome,) = got(folder, url, limits=replace(LIMITS, whole_s=0.2, backoff_s=10_000))
    assert outcome.reason == "it took longer than 0.2 s"


def test_those_who_hold_on_make_room_for_the_next(server: BadServer, folder: Path):
    urls = [server.on(f"/{n}.jpg", dripping(b"HTTP/1.1 200 OK\r\nX-Header: ")) for n in range(5)]
    outcomes = got(folder, *urls, limits=replace(LIMITS, whole_s=0.1, parallel=2))
    assert [o.reason for o in outcomes] == ["it took longer than 0.1 s"] * 5


def test_an_untrusted_certificate_is_refused(folder: Path):
    with bad.serving(tls=True) as server:
        (outcome,) = got(folder, server.on("/a.jpg", answer(JPEG)))
        assert outcome.reason.startswith("the certificate of 127.0.0.1 can't be trusted: self")
        assert server.visits == []


def test_a_trusted_certificate_is_taken(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "trusted.pem").write_text(bad.CERTIFICATE)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    with bad.serving(tls=True) as server:
        (outcome,) = got(folder, server.on("/a.jpg", answer(JPEG)))
    assert outcome.state == "fetched", outcome.reason


def test_a_name_that_is_taken_by_a_folder_fails_only_that_file(server: BadServer, folder: Path):
    taken, good = server.on("/a.jpg", answer(JPEG)), server.on("/b.jpg", answer(JPEG))
    in_the_way = folder / (Address(taken).stem + ".jpg")
    in_the_way.mkdir(parents=True)
    failed, fetched = got(folder, taken, good)
    assert failed.reason == "it can't be saved: Is a directory"
    assert fetched.path is not None
    assert files(folder) == sorted([in_the_way.name, fetched.path.name])


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_bad_input(server: BadServer, tmp_path: Path, place: str):
    (tmp_path / "file").write_text("mine")
    url = server.on("/a.jpg", answer(JPEG))
    with pytest.raises(
        BadInput, match=r"^Can't save images in .*/file.*: .*; choose another folder\.$"
    ):
        got(tmp_path / place, url)
    assert server.visits == []


def test_what_breaks_in_the_report_reaches_the_caller(server: BadServer, folder: Path):
    def report(update: DownloadStep | Outcome) -> None:
        if isinstance(update, DownloadStep):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fetch([Address(server.on("/a.jpg", dripping(head(200))))], folder, report, LIMITS)
    assert files(folder) == []


@pytest.mark.parametrize("error", [BrokenPipeError, DownloadFailed, HTTPError])
def test_what_breaks_in_the_report_is_not_taken_for_the_servers_trouble(
    server: BadServer, folder: Path, error: type[Exception]
):
    def report(update: DownloadStep | Outcome) -> None:
        if isinstance(update, DownloadStep) and update.received:
            raise error("mine")

    with pytest.raises(error, match="mine"):
        fetch([Address(server.on("/a.jpg", answer(JPEG)))], folder, report, LIMITS)
    assert files(folder) == []


# Names and secrets


@pytest.mark.parametrize(
    ("path", "begin"),
    [
        ("/photos/pexels-photo-1.jpeg", "pexels-photo-1-"),
        ("/", "picture-"),
        ("", "picture-"),
        ("/a/b/", "b-"),
        ("/..%2F..%2Fetc%2Fpasswd.jpg", "_.._etc_passwd-"),
        ("/../../../etc/passwd", "passwd-"),
        ("/...jpg", "jpg-"),
        ("/.hidden.jpg", "hidden-"),
        ("/%1b%5b31mred%07.jpg", "[31mred-"),
        ("/a%00b%0ac%0d.jpg", "ab c-"),
        ("/CON%3a%3c%3e%7c%3f%2a%22%5c.png", "CON________-"),
        ("/%E2%80%AEgpj.exe", "gpj.exe-"),
        ("/-rf.jpg", "rf-"),
        ("/%c3%bcber%20all.jpg", "über all-"),
        ("/u%cc%88ber.jpg", "über-"),
        ("/über.jpg", "über-"),
        ("/%ff.jpg", "�-"),
        ("/a.tar.gz", "a.tar.gz-"),
        ("/x%e2%80%a8y.jpg", "x y-"),
        ("/100%.jpg", "100%-"),
        ("/a;b=c,d.jpg", "a;b=c,d-"),
    ],
)
def test_names_are_safe(path: str, begin: str):
    stem = Address(f"http://host.invalid{path}").stem
    assert stem[:-10] == begin


@settings(deadline=None)
@given(st.text(), st.binary(max_size=300))
def test_whatever_the_address_its_name_is_safe(text: str, data: bytes):
    for path in (text, "".join(f"%{byte:02x}" for byte in data)):
        url = f"http://host.invalid/{path}"
        if not on_the_web(url):
            continue
        stem = Address(url).stem
        assert stem.isprintable()
        assert not set(stem) & set('<>:"/\\|?*')
        assert stem[0] not in " .-"
        assert len(stem.encode()) <= 195
        assert Address(url).label.isprintable()


@settings(deadline=None)
@given(st.text())
def test_no_text_confuses_the_check_of_addresses(text: str):
    assert on_the_web(text) in (True, False)
    assert on_the_web(f"http://{text}") in (True, False)


@pytest.mark.parametrize("name", ["a" * 300, "%C3%BC" * 300, "%F0%9F%98%80" * 300, "." * 300])
def test_no_name_is_too_long(server: BadServer, folder: Path, name: str):
    (outcome,) = got(folder, server.on(f"/{name}.jpeg", answer(JPEG)))
    assert outcome.path is not None, outcome.reason
    assert outcome.path.parent == folder
    assert len(os.fsencode(outcome.path.name)) <= 200
    assert outcome.path.name == unicodedata.normalize("NFC", outcome.path.name)


def test_one_name_from_two_places_is_two_files(server: BadServer, folder: Path):
    other = picture("JPEG", quality=30)
    urls = [server.on("/one/a.jpg", answer(JPEG)), server.on("/two/a.jpg", answer(other))]
    one, two = got(folder, *urls)
    assert one.path is not None
    assert two.path is not None
    assert (one.path.read_bytes(), two.path.read_bytes()) == (JPEG, other)
    assert [o.path for o in reversed(got(folder, *reversed(urls)))] == [one.path, two.path]


def test_a_name_keeps_no_secret():
    bare, secret = (
        Address("http://host.invalid/a.jpg"),
        Address("http://me:hush@HOST.invalid/a.jpg#part"),
    )
    assert bare.stem == secret.stem
    assert secret.label == "http://host.invalid/a.jpg"
    assert Address("https://host.invalid/a.jpg?key=hush").label == "https://host.invalid/a.jpg?…"
    assert "hush" not in repr(secret)


def test_credentials_go_to_their_own_server_only(server: BadServer, folder: Path):
    with bad.serving() as other:
        server.on("/b.jpg", redirect(other.on("/c.jpg", answer(JPEG))))
        url = server.on("/a.jpg", redirect("/b.jpg"), user="me:hu%73h@")
        (outcome,) = got(folder, url)
        assert outcome.state == "fetched", outcome.reason
        assert [v.headers.get("authorization") for v in server.visits] == ["Basic bWU6aHVzaA=="] * 2
        assert [v.headers.get("authorization") for v in other.visits] == [None]
    assert "hush" not in repr(outcome)


def test_the_proxy_of_the_environment_is_used(
    server: BadServer, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    url = "http://elsewhere.invalid/a.jpg"
    server.on(url, answer(JPEG))
    monkeypatch.setenv("http_proxy", f"me:hush@127.0.0.1:{server.server_address[1]}")
    assert got(folder, url)[0].state == "fetched"
    assert server.visits[0].headers["proxy-authorization"] == "Basic bWU6aHVzaA=="
    assert got(folder, "https://elsewhere.invalid/b.jpg")[0].state == "failed"


@pytest.mark.parametrize("password", ["пароль", "%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C", "hu sh"])
def test_a_proxys_password_may_have_any_letters(
    server: BadServer, folder: Path, monkeypatch: pytest.MonkeyPatch, password: str
):
    url = "http://elsewhere.invalid/a.jpg"
    server.on(url, answer(JPEG))
    monkeypatch.setenv("http_proxy", f"http://me:{password}@127.0.0.1:{server.server_address[1]}")
    (outcome,) = got(folder, url)
    assert outcome.state == "fetched", outcome.reason
    sent = base64.b64decode(
        server.visits[0].headers["proxy-authorization"].removeprefix("Basic ")
    ).decode()
    assert sent == f"me:{unquote(password)}"


def test_what_nobody_foresaw_is_told_as_a_failure(server: BadServer, folder: Path):
    urls = [server.on(f"/{name}.jpg", answer(JPEG)) for name in "ab"]
    outcomes = got(
        folder, *urls, limits=replace(LIMITS, silence_s=-1)
    )  # which urllib3 answers with a ValueError
    assert [outcome.reason for outcome in outcomes] == ["an unexpected ValueError occurred"] * 2
    assert files(folder) == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://127.0.0.1:1"])
def test_a_proxy_that_is_none_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, proxy: str):
    monkeypatch.setenv("ALL_PROXY", proxy)
    (outcome,) = got(folder, "http://elsewhere.invalid/a.jpg")
    assert outcome.reason == "the proxy can't be used (tried 3 times)"


def test_the_folder_follows_the_cache(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAYTASKS_CACHE", "/elsewhere")
    assert pictures_folder() == Path("/elsewhere/pictures")
    monkeypatch.delenv("RAYTASKS_CACHE")
    assert pictures_folder().parts[-2:] == ("raytasks-tui", "pictures")


# Interrupted, killed, out of room

RUN = """
import resource, signal, sys
from pathlib import Path
from workloads.builtin.images.addresses import Address
from workloads.builtin.images.download import Limits, DownloadStep, fetch
signal.signal(signal.SIGINT, signal.default_int_handler)
folder, room, *urls = sys.argv[1:]
if int(room):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), int(room)))
def report(update):
    if isinstance(update, DownloadStep) and update.received:
        print("receiving", flush=True)
try:
    for outcome in fetch([Address(url) for url in urls], Path(folder), report, Limits(attempts=1)):
        print(outcome.state, outcome.reason, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
"""


def running(folder: Path, *urls: str, room: int = 0) -> "subprocess.Popen[str]":
    """A process that downloads; after its first line it is in the middle of it."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, folder, str(room), *urls],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "receiving\n", process.communicate()
    return process


def test_ctrl_c_ends_at_once_and_leaves_nothing(server: BadServer, folder: Path):
    urls = [server.on("/a.jpg", dripping(head(200) + JPEG)), server.on("/b.jpg", bad.silence)]
    process = running(folder, *urls)
    assert [name.startswith(".raytasks-") for name in files(folder)] == [True]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=bad.PATIENCE_S)
    assert (process.returncode, out.splitlines()[-1], err) == (130, "interrupted", "")
    assert files(folder) == []


def test_what_a_killed_run_left_is_swept(server: BadServer, folder: Path):
    process = running(folder, server.on("/a.jpg", dripping(head(200) + JPEG)))
    process.kill()
    process.communicate()
    assert len(files(folder)) == 1
    (folder / ".mine.part").touch()
    (outcome,) = got(folder, server.on("/b.jpg", answer(JPEG)))
    assert outcome.path is not None
    assert files(folder) == [".mine.part", outcome.path.name]


def test_what_a_living_run_works_at_is_not(server: BadServer, folder: Path):
    process = running(folder, server.on("/a.jpg", dripping(head(200) + JPEG)))
    (outcome,) = got(folder, server.on("/b.jpg", answer(JPEG)))
    assert outcome.path is not None
    assert len(files(folder)) == 2
    process.kill()
    process.communicate()


def test_a_full_disk_is_told(server: BadServer, folder: Path):
    small = picture("JPEG", quality=1)
    urls = [server.on("/a.jpg", answer(JPEG)), server.on("/b.jpg", answer(small))]
    out, err = running(folder, *urls, room=len(small)).communicate(timeout=bad.PATIENCE_S)
    assert out.splitlines()[-2:] == ["failed it can't be saved: File too large", "fetched "]
    assert err == ""
    assert files(folder) == [Address(urls[1]).stem + ".jpg"]


# The list


def listed(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "list.txt"
    path.write_bytes(data)
    return path


def test_the_tutorials_addresses_are_the_default():
    assert [address.url for address in read_list(None)] == list(TUTORIAL)
    assert TUTORIAL[0] == "https://images.pexels.com/photos/305821/pexels-photo-305821.jpeg"
    assert len(TUTORIAL) == 4


def test_a_list_is_one_address_a_line(tmp_path: Path):
    path = listed(
        tmp_path,
        "\ufeff# mine\r\nhttp://host.invalid/a.jpg\r\n\r\n  HTTPS://host.invalid/ü.jpg#x  \n #http://no\n"
        "http://host.invalid/a.jpg\nhttp://host.invalid/a.jpg?b".encode(),
    )
    assert [(a.url, a.line) for a in read_list(str(path))] == [
        ("http://host.invalid/a.jpg", 2),
        ("HTTPS://host.invalid/ü.jpg#x", 4),
        ("http://host.invalid/a.jpg?b", 7),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("photo.jpg", "“photo.jpg” is no"),
        ("ftp://me:hush@host/a.jpg", "“host/a.jpg” is no"),
        ("file:///etc/passwd", "“file:///etc/passwd” is no"),
        ("http://", "“http://” is no"),
        ("//host/a", "“//host/a”"),
        ("http://host:99999/a", "“http://host:99999/a”"),
        ("http://me:hu/sh@host/a", "“host/a” is no"),
        ("http://a b", "“http://a b” is no"),
        ("http://host/\x1b[31m", "“http://host/[31m” is no"),
        ("http://[::1", "“http://[::1” is no"),
        ("http://host/a.jpg\thttp://host/b.jpg", "is not an http"),
        ("javascript:alert(1)", "“javascript:alert(1)”"),
        ("x" * 5000, "xxx…” is no"),
        ("[red]x[/]", "“[red]x[/]” is no"),
    ],
    ids=lambda value: value[:20].encode("unicode_escape").decode(),
)
def test_a_line_that_is_no_address_is_named(tmp_path: Path, line: str, words: str):
    path = listed(tmp_path, f"http://host.invalid/a.jpg\n\n{line}\n".encode())
    with pytest.raises(BadInput) as told:
        read_list(str(path))
    assert str(told.value).startswith(f"{path}, line 3: ")
    assert words in str(told.value)
    assert "hush" not in str(told.value)
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has no addresses"),
        (b"\n# http://host/a.jpg\n", "has no addresses"),
        (b"\xff\xfeh\0t\0", "is not UTF-8 text"),
        (b"#" * 10_000_001, "is too long for a list of addresses"),
    ],
    ids=["empty", "comments", "utf-16", "long"],
)
def test_a_list_of_nothing_is_refused(tmp_path: Path, data: bytes, words: str):
    with pytest.raises(BadInput, match=words):
        read_list(str(listed(tmp_path, data)))


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, name: str):
    with pytest.raises(BadInput, match=r"can't be read: (No such file|Is a directory)"):
        read_list(str(tmp_path / name))


# The command


def test_the_command_sums_up(
    server: BadServer, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    good = server.on("/a.jpg", answer(JPEG))
    lost = server.on("/b.jpg?key=hush", answer(b"", 404), user="me:hush@")
    path = listed(tmp_path, f"{good}\n{lost}\n".encode())
    assert command.run(str(path), str(folder)) == 1
    said = capsys.readouterr()
    shown = Address(lost).label
    assert said.out.splitlines() == [
        f"Not fetched: line 2, {shown}: the server replied 404 Not Found.",
        f"Images: 1 fetched ({len(JPEG) / 1000:.1f} kB), 1 failed. The folder is {folder}.",
    ]
    assert sorted(said.err.splitlines()) == [
        f"{good}: fetched, {len(JPEG) / 1000:.1f} kB",
        f"{shown}: failed: the server replied 404 Not Found",
    ]
    assert "hush" not in said.out + said.err


def test_the_command_succeeds_and_then_has_nothing_to_do(
    server: BadServer, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = listed(tmp_path, server.on("/a.jpg", answer(JPEG)).encode())
    assert command.run(str(path), str(folder)) == 0
    capsys.readouterr()
    assert command.run(str(path), str(folder)) == 0
    assert capsys.readouterr().out == (
        f"Images: 1 already there; nothing to fetch. The folder is {folder}.\n"
    )
    assert server.hits("/a.jpg") == 1


def test_standard_input_holds_the_list(server: BadServer, folder: Path):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from tui.cli.download import run; sys.exit(run('-', sys.argv[1]))",
            folder,
        ],
        input=server.on("/a.jpg", answer(JPEG)),
        capture_output=True,
        text=True,
        timeout=bad.PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert len(files(folder)) == 1


def test_a_folder_needs_a_name():
    with pytest.raises(BadInput, match="--to needs"):
        command.run(None, "")


@pytest.mark.parametrize("rows", [40, 4])
def test_bars_show_all_or_as_many_as_fit(
    server: BadServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=160, height=rows, color_system=None)
    monkeypatch.setattr(command, "Console", lambda stderr: console)
    urls = [server.on(f"/%5Bred%5D{n}.jpg", answer(JPEG)) for n in range(6)]
    urls.append(server.on("/lost.jpg", answer(b"", 404)))
    assert command.run(str(listed(tmp_path, "\n".join(urls).encode())), str(folder)) == 1
    last = screen.getvalue().rpartition("all images")[2]
    assert "7/7" in last
    assert last.count("fetched, ") == (6 if rows == 40 else 0)
    assert ("[red]5-" in last) == (rows == 40)
    assert "failed: the server replied 404 Not Found" in screen.getvalue()
