"""The documentation is true: programs run, commands exist, links lead somewhere, tables are complete."""

import doctest
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import attrs
import click
import pytest

from admetrics.adapters.cassandra import url as cassandra
from admetrics.adapters.kafka import url as kafka
from admetrics.bootstrap.registry import adapters_of, scheme
from admetrics.configuration import Settings, settings
from admetrics.domain import errors
from admetrics.interfaces.cli.main import admetrics
from tests.command_line import runner
from tests.markdown import PAGES, REPOSITORY, Block, Page, plain

README = Page(REPOSITORY / "README.md")
OPERATIONS = Page(REPOSITORY / "docs" / "operations.md")
ARCHITECTURE = Page(REPOSITORY / "docs" / "architecture.md")
SOURCES = REPOSITORY / "src" / "admetrics"

_each_page = pytest.mark.parametrize("page", PAGES, ids=str)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Stand in a folder that has the repository's sample records, as a reader does."""
    (tmp_path / "tests").symlink_to(REPOSITORY / "tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def same(expected: str, found: str) -> bool:
    """Compare what was printed; `...` stands for anything."""
    return doctest.OutputChecker().check_output(expected, found, doctest.ELLIPSIS)


# Python


def is_test(page: Page) -> bool:
    """Return whether the programs of a page are tests, which pytest runs."""
    return any("def test_" in block.text or "class Test" in block.text for block in page.blocks)


def programs(page: Page) -> list[Block]:
    return [block for block in page.blocks if block.language == "python"]


PAGES_WITH_PROGRAMS = [page for page in PAGES if programs(page)]


@pytest.mark.parametrize("page", [page for page in PAGES_WITH_PROGRAMS if not is_test(page)], ids=str)
def test_the_programs_of_a_page_run_and_print_what_it_says(page, capsys):
    names: dict[str, object] = {"__name__": "__main__"}
    printed: tuple[Block, str] | None = None
    for block in page.blocks:
        if block.language == "python":
            exec(compile("\n" * block.line + block.text, str(page), "exec"), names)
            printed = block, capsys.readouterr().out
        elif block.language == "text" and block.follows and printed:
            assert same(block.text, printed[1]), f"{printed[0]} printed:\n{printed[1]}"
            printed = None


@pytest.mark.parametrize("page", [page for page in PAGES_WITH_PROGRAMS if is_test(page)], ids=str)
def test_the_tests_of_a_page_pass(page, tmp_path):
    """Its programs are one test module."""
    module = tmp_path / "test_page.py"
    module.write_text("\n\n".join(block.text for block in programs(page)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


# Commands


def shell_lines(page: Page) -> Iterator[str]:
    """Return every line of a block that calls the command line, continued lines joined."""
    for block in page.blocks:
        if block.language in {"python", "py", "json", "mermaid"}:
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            if match := re.search(r"(?:^|[\s=/&|])(admetrics (?:-|[a-z]).*)", line):
                yield match[1]


def words_of(line: str) -> list[str]:
    """Return the words behind `admetrics`, up to the first operator of the shell; what the shell fills in is a date."""
    lexer = shlex.shlex(re.sub(r"\$\([^)]*\)|\$\w+", "2026-03-01", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(takewhile(lambda word: not set(word) <= set("|&;<>"), lexer))[1:]


def command_named(words: Sequence[str]) -> tuple[click.Command, Sequence[str]]:
    """Return the command, and the words that are its arguments."""
    command: click.Command = admetrics
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.get_params(click.Context(command)) for name in parameter.opts}


@_each_page
def test_every_command_in_a_block_is_one_that_the_command_line_accepts(page):
    for line in shell_lines(page):
        command, words = command_named(words_of(line))
        if isinstance(command, click.Group):
            assert set(words) <= options_of(command), line
        else:
            command.make_context(command.name, list(words))  # parses, and runs nothing


@_each_page
def test_every_command_in_the_text_exists_with_the_options_that_are_named(page):
    for code in page.code:
        if code.startswith("admetrics "):
            command, words = command_named(code.split()[1:])
            options = {word for word in words if word.startswith("-")}
            assert options <= options_of(command), code


@_each_page
def test_what_a_console_shows_is_what_the_commands_print(page, monkeypatch):
    run = runner(monkeypatch, Path("admetrics-data"))
    for block in page.blocks:
        if block.language == "console":
            for entry in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                line, _, expected = entry.partition("\n")
                outcome = run(*shlex.split(line)[1:], code=None)
                found = outcome.out + outcome.err
                assert same(expected, found), f"{block}: {line} printed:\n{found}"


def all_commands(group: click.Group = admetrics, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_the_overview_has_all_commands():
    found = [re.sub(r" (?:--|[A-Z\[]).*", "", plain(row[0])) for row in README.table("Command line")]
    assert sorted(found) == sorted(all_commands())


def test_the_options_that_all_commands_have_are_there():
    common = set.intersection(*(options_of(command_named(name.split())[0]) for name in all_commands()))
    section = README.text.partition("## Command line")[2].partition("\n## ")[0]
    assert {name for name in common if name.startswith("--") and f"`{name}" not in section} == set()


# Installation and settings


def test_the_extras_are_all_there():
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    assert [plain(row[0]) for row in README.table("Installation")] == list(extras)


def test_the_settings_are_all_there_with_their_defaults():
    found = {plain(name): plain(default) for name, default, _ in README.table("Configuration")}
    assert list(found) == [field.name for field in attrs.fields(Settings)]
    given = {name: default for name, default in found.items() if default != "none"}
    assert settings(environment={}, options=given) == Settings()
    assert not any(getattr(Settings(), name) for name in found.keys() - given.keys())


def test_the_urls_are_those_that_choose_an_adapter():
    parts = ("source", "lake", "bus", "warehouse", "checkpoints", "dead_letters")
    found = {(name, scheme(plain(row[1]))) for row in README.table("URLs") for name in names_in(row[0])}
    assert found == {(part, scheme(each.form)) for part in parts for each in adapters_of(part)}


@pytest.mark.parametrize(
    "heading,parse,known",
    [
        ("Kafka", lambda query: kafka.KafkaUrl.parse(f"kafka://host/topic{query}"), kafka._READ),
        (
            "Cassandra",
            lambda query: cassandra.CassandraUrl.parse(f"cassandra://host/keyspace{query}"),
            cassandra._PARAMETERS,
        ),
    ],
    ids=["Kafka", "Cassandra"],
)
def test_the_parameters_of_the_urls_are_all_there_with_their_defaults(heading, parse, known):
    rows = OPERATIONS.table(heading)
    assert {name for row in rows for name in names_in(row[0])} == set(known)
    given = [f"{plain(row[0])}={plain(row[1])}" for row in rows if re.fullmatch("`[^`]+`", row[1])]
    assert parse(f"?{'&'.join(given)}") == parse("")


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_example_of_a_configuration_file_is_read(tmp_path):
    examples = [block for page in PAGES for block in page.blocks if block.language == "toml"]
    assert examples
    for block in examples:
        file = tmp_path / "example.toml"
        file.write_text(block.text, encoding="utf-8")
        settings(file=file, environment={})


# Links and names


def test_the_files_of_positions_are_called_so():
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("adapters/*/*.py"))
    named = {code for page in PAGES for code in page.code if code.startswith("positions")}
    assert named
    assert all(f'"{name}"' in source for name in named)


@_each_page
def test_every_link_leads_to_a_file_and_a_heading(page):
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = Page((page.path.parent / path).resolve()) if path else page
        assert target.path.exists(), f"{page}: {link}"
        assert not anchor or anchor in target.anchors, f"{page}: {link}"


ROOMS = {path.name for folder in (REPOSITORY, SOURCES) for path in folder.iterdir() if path.is_dir()}


def test_the_dags_are_all_there():
    named = {code for code in OPERATIONS.code if re.fullmatch(r"admetrics_\w+", code)}
    assert named == {path.stem for path in (REPOSITORY / "airflow_dags").glob("admetrics_*.py")}


@_each_page
def test_every_file_that_is_named_exists(page):
    for code in page.code:
        if "/" in code and code.partition("/")[0] in ROOMS and re.fullmatch(r"[\w./*-]+", code) and "acme" not in code:
            assert list(SOURCES.glob(code)) or list(REPOSITORY.glob(code)), f"{page}: {code}"


def test_every_decision_is_listed_once_under_its_title():
    folder = REPOSITORY / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(numbers) == len(set(numbers))
    for page in pages:
        title = page.read_text(encoding="utf-8").partition("\n")[0]
        assert f"| [{page.name[:4]}]({page.name}) | {title.removeprefix(f'# {page.name[:4]} ')} |" in index, page.name


def test_the_error_tree_is_that_of_the_code():
    [tree] = [block.text for block in ARCHITECTURE.blocks if "AdmetricsError" in block.text]
    assert f"\n\n{textwrap.indent(tree, ' ' * 4)}\n" in (errors.__doc__ or "")


def test_every_port_is_in_the_architecture():
    ports = {f"ports/{path.name}" for path in (SOURCES / "ports").glob("[a-z]*.py")}
    assert ports == {plain(row[0]) for row in ARCHITECTURE.table("Ports")}
