"""The built package, and a virtual environment that has it installed but neither torch nor
torchvision.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LEFT_OUT = (
    *("torch", "torchvision", "functorch", "torchgen", "nvidia", "triton"),
    *("raytasks_tui", "tui", "workloads"),
)
"""What a plain `pip install raytasks-tui` doesn't bring, and our own packages, were they here."""


def uv(*arguments: object) -> None:
    """Run uv, which the tests themselves were started with."""
    subprocess.run([os.environ.get("UV", "uv"), *map(str, arguments)], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the built wheel and sdist; the wheel is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "-q", "-o", folder)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def light(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a virtual environment with the wheel and what a plain installation brings.

    The dependencies are links to those that the tests run with: Ray alone takes 200 MB.
    """
    folder = tmp_path_factory.mktemp("light")
    uv("venv", "-q", "--python", sys.executable, folder)
    site = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        left_out = path.suffix == ".pth" or path.name.startswith(("_", *LEFT_OUT))
        if not left_out and not (site / path.name).exists():
            (site / path.name).symlink_to(path)
    uv("pip", "install", "-q", "--no-deps", "--python", folder, wheel)
    return folder / "bin"
