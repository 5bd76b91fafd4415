"""The ways in which Ray picks the node of a task: its scheduling strategies."""

from typing import Literal

from workloads.core.task import Parameter

Strategy = Literal["default", "spread"]
"""Ray's own names, in small letters: by default it fills a node before it takes another; spread
places tasks evenly.
"""

STRATEGY = Parameter(
    "strategy", "default", "how Ray picks the node of a task", choices=("default", "spread")
)
"""The strategy as a setting."""
