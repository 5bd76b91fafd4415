"""The registry of engines: what those of other packages are listed as."""

import pytest

from workloads.core import engine_info, plugins
from workloads.core.engine_info import EngineInfo, engine_names, find_engine, load_added
from workloads.core.errors import BadInput

EXTRA = {
    "fibers": EngineInfo("fibers", "nowhere:Fibers", "fibers", letter="T", is_baseline=True),
    "rst": EngineInfo("rst", "nowhere:Rst", "all its letters are taken", letter="P"),
    "more": EngineInfo("more", "nowhere:More", "no letter of its own", color="mauve"),  # type: ignore[arg-type]
}


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that add these engines, and one that can't be imported."""
    points = [plugins.Added(name, "", "a-package", engine_info.GROUP) for name in (*EXTRA, "torn")]
    monkeypatch.setattr(plugins, "installed", lambda: tuple(points))
    monkeypatch.setattr(engine_info, "ENGINES", dict(engine_info.ENGINES))

    def resolve(point: plugins.Added, kind: type) -> EngineInfo:
        if point.name == "torn":
            raise BadInput("The plugin torn of a-package can't be imported: ImportError: no.")
        return EXTRA[point.name]

    monkeypatch.setattr(plugins, "load", resolve)


def test_a_letter_that_is_taken_gives_way_to_another_or_a_number():
    assert find_engine("fibers").letter == "F"
    assert find_engine("rst").letter == "1"
    assert find_engine("more").letter == "M"
    letters = [info.letter for info in engine_info.ENGINES.values()]
    assert len(set(letters)) == len(letters)


def test_an_engine_of_a_package_is_no_baseline_and_races_only_when_named():
    info = find_engine("fibers")
    assert (info.is_baseline, info.by_default) == (False, False)
    assert find_engine("more").color == "spare"


def test_one_that_cant_be_imported_is_named_and_the_others_are_there():
    assert load_added() == ["The plugin torn of a-package can't be imported: ImportError: no."]
    assert {"fibers", "rst", "more"} <= set(engine_info.ENGINES)
    assert "torn" in engine_names()
    assert "torn" not in engine_info.ENGINES


def test_an_unknown_engine_is_refused_with_the_names_that_there_are():
    with pytest.raises(BadInput, match=r"Unknown lane “fast”. Choose from serial, .*, torn"):
        find_engine("fast")
