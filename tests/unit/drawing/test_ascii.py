"""Words on streams whose encoding lacks characters: a pipe in ASCII or Latin-1 must cost
no result.
"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.drawing.ascii import never_fail, to_ascii

ENCODINGS = ("ascii", "latin-1", "cp1252")


def printed(encoding: str, *arguments: str) -> tuple[int, str, str]:
    """The program's exit status and what it writes to pipes in that encoding."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    code = "import sys; from tui.cli.entry import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True
    )
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_lists_are_printed_in_any_encoding(encoding: str):
    for arguments in (["workloads"], ["race", "pi", "--help"]):
        status, out, err = printed(encoding, *arguments)
        assert (status, err) == (0, "")
        assert "pi" in out


def test_results_and_verdict_outlive_a_pipe_in_ascii(tmp_path: Path):
    json_to, out_to = tmp_path / "race.json", tmp_path / "out.jsonl"
    race = ["race", "noop", "--tasks", "3", "--lanes", "serial,threads", "--headless"]
    status, out, err = printed("ascii", *race, "--json", str(json_to), "--out", str(out_to))
    assert (status, err) == (0, "")
    assert "Threads finished 3 tasks" in out
    assert "Traceback" not in out
    assert json.loads(json_to.read_text())["lanes"]
    assert len(out_to.read_text().splitlines()) == 3


def test_a_sentence_names_a_file_exactly(tmp_path: Path):
    status, out, err = printed("ascii", "replay", str(tmp_path / "nö×.jsonl"))
    assert (status, out) == (2, "")
    assert "n\\xf6x.jsonl can't be read" in err


def test_a_stream_takes_every_character():
    for encoding in (*ENCODINGS, "utf-8", "utf-16", "cp437"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        never_fail(stream, None, io.StringIO())
        print("1.9× – 3 µs “…” √2 \udc80 漢 🎉 \0", file=stream, flush=True)
        written = stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
        assert "\\udc80" in written
        assert "1.9" in written


def test_words_in_ascii():
    assert to_ascii("1.9× – 3 µs … √2 R² café π≈3") == "1.9x - 3 us ... sqrt2 R^2 cafe pi~3"
    assert to_ascii("漢") == "?"


def test_a_function_prints_what_it_likes_in_every_lane(tmp_path: Path):
    (tmp_path / "printing.py").write_text(
        "def show(n):\n    print('π ≈ 3', '\\udc80')\n    return n\n"
    )
    race = ["race", f"{tmp_path}/printing.py:show", "--inputs", "range:3", "--headless"]
    status, out, err = printed("ascii", *race, "--lanes", "serial,threads,processes")
    assert (status, err) == (0, "")
    assert "3 tasks" in out
