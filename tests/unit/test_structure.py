"""The rooms of `workloads`: few, and each imports only from those below it."""

from tests import structure


def test_the_rooms_are_few_and_no_arrow_points_upward():
    assert len(structure.rooms("workloads")) <= 15
    assert len(structure.arrows("workloads")) <= 50
    assert structure.upward("workloads") == []
    assert set(structure.levels()) == structure.rooms("workloads")


def test_a_name_stands_for_one_class():
    assert structure.repeated_classes() == {}


def test_the_script_prints_the_figures(capsys):
    structure.main()
    text = capsys.readouterr().out
    assert "upward: none" in text
    assert "longest function" in text
    assert "longest module" in text
    assert "classes that share a name" in text
