from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.interfaces.html.markup import Markup, joined, tag
from admetrics.testing.strategies import HOSTILE

TEXTS = st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=20)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.text = ""

    def handle_starttag(self, name, attributes):
        self.seen.append((name, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_whatever_the_text_it_stays_text(text, value):
    reader = Reader()
    reader.feed(tag("p", text, tag("b", "x"), title=value))
    reader.close()
    assert reader.seen == [("p", {"title": value}), ("b", {})]
    assert reader.text == text + "x"


def test_markup_is_not_escaped_again():
    assert joined("<", Markup("<br>"), None) == "&lt;<br>"


def test_attributes_are_written_as_html_has_them():
    assert tag("input", type="radio", checked=True, hidden=False, data_x=0, class_=None) == (
        '<input type="radio" checked data-x="0">'
    )
