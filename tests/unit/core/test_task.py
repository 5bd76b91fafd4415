"""Parameters: what a person may type, and the sentence that every nonsense gets."""

import math
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.builtin.pi import PI
from workloads.catalog import WORKLOADS, find
from workloads.core.errors import BadInput, plain
from workloads.core.task import Extra, Parameter, Value

SAMPLES = PI.parameter("samples")
KERNEL = PI.parameter("kernel")
SECONDS = find("sleep").parameter("seconds")


def refused(parameter: Parameter, text: str) -> str:
    """The sentence with which `text` is refused."""
    with pytest.raises(BadInput) as told:
        parameter.parse(text)
    sentence = str(told.value)
    assert sentence.startswith(parameter.name + " ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    "text",
    [
        "2000000",
        "2_000_000",
        "2,000,000",
        "2e6",
        "2E6",
        "2M",
        "2 M",
        "2000k",
        "2000K",
        "0.002G",
        " 2000000\n",
        "+2M",
    ],
)
def test_one_number_can_be_typed_in_many_ways(text: str):
    assert SAMPLES.parse(text) == 2_000_000
    assert type(SAMPLES.parse(text)) is int


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.001k", 1001), ("2.3M", 2_300_000), ("1.013M", 1_013_000), ("4.5e1", 45)],
)
def test_a_fraction_of_a_thousand_is_a_whole_number(text: str, number: int):
    assert SAMPLES.parse(text) == number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("1", 1.0),
        ("0.25", 0.25),
        (".5", 0.5),
        ("1.", 1.0),
        ("5e-1", 0.5),
        ("3.6k", 3600.0),
    ],
)
def test_a_number_with_a_fraction_stays_one(text: str, seconds: float):
    assert SECONDS.parse(text) == seconds
    assert type(SECONDS.parse(text)) is float


@pytest.mark.parametrize(
    "text", ["0", "-3", "-1e6", "10000000001", "1e30", "1e+30", "1" + "0" * 30, "9" * 400]
)
def test_what_lies_outside_the_limits_is_told_with_the_limits(text: str):
    assert "from 1 to 10,000,000,000" in refused(SAMPLES, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ten",
        "1.5",
        "0x10",
        "1e",
        "e6",
        "M",
        "1 000",
        "1__0",
        "1,,0",
        ",1",
        "1,",
        "--1",
        "1-",
        "2MM",
        "2T",
        "1e99999",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "1e400",
        "٣",
        "１２",
        "²",
        "1٠0",
        "True",
        "None",
        "[1]",
        "9" * 401,
    ],
)
def test_what_is_no_whole_number_is_told_so(text: str):
    assert refused(SAMPLES, text).startswith(
        "samples must be a whole number from 1 to 10,000,000,000; got “"
    )


@pytest.mark.parametrize("text", ["nan", "inf", "٣", "one", "", "1e400", "-0.1", "3600.001"])
def test_a_number_with_a_fraction_has_limits_too(text: str):
    assert "from 0 to 3,600" in refused(SECONDS, text)


@pytest.mark.parametrize("parameter", [SAMPLES, SECONDS, KERNEL])
def test_what_was_typed_is_echoed_without_control_characters(parameter: Parameter):
    sentence = refused(parameter, "\x1b[31m7\x07\x9b2J\u202e\nrm" + "x" * 1000)
    assert not [c for c in sentence if unicodedata.category(c) in ("Cc", "Cf")]
    assert "[31m7" in sentence
    assert len(sentence) < 200


@given(st.text(max_size=500))
def test_any_text_gives_a_value_within_the_limits_or_one_safe_sentence(text: str):
    for parameter in (SAMPLES, SECONDS, KERNEL):
        sentence = ""
        try:
            value = parameter.parse(text)
        except BadInput as error:
            sentence = str(error)
        if sentence:
            assert sentence.startswith(parameter.name)
            assert len(sentence) < 250
            assert not [c for c in sentence if unicodedata.category(c) == "Cc"]
        else:
            assert parameter.check(value) == value


@given(st.integers(1, 10**10))
def test_every_whole_number_in_the_limits_is_taken_exactly(number: int):
    for text in (f"{number}", f"{number:_}", f"{number:,}", f"+{number}"):
        assert SAMPLES.parse(text) == number


@given(st.integers())
def test_the_limits_are_inclusive(number: int):
    parameter = Parameter("n", 5, "", -3, 8)
    if -3 <= number <= 8:
        assert parameter.check(number) == number
    else:
        with pytest.raises(BadInput, match="from -3 to 8"):
            parameter.check(number)


@pytest.mark.parametrize("value", [1.0, 1.5, "1", True, None, [1], math.nan, math.inf])
def test_a_whole_number_is_an_int_and_nothing_else(value: object):
    with pytest.raises(BadInput):
        SAMPLES.check(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1", True, None, 10**400])
def test_a_number_is_finite(value: object):
    with pytest.raises(BadInput):
        SECONDS.check(value)


def test_a_whole_number_of_seconds_becomes_a_float():
    assert type(SECONDS.check(2)) is float


def test_choices_are_taken_as_they_are():
    assert KERNEL.parse(" numpy ") == "numpy"
    assert (
        refused(KERNEL, "fortran")
        == "kernel must be one of python, numpy, tutorial; got “fortran”."
    )
    with pytest.raises(BadInput):
        KERNEL.check(1)


# -- workloads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda w: w.name)
def test_defaults_and_presets_lie_within_their_own_limits(workload):
    defaults = workload.complete({})
    assert [*defaults] == [p.name for p in workload.parameters]
    assert workload.complete(defaults) == defaults
    for preset in workload.presets.values():
        assert workload.complete(preset()) == {**defaults, **preset()}


def test_what_was_given_goes_before_the_defaults():
    given_: dict[str, Value] = {"kernel": "numpy", "tasks": 3}
    assert PI.complete(given_) == {"tasks": 3, "samples": 3_000_000, "kernel": "numpy"}


def test_an_unknown_parameter_is_named_with_those_there_are():
    with pytest.raises(
        BadInput, match="pi has no parameter “sides”; it has tasks, samples, kernel"
    ):
        PI.complete({"sides": 2})


@pytest.mark.parametrize("bad", [{"tasks": 0}, {"tasks": "4"}, {"samples": 2.0}, {"kernel": 3}])
def test_bad_values_are_refused_where_params_come_from_elsewhere(bad):
    with pytest.raises(BadInput):
        PI.complete(bad)


def test_an_unknown_workload_is_named_with_those_there_are():
    with pytest.raises(
        BadInput, match=r"Unknown workload “\[31mtau”\. Choose from pi, images, sleep"
    ):
        find("\x1b[31mtau")


@given(st.text(), st.integers(1, 50))
def test_plain_text_is_one_short_line_without_control_characters(text: str, limit: int):
    line = plain(text, limit)
    assert len(line) <= limit
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")]
    if text.isalnum() and len(text) <= limit:
        assert line == text


# -- what has to be installed besides --------------------------------------------------------------


def test_a_workload_says_what_has_to_be_installed_and_how():
    extra = Extra(("json", "nosuchmodule", "neitherthisone"), "pip install 'thing[more]'")
    workload = replace(PI, name="mine", extra=extra)
    assert workload.missing() == (
        "mine needs nosuchmodule and neitherthisone. Install with: pip install 'thing[more]'"
    )
    assert not replace(PI, extra=Extra(("json",), "pip install json")).missing()
    assert not PI.missing()
