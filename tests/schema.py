"""The JSON Schema of what a run writes, as the package ships it."""

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

FILE = "report.schema.json"


@cache
def schema() -> dict[str, Any]:
    """The schema as the README tells a user to read it."""
    read: dict[str, Any] = json.loads(resources.files("tui.outputs").joinpath(FILE).read_text())
    return read


@cache
def _validator(part: str) -> Draft202012Validator:
    return Draft202012Validator({**schema(), "anyOf": [{"$ref": f"#/$defs/{part}"}]})


def check(data: Any, part: str) -> None:
    """Assert that JSON data is a valid "race", "sweep" or "call", with no key that isn't
    described.
    """
    errors = [f"{error.json_path}: {error.message}" for error in _validator(part).iter_errors(data)]
    assert not errors, errors
    if part == "sweep":
        lanes = {lane for point in data["points"] for lane in point["startup_s"]}
        described = {*schema()["$defs"]["point"]["properties"], *(f"{lane}_s" for lane in lanes)}
        for point in data["points"]:
            # A package's workload names what it estimates.
            assert len(point.keys() - described) <= ("error" in point and "pi" not in point)
