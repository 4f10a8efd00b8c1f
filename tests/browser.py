"""A real browser, and tabs that take note of everything that a page complains about or asks for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from playwright.sync_api import Browser, Dialog, Page, sync_playwright

CONTRAST = """
() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const shade = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parts(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) { return colour; }
    }
    return [255, 255, 255];
  };
  let least = [99, ""];
  for (const element of document.querySelectorAll("body *:not(script):not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) { continue; }
    const [a, b] = [shade(parts(getComputedStyle(element).color)), shade(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least[0]) { least = [ratio, element.outerHTML.slice(0, 90)]; }
  }
  return least;
}
"""
"""Finds the text that stands out least from its ground: the ratio of WCAG 2.2, and the element."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium; there can be one of these at a time."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert executable, "no Chromium here: scripts/ensure-system tests installs it"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=options)
        yield opened
        opened.close()


class Tab:
    """A page in a browser.

    Args:
        browser: where it is opened.
        url: of the page.
        options: of the context, e.g. the size of its window.
    """

    def __init__(self, browser: Browser, url: str, **options) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._context = browser.new_context(**options)
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(url)

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def drawn(self) -> Self:
        """Wait until the charts are there."""
        self.page.wait_for_selector("html[data-drawn]", timeout=60_000)
        return self

    def close(self) -> None:
        self._context.close()
