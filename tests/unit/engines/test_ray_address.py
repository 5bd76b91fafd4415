"""Addresses of clusters: what can't be one is refused as text, and what answers but is no GCS
within seconds.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from tui.cli.entry import main
from workloads import race
from workloads.core.errors import BadInput, EngineFailed
from workloads.engines import EngineOptions
from workloads.engines.ray import address as ray_address
from workloads.engines.ray.address import HINT, checked_address, reach
from workloads.engines.ray.cluster import Cluster

SETTINGS = bytes.fromhex("000000 04 00 00000000")


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_USE_TLS", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "/nowhere/token")


@contextmanager
def serving(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """The address of a server on this machine that does that to each connection, which then stays
    open.
    """
    kept = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    stream, _ = server.accept()
                except OSError:
                    return
                kept.append(stream)
                serve(stream)

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for stream in kept:
        stream.close()


def headers(flags: int, body: bytes) -> bytes:
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", 1, flags, 1) + body


def grpc(*answers: bytes) -> Callable[[socket.socket], object]:
    """A gRPC server that answers the first call so."""

    def serve(stream: socket.socket) -> None:
        stream.recv(24 + 9)
        stream.sendall(SETTINGS + SETTINGS[:4] + b"\x01" + SETTINGS[5:])
        stream.recv(1 << 16)
        stream.sendall(b"".join(answers))

    return serve


def failed(address: str, silent_s: float = 60.0) -> str:
    with pytest.raises(EngineFailed) as error:
        reach(address, silent_s)
    assert str(error.value).isprintable()
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "auto",
        "127.0.0.1:6379",
        "[::1]:6379",
        "head.example:6379",
        " localhost:6379\n",
        "a-b.c:1",
        "x:65535",
    ],
)
def test_addresses_are_taken_as_ray_takes_them(text: str):
    assert checked_address(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("localhost", "“localhost” has no port, as in localhost:6379"),
        ("10.0.0.1", "“10.0.0.1” has no port, as in 10.0.0.1:6379"),
        ("[::1]", "“[::1]” has no port, as in [::1]:6379"),
        ("::1", "put an IPv6 address in brackets, as in [::1]:6379"),
        ("fe80::1:6379", "put an IPv6 address in brackets"),
        ("ray://head:10001", "is the Ray client's address"),
        ("RAY://head:10001", "is the Ray client's address"),
        ("http://head:8265", "is a web page's address"),
        ("https://head/", "is a web page's address"),
        ("redis://head:6379", "is an unknown kind of address"),
        ("head:0", "a port is a number from 1 to 65,535"),
        ("head:70000", "a port is a number from 1 to 65,535"),
        ("head:port", "is neither auto nor host:port"),
        ("head:", "is neither auto nor host:port"),
        (":6379", "is neither auto nor host:port"),
        ("head:6379/path", "is neither auto nor host:port"),
        ("user@head:6379", "is neither auto nor host:port"),
        ("a b:6379", "is neither auto nor host:port"),
        ("head:-1", "is neither auto nor host:port"),
        ("head:٦٣", "is neither auto nor host:port"),
        ("", "is neither auto nor host:port"),
        ("local", "“local” has no port"),
        ("\x1b[31mred", "is neither auto nor host:port"),
    ],
)
def test_what_is_no_address_is_refused_before_anything_runs(
    text: str, said: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(BadInput) as error:
        checked_address(text)
    assert said in str(error.value)
    assert str(error.value).endswith(f"{HINT}.")
    assert main(["race", "noop", "--lanes", "ray", "--headless", f"--address={text}"]) == 2
    assert said in capsys.readouterr().err
    with pytest.raises(BadInput):
        race(len, ["a"], lanes=("ray",), address=text)


def test_a_port_that_nobody_listens_on():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            assert failed(f"{host}:{port}").startswith(
                f"No Ray cluster at {host}:{port}: Connection refused; {HINT}"
            )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 300, "-"])
def test_a_name_that_cannot_be_resolved(host: str):
    assert "can't be resolved" in failed(f"{host}:6379")


def test_a_name_that_is_looked_up_for_ever(monkeypatch: pytest.MonkeyPatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: [over.wait(60)] * 0)
    monkeypatch.setattr(ray_address, "RESOLVE_S", 0.05)
    assert "the name head can't be resolved (no answer)" in failed("head:6379")
    over.set()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "a web server answers there"),
        (b"HTTP/1.", "a web server answers there"),
        (b"<html>", "a web server answers there"),
        (b"-ERR unknown command 'PRI'\r\n", "something other than Ray answers there"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "something other than Ray answers there"),
        (b"220 mail.example ESMTP\r\n", "something other than Ray answers there"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "what listens there ends the connection"),
        (b"\x4a\0\0\0\x0a8.0.36\0", "something other than Ray answers there"),
        (b"\0" * 5000, "something other than Ray answers there"),
        (b"", "what listens there ends the connection"),
        (
            SETTINGS + bytes.fromhex("000008 07 00 00000000 00000000 00000001"),
            "something other than Ray answers there",
        ),
        (
            SETTINGS + bytes.fromhex("000004 03 00 00000001 00000001"),
            "something other than Ray answers there",
        ),
        (SETTINGS, "what listens there ends the connection"),
    ],
)
def test_what_answers_in_another_way_is_no_cluster(answer: bytes, said: str):
    def serve(stream: socket.socket) -> None:
        stream.recv(33)
        stream.sendall(answer)
        with suppress(OSError):  # the test is over
            stream.shutdown(socket.SHUT_WR)

    with serving(serve) as address:
        assert failed(address).startswith(f"No Ray cluster at {address}: {said}; {HINT}")


def test_another_grpc_service_is_no_cluster():
    status = b"\x00\x0bgrpc-status\x0212"
    with serving(grpc(headers(5, status))) as address:
        assert "another service of Ray's, or of gRPC, answers there" in failed(address)


def test_a_cluster_answers_whatever_comes_in_between():
    ping = bytes.fromhex("000008 06 00 00000000 0000000000000000")
    window = bytes.fromhex("000004 08 00 00000000 00000001")
    with serving(grpc(ping, window, headers(4, b"\x88"))) as address:
        reach(address)
        reach(address.replace("127.0.0.1", "localhost"))


def test_a_cluster_that_wants_a_token_says_so(monkeypatch: pytest.MonkeyPatch):
    status = b"\x00\x0bgrpc-status\x0216"
    with serving(grpc(headers(5, status))) as address:
        assert failed(address).startswith(
            f"The Ray cluster at {address} requires its token; put it in RAY_AUTH_TOKEN"
        )
        monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
        assert "doesn't take the token that is in RAY_AUTH_TOKEN" in failed(address)
    assert ray_address.joining()["RAY_AUTH_MODE"] == "token"
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert "RAY_AUTH_MODE" not in ray_address.joining()


def test_what_is_silent_is_given_up_in_the_end():
    assert ray_address.SILENT_S >= 60
    with serving(lambda stream: None) as address:
        assert failed(address, 0.3).startswith(f"{address} gave no answer for 0 s; {HINT}")
    with serving(grpc()) as address:
        assert "gave no answer" in failed(address, 0.3)
    with serving(lambda stream: stream.sendall(SETTINGS[:5])) as address:
        assert "gave no answer" in failed(address, 0.3)


def test_auto_looks_where_the_environment_says(monkeypatch: pytest.MonkeyPatch):
    reach("auto")
    monkeypatch.setenv("RAY_ADDRESS", "no-such-host.invalid:6379")
    assert "can't be resolved" in failed("auto")


def test_auto_is_tried_as_soon_as_ray_has_found_it():
    def nothing(address: str) -> str:
        raise ConnectionError("Could not find any running Ray instance.")

    cluster = Cluster(EngineOptions(address="auto"))
    for find, said in (
        (nothing, f"No Ray cluster is running on this machine (--address auto); {HINT}."),
        (
            lambda address: "127.0.0.1:1",
            f"No Ray cluster at 127.0.0.1:1: Connection refused; {HINT}.",
        ),
    ):
        services = SimpleNamespace(canonicalize_bootstrap_address_or_die=find)
        cluster.ray = SimpleNamespace(_private=SimpleNamespace(services=services))
        with pytest.raises(EngineFailed) as error:
            cluster._resolved("auto")
        assert str(error.value) == said


def test_a_silent_address_of_a_host_leaves_time_for_its_others(monkeypatch: pytest.MonkeyPatch):
    waited: list[float | None] = []

    class Stream(socket.socket):
        def connect(self, at: Any) -> None:
            if at[0] == "192.0.2.1":
                waited.append(self.gettimeout())
                raise TimeoutError
            super().connect(at)

    with serving(grpc(headers(5, b"grpc-status\x010"))) as address:
        host, port = address.split(":")
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", (at, int(port)))
            for at in ("192.0.2.1", host)
        ]
        monkeypatch.setattr(ray_address, "_resolved", lambda *_: found)
        monkeypatch.setattr(socket, "socket", Stream)
        reach(address)
    assert waited == [pytest.approx(30, abs=5)]


@pytest.mark.parametrize("word", ["1", "true", "True", "TRUE"])
def test_a_cluster_behind_tls_is_left_to_ray(word: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAY_USE_TLS", word)
    monkeypatch.setattr(ray_address, "_connected", lambda *_: pytest.fail("it can't be asked"))
    reach("127.0.0.1:1")
