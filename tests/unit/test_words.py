"""Words that were replaced by the field's terms and by plain English stay out (docs/glossary.md)."""

import re

import pytest

from tests.markdown import REPOSITORY, Page, plain

GLOSSARY = Page(REPOSITORY / "docs" / "glossary.md")

RETIRED = {
    "mend": r"\bmend(s|ed|ing)?\b",
    "anew": r"\banew\b",
    "hold one against another": r"\bh(o|e)lds?\b( [a-z]+){1,4} against\b|\bheld against\b",
    "whoever, whomever": r"\bwho(m)?ever\b",
    "say whether (of a function)": r"\"\"\"says? whether\b",
    "mark of a click": r"\bClickMarking\b",
    "intake": r"\bintake\b",
    "knock": r"\bknock\b",
}
"""The patterns of the words in the glossary's second table."""

FILES = [
    file
    for pattern in ("src/**/*.py", "docs/**/*.md", "*.md", "generate/*.py", "grafana/*.py", "airflow_dags/*.py")
    for file in REPOSITORY.glob(pattern)
    if file.name not in {"glossary.md", "CHANGELOG.md"}  # a changelog says how things were called
]


def test_every_word_of_the_glossary_is_looked_for():
    assert {plain(row[0]) for row in GLOSSARY.table("Words that are not used")} == set(RETIRED)
    assert len(FILES) > 200


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_stays_out(word):
    found = re.compile(RETIRED[word], re.IGNORECASE)
    places = [
        f"{file.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for file in FILES
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if found.search(line)
    ]
    assert not places, "\n".join(places)
