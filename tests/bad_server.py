"""A web server on 127.0.0.1 that misbehaves as its script says; the tests of downloads
talk to it.
"""

import contextlib
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PATIENCE_S = 120.0
"""Against hanging for ever; nothing depends on how fast anything is."""

CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/FW4MPTPlvO3Br0b
OfPiznhdn2V5CVnEqyHCZia4sQ+hRANCAAS6LbaoJj8jdGJ7kOJjFMivW4BtIk3w
rZKeHNLrFsYIW3GfSJRXDFu67c3mvryCCGVkwuhrG/0yognmoKUTfPmG
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBjTCCATSgAwIBAgICB8EwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJMTI3LjAu
MC4xMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAUMRIwEAYDVQQD
DAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS6LbaoJj8jdGJ7
kOJjFMivW4BtIk3wrZKeHNLrFsYIW3GfSJRXDFu67c3mvryCCGVkwuhrG/0yognm
oKUTfPmGo3QwcjAPBgNVHREECDAGhwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wDgYD
VR0PAQH/BAQDAgKEMB0GA1UdDgQWBBSJQJ7MP3eNLUK1y55R/PzYU5+BojAfBgNV
HSMEGDAWgBSJQJ7MP3eNLUK1y55R/PzYU5+BojAKBggqhkjOPQQDAgNHADBEAiA6
dnDhoJi6xDY5lju5eExAQcrTuduQyPdc9z5PM363+QIgOWPbxe6fUxhI9htvlcl0
JI+j0SzenuxTyHmaPycBeCw=
-----END CERTIFICATE-----
"""
"""A certificate for 127.0.0.1 that nobody trusts, and its key, which is good for nothing else."""


@dataclass(frozen=True)
class Visit:
    """One request: what was asked for, the connection to answer on, and the server's end."""

    target: str
    headers: dict[str, str]
    connection: socket.socket
    closing: threading.Event


Behaviour = Callable[[Visit], None]


class BadServer(socketserver.ThreadingTCPServer):
    """Answers each path by its script: one behaviour a request, the last one for all
    further ones.
    """

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.closing = threading.Event()
        self.visits: list[Visit] = []
        self.greeting: Behaviour | None = None
        self._scripts: dict[str, list[Behaviour]] = {}
        self._lock = threading.Lock()
        self._scheme = "https" if tls else "http"
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
                file.write(CERTIFICATE)
                file.flush()
                self._context.load_cert_chain(file.name)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def on(self, path: str, *script: Behaviour, user: str = "") -> str:
        """Script this path; its URL."""
        self._scripts[path] = list(script)
        return f"{self._scheme}://{user}127.0.0.1:{self.server_address[1]}{path}"

    def hits(self, path: str) -> int:
        """How often the path was asked for."""
        return sum(visit.target == path for visit in self.visits)

    def close(self) -> None:
        """End every connection that a behaviour still holds, and the server."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """The clients of this server leave when they please."""

    def attend(self, connection: socket.socket) -> None:
        """Serve one connection."""
        if self.greeting:
            self.greeting(Visit("", {}, connection, self.closing))
            return
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with contextlib.closing(connection), connection.makefile("rb") as lines:
            target = lines.readline().decode("latin-1").split(" ")[1]
            headers = {}
            while (line := lines.readline().decode("latin-1").strip()) != "":
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            visit = Visit(target, headers, connection, self.closing)
            with self._lock:
                self.visits.append(visit)
                script = self._scripts.get(target, [answer(b"", 418)])
                behaviour = script.pop(0) if len(script) > 1 else script[0]
            behaviour(visit)


class _Handler(socketserver.BaseRequestHandler):
    server: BadServer

    def handle(self) -> None:
        self.server.attend(self.request)


def head(status: int, *lines: str) -> bytes:
    """The head of an answer; the connection ends with it."""
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", "Connection: close", *lines, "", ""]).encode(
        "latin-1"
    )


def answer(
    body: bytes = b"", status: int = 200, *lines: str, length: int | None = None
) -> Behaviour:
    """A body with its Content-Length, or with the one given."""
    return raw(
        head(status, f"Content-Length: {len(body) if length is None else length}", *lines) + body
    )


def unframed(body: bytes) -> Behaviour:
    """A body that ends where the connection does."""
    return raw(head(200) + body)


def redirect(location: str, status: int = 302) -> Behaviour:
    """To somewhere else."""
    return answer(b"", status, f"Location: {location}")


def raw(data: bytes) -> Behaviour:
    """These bytes, and the end."""
    return lambda visit: visit.connection.sendall(data)


def reset(visit: Visit) -> None:
    """The connection is torn down, not closed."""
    visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    visit.connection.close()


def silence(visit: Visit) -> None:
    """Nothing, for as long as the server lives."""
    visit.closing.wait(PATIENCE_S)


def without_end(start: bytes, more: bytes) -> Behaviour:
    """The start, and then more and more, as fast as it is taken."""

    def behave(visit: Visit) -> None:
        visit.connection.sendall(start)
        while not visit.closing.is_set():
            visit.connection.sendall(more)

    return behave


def dripping(start: bytes, drop: bytes = b"x") -> Behaviour:
    """The start, and then one drop after the other, for ever."""

    def behave(visit: Visit) -> None:
        visit.connection.sendall(start)
        while not visit.closing.wait(0.01):
            visit.connection.sendall(drop)

    return behave


@contextlib.contextmanager
def serving(tls: bool = False) -> Iterator[BadServer]:
    """A server for as long as the block lasts."""
    server = BadServer(tls)
    try:
        yield server
    finally:
        server.close()
