"""Nothing that a visitor wrote acts on the terminal of the person who looks at it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.interfaces.cli.terminal import on_lines, on_one_line

HARMFUL = "\x1b]0;mine\x07\x1b[2J\x9b31m\x7f\u202e\u2066\r"


def acts(text: str) -> bool:
    return any(unicodedata.category(sign) in {"Cc", "Cf"} for sign in text.replace("\n", ""))


@given(st.text())
def test_whatever_is_printed_is_printable(text):
    assert on_one_line(text).isprintable()
    assert not acts(on_lines(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\xa0"), max_size=50))
def test_text_is_printed_as_it_is(text):
    assert on_one_line(text) == (text if text.isprintable() else on_one_line(text))
    assert on_one_line("Việc Làm, Đăng ký") == "Việc Làm, Đăng ký"


@pytest.mark.parametrize("command", [["list"], ["show", "--reveal"]])
def test_dead_letters_do_not_act_on_the_terminal(run, tmp_path, command):
    """Neither by what they hold nor by the name of their file."""
    file = tmp_path / f"a{HARMFUL}.jsonl"
    file.write_bytes(b'{"uid": "' + HARMFUL.replace("\r", "").encode() + b"\n")
    run("ingest", file)
    (letter,) = run("dead-letters", "list", "--json").lines
    ids = [letter["id"]] if command[0] == "show" else []
    shown = run("dead-letters", *command, *ids).out
    assert not acts(shown)
    assert "\\x1b]0;mine" in shown


def test_errors_do_not_act_on_the_terminal(run, tmp_path):
    refused = run("ingest", tmp_path / f"missing{HARMFUL}", code=1)
    assert not acts(refused.err)
    assert refused.err.count("\n") == 1
