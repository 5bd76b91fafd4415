"""Words for terminals, pipes and files that can't show every character."""

import codecs
import io
import sys
import unicodedata
from typing import IO

_PLAIN = str.maketrans(
    {
        "×": "x",
        "−": "-",
        "–": "-",
        "—": "-",
        "±": "+-",
        "π": "pi",
        "≈": "~",
        "…": "...",
        "·": "-",
        "✗": "x",
        "✔": "v",
        "■": "#",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "←": "<-",
        "→": "->",
        "↑": "^",
        "↓": "v",
        "◀": "<",
        "▶": ">",
        "┊": ":",
        "●": "*",
        "○": "o",
        "░": ".",
        "↺": "<<",
        "‖": "||",
        "•": "*",
        "µ": "u",
        "μ": "u",
        "√": "sqrt",
        "²": "^2",
        "³": "^3",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "∞": "inf",
        "⁻": "-",
        "σ": "sigma",
        "κ": "kappa",
        "λ": "lambda",
        "Δ": "delta",
    }
)

ERRORS = "raytasks.words"
"""The name of the codec error handler that writes words or escapes for what an encoding doesn't
have.
"""


def to_ascii(content: str) -> str:
    """The same words for a terminal that shows nothing but ASCII; what it can't show
    becomes `?`.
    """
    if content.isascii():
        return content
    words = content.translate(_PLAIN)
    # ² is 2, é is e, ﬁ is fi: a letter without its marks says more than a question mark.
    parts = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return parts.encode("ascii", "replace").decode()


def _in_words(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # A letter of a file's name stays exact: ö is \\xf6, not o.
    words = error.object[error.start : error.end].translate(_PLAIN)
    return words.encode("ascii", "backslashreplace").decode(), error.end


def never_fail(*streams: IO[str] | None) -> None:
    """Have text streams write whatever they are given: × as x, or an escape, where their encoding
    lacks it.

    Otherwise a × printed to a pipe in ASCII raises UnicodeEncodeError. What isn't a file's stream
    is left alone.
    """
    codecs.register_error(ERRORS, _in_words)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def draws_unicode() -> bool:
    """True if what is written to the terminal is encoded in UTF-8, which a screen with more than
    ASCII needs.
    """
    # Textual writes to the standard error that Python opened.
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False
