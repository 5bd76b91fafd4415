"""JSON text as lines that can be read."""

import json
from typing import Any


def pretty(outcome: str, room: int = 36) -> list[str]:
    """JSON text as lines, a part that takes at most `room` characters on one; text that isn't JSON
    as it is.
    """
    try:
        return _pretty(json.loads(outcome), room)
    except (ValueError, RecursionError):
        return [outcome]


def _pretty(value: Any, room: int) -> list[str]:
    whole = json.dumps(value, ensure_ascii=False)
    if len(whole) <= room or not isinstance(value, dict | list) or not value:
        return [whole]
    opening, closing, parts = "[", "]", [("", part) for part in value]
    if isinstance(value, dict):
        opening, closing = "{", "}"
        names = [json.dumps(name, ensure_ascii=False) for name in value]
        parts = [(f"{name}: ", part) for name, part in zip(names, value.values(), strict=True)]
    lines = []
    for name, part in parts:
        first, *rest = _pretty(part, max(room - 2, 12))
        lines.append(f"  {name}{first}")
        lines += [f"  {line}" for line in rest]
        lines[-1] += ","
    lines[-1] = lines[-1].removesuffix(",")
    return [opening, *lines, closing]
