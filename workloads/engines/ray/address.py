"""The address of a running cluster: checked as text, then asked whether Ray's control service (GCS)
is there.

`ray.init` tries any address for 20 s and more, and then says little; what refuses, or speaks
another protocol, shows itself at once. A server that is silent may be a loaded cluster, and is
given a minute.
"""

import contextlib
import os
import re
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any

from workloads.core.errors import BadInput, EngineFailed, plain

SILENT_S = 60.0
"""So long an address may be silent before it is given up."""

RESOLVE_S = 4.0

CONNECT = "connect to"
"""The phase of a lane's start that takes as long as the address is silent begins so; the address
follows.
"""

HINT = (
    "give the address of the cluster's control service (GCS), host:6379 by default; 8265 is the "
    "dashboard's port and "
    "10001 the client's, and the nodes need the same Python and Ray versions as here"
)

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^\s:/\[\]@]+):([0-9]{1,5})")

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _GOAWAY = 0, 1, 3, 4, 7
_END_STREAM, _END_HEADERS = 1, 4
_METHOD = b"/ray.rpc.InternalKVGcsService/GetInternalConfig"
_UNIMPLEMENTED, _UNAUTHENTICATED = 12, 16

_LONGEST = 126  # bytes of a header whose length takes one byte
_OF_THE_WEB = (b"HTTP/", b"<")
_WEB, _OTHER = "a web server answers there", "something other than Ray answers there"


def checked_address(text: str) -> str:
    """The address as Ray takes it, `auto` or `host:port`. Raises BadInput, saying what to type, for
    anything else.
    """
    address = text.strip()
    if address == "auto":
        return address
    typed = plain(address, 60)
    scheme, sign, _ = address.partition("://")
    if sign:
        kind = {"ray": "the Ray client's", "http": "a web page's", "https": "a web page's"}.get(
            scheme.lower()
        )
        raise BadInput(f"--address “{typed}” is {kind or 'an unknown kind of'} address; {HINT}.")
    if not (match := _ADDRESS.fullmatch(address)):
        bare = re.fullmatch(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]", address)
        several = address.count(":") > 1 and re.fullmatch(r"[0-9A-Fa-f:.]+", address)
        if bare:
            raise BadInput(f"--address “{typed}” has no port, as in {typed}:6379;  {HINT}.")
        if several:
            raise BadInput(
                f"--address “{typed}”: put an IPv6 address in brackets, as in [::1]:6379; {HINT}."
            )
        raise BadInput(f"--address “{typed}” is neither auto nor host:port; {HINT}.")
    if not 1 <= int(match[2]) <= 65535:
        raise BadInput(f"--address “{typed}”: a port is a number from 1 to 65,535; {HINT}.")
    return address


def reach(address: str, silent_s: float = SILENT_S) -> None:
    """Returns once a GCS answers at the address.

    Raises EngineFailed within 5 s where the name can't be resolved, nobody listens or something
    else answers, and after `silent_s` where nothing does. `auto` is left to Ray, unless RAY_ADDRESS
    says where that is.
    """
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", "")
    match = _ADDRESS.fullmatch(address)
    if not match or os.environ.get("RAY_USE_TLS", "").lower() in ("1", "true"):
        return
    deadline = time.monotonic() + silent_s
    where = plain(address, 80)
    try:
        with _connected(match[1].strip("[]"), int(match[2]), deadline) as stream:
            status = _asked(stream, address, deadline)
    except _Wrong as wrong:
        raise EngineFailed(f"No Ray cluster at {where}: {wrong}; {HINT}.") from None
    except TimeoutError:
        raise EngineFailed(f"{where} gave no answer for {silent_s:.0f} s; {HINT}.") from None
    except OSError as error:
        raise EngineFailed(
            f"No Ray cluster at {where}: {error.strerror or error}; {HINT}."
        ) from None
    if status == _UNIMPLEMENTED:
        raise EngineFailed(
            f"No Ray cluster at {where}: another service of Ray's, or of gRPC, answers "
            f"there; {HINT}."
        )
    if status == _UNAUTHENTICATED:
        wants = "doesn't take the token that is" if _token() else "requires its token; put it"
        raise EngineFailed(
            f"The Ray cluster at {where} {wants} in RAY_AUTH_TOKEN or the file ~/.ray/auth_token."
        )


def _token() -> str:
    """The user's token for a cluster, found as Ray finds it; empty if there is none."""
    if os.environ.get("RAY_AUTH_MODE") == "disabled":
        return ""
    path = os.environ.get("RAY_AUTH_TOKEN_PATH") or os.path.expanduser("~/.ray/auth_token")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return os.environ.get("RAY_AUTH_TOKEN", "").strip() or Path(path).read_text().strip()
    return ""


def joining() -> dict[str, str]:
    """Settings of Ray for a cluster that is joined."""
    # Ray's limits for a cluster that answers late mustn't be less than ours.
    limits = ("RAY_gcs_rpc_server_connect_timeout_s", "RAY_gcs_server_request_timeout_seconds")
    settings = dict.fromkeys((*limits, "RAY_py_gcs_connect_timeout_s"), f"{SILENT_S:.0f}")
    if _token() and "RAY_AUTH_MODE" not in os.environ:
        settings["RAY_AUTH_MODE"] = "token"
    return settings


class _Wrong(Exception):
    """The reason why what answers is no GCS."""


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """A connection to the first address of the host that has one. Raises OSError, _Wrong.

    Each has an equal part of the time that is left: one that is silent leaves some to those after
    it.
    """
    failed: OSError = OSError("it has no address")
    addresses = _resolved(host, port)
    for place, (family, kind, protocol, _, at) in enumerate(addresses):
        stream = socket.socket(family, kind, protocol)
        try:
            stream.settimeout(_left(deadline) / (len(addresses) - place))
            stream.connect(at)
            return stream
        except OSError as error:
            stream.close()
            failed = error
    raise failed


def _resolved(host: str, port: int) -> list[Any]:
    """The host's addresses; the system may look for them for longer than anybody waits. Raises
    _Wrong.
    """
    addresses: list[Any] = []
    why = "no answer"

    def resolve() -> None:
        nonlocal why
        try:
            addresses.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "it is not a host name"

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(RESOLVE_S)
    if not addresses:
        raise _Wrong(f"the name {plain(host, 60)} can't be resolved ({why})")
    return addresses


def _left(deadline: float) -> float:
    """Seconds up to the deadline. Raises TimeoutError when it is over."""
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _asked(stream: socket.socket, authority: str, deadline: float) -> int | None:
    """Ask for a GCS's health by gRPC; returns the status if the call failed at once. Raises _Wrong,
    OSError.
    """
    stream.settimeout(_left(deadline))
    stream.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b""))
    kind, _, length = _header(stream, deadline, first=True)
    _received(stream, length, deadline)
    stream.sendall(
        _frame(_SETTINGS, 1, 0, b"")
        + _frame(_HEADERS, _END_HEADERS, 1, _request(authority.encode()))
        + _frame(_DATA, _END_STREAM, 1, bytes(5))
    )
    while True:
        kind, flags, length = _header(stream, deadline)
        body = _received(stream, length, deadline)
        if kind in (_RST_STREAM, _GOAWAY):
            raise _Wrong(_OTHER)
        if kind == _HEADERS:
            status = re.search(rb"grpc-status.(\d+)", body, re.DOTALL)
            if flags & _END_STREAM and status:
                return int(status[1])
            return None


def _header(stream: socket.socket, deadline: float, first: bool = False) -> tuple[int, int, int]:
    """The next frame's kind, flags and length; the first one of an HTTP/2 server tells its
    settings.
    """
    head = _received(stream, 9, deadline)
    length, kind, flags = int.from_bytes(head[:3]), head[3], head[4]
    if length > 1 << 14 or (first and kind != _SETTINGS):
        raise _Wrong(_WEB if head.startswith(_OF_THE_WEB) else _OTHER)
    return kind, flags, length


def _received(stream: socket.socket, count: int, deadline: float) -> bytes:
    data = b""
    while len(data) < count:
        stream.settimeout(_left(deadline))
        try:
            part = stream.recv(count - len(data))
        except ConnectionResetError:
            part = b""
        if not part:
            raise _Wrong(
                _WEB if data.startswith(_OF_THE_WEB) else "what listens there ends the connection"
            )
        data += part
    return data


def _frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body


def _request(authority: bytes) -> bytes:
    """The headers of the call, by HPACK (RFC 7541) without its compression."""

    def text(value: bytes) -> bytes:
        return bytes([len(value)]) + value

    token = b"Bearer " + _token().encode()
    return (
        b"\x83\x86"  # :method POST, :scheme http
        + (b"\x04" + text(_METHOD))
        + (b"\x01" + text(authority[:_LONGEST]))
        + (b"\x0f\x10" + text(b"application/grpc"))
        + (b"\x00" + text(b"te") + text(b"trailers"))
        + (b"\x00" + text(b"authorization") + text(token) if 7 < len(token) <= _LONGEST else b"")
    )
