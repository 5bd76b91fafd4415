"""HTTP requests for images: redirects, proxies, and a sentence for each failure.

Built on urllib3, not on requests. As measured with requests 2.34: it encodes the password of a URL
or proxy as Latin-1, so that “€” raises UnicodeEncodeError; it sends passwords from `.netrc`; and
its retries end with the response's head, while ours also cover a body that breaks off or isn't a
complete image.
"""

import base64
import contextlib
import ssl
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import unquote_to_bytes, urljoin

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, Timeout
from urllib3 import exceptions as http
from urllib3.util import Url, parse_url

from workloads.builtin.images.addresses import on_the_web
from workloads.core.errors import plain


class DownloadFailed(Exception):
    """The reason an attempt failed; `again` if another may do better, after `pause` seconds if
    the server said.
    """

    def __init__(self, reason: str, again: bool = False, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.again, self.pause = reason, again, pause


@contextlib.contextmanager
def answer(
    url: str, redirects: int, connect_s: float, silence_s: float
) -> Iterator[BaseHTTPResponse]:
    """Return the server's response, its body unread, after at most so many redirects.

    A connection may take `connect_s` seconds, each wait for data `silence_s`. Raises
    DownloadFailed.
    """
    secret, origin = None, None
    for _ in range(redirects + 1):
        if not on_the_web(url):
            raise DownloadFailed("it is redirected to an address that isn't http or https")
        parts = parse_url(url)
        here = (parts.scheme, parts.host, parts.port)
        # Credentials go to the server that they were given for, and to no other that it names.
        if here != origin:
            secret = None
        secret, origin = parts.auth or secret, here
        headers = {"User-Agent": "raytasks-tui", "Accept-Encoding": "identity"}
        if secret:
            headers["Authorization"] = _basic(secret)
        try:
            with (
                _pool(parts) as pool,
                contextlib.closing(
                    pool.request(
                        "GET",
                        parts._replace(auth=None, fragment=None).url,
                        headers=headers,
                        redirect=False,
                        timeout=Timeout(connect=connect_s, read=silence_s),
                        retries=False,
                        preload_content=False,
                    )
                ) as response,
            ):
                location = response.get_redirect_location()
                if not location:
                    yield response
                    return
        except http.HTTPError as error:
            raise _broken(error, plain(parts.host, 80), connect_s, silence_s) from None
        with contextlib.suppress(ValueError):
            url = urljoin(url, location)
    raise DownloadFailed(f"it is redirected more than {redirects} times")


def _pool(parts: Url) -> PoolManager:
    """Connections to this URL, by way of the proxy that the environment names for it."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme or "") or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(parts.host or ""):
        return PoolManager()
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    headers = {}
    if auth := parse_url(proxy).auth:
        headers["Proxy-Authorization"] = _basic(auth)
    return ProxyManager(proxy, proxy_headers=headers)


def _basic(secret: str) -> str:
    """The header for a user and password as they stand in a URL; in UTF-8, as RFC 7617 has it."""
    return "Basic " + base64.b64encode(unquote_to_bytes(secret)).decode()


def refusal(response: BaseHTTPResponse) -> DownloadFailed:
    """Return the meaning of a status other than 200; the server's own text for it isn't shown."""
    status, pause, words = response.status, None, ""
    with contextlib.suppress(ValueError):
        words = f" {HTTPStatus(status).phrase}"
    with contextlib.suppress(http.HTTPError, ValueError, OverflowError):
        pause = Retry().get_retry_after(response)
    return DownloadFailed(
        f"the server replied {status}{words}", again=status == 429 or status >= 500, pause=pause
    )


def _broken(error: http.HTTPError, host: str, connect_s: float, silence_s: float) -> DownloadFailed:
    """Return the meaning of an error of the connection to `host`."""
    why, again = f"the connection to {host} broke", True
    match error:
        case http.ProxyError() | http.ProxySchemeUnknown():
            why = "the proxy can't be used"
        case http.NameResolutionError():
            why = f"the name {host} can't be resolved; check the network connection"
        case http.NewConnectionError(__cause__=OSError(strerror=str(words))):
            why = f"{host} can't be reached: {words}"
        case http.ConnectTimeoutError():
            why = f"{host} didn't answer within {connect_s:g} s"
        case http.ReadTimeoutError():
            why = f"{host} sent nothing for {silence_s:g} s"
        case http.SSLError(args=[ssl.SSLCertVerificationError(verify_message=words)]):
            why, again = f"the certificate of {host} can't be trusted: {plain(words, 200)}", False
    return DownloadFailed(why, again)
