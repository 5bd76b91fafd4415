"""Where the program keeps pictures between runs: those it paints, and those it fetches."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Below the user's cache, or the folder that the environment variable RAYTASKS_CACHE names."""
    given = os.environ.get("RAYTASKS_CACHE")
    return Path(given).absolute() if given else platformdirs.user_cache_path("raytasks-tui")
