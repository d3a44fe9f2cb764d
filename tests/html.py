"""Pages as tests see them: what an element shows, and what a strict policy forbids."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.http import HttpResponse

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says, white space folded."""
        return " ".join("".join(self.parts).split())


class Page(HTMLParser):
    """The elements of a response, in their order."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(response.content.decode())
        assert self._open == [], "elements that are never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements with these attributes; `data_k` is data-k, `class_` one class."""
        wanted = {
            name.rstrip("_").replace("_", "-"): value
            for name, value in attributes.items()
        }
        return [
            element
            for element in self.elements
            if (not tag or element.tag == tag)
            and all(_has(element, name, value) for name, value in wanted.items())
        ]

    def texts(self, tag: str = "", **attributes: str) -> list[str]:
        return [element.text for element in self.all(tag, **attributes)]

    def seen(self, tag: str = "", **attributes: str) -> list[str]:
        """The texts of those that are not hidden themselves."""
        found = self.all(tag, **attributes)
        return [each.text for each in found if "hidden" not in each.attributes]

    def text(self, tag: str = "", **attributes: str) -> str:
        """Of the only such element."""
        (text,) = self.texts(tag, **attributes)
        return text

    def inline_code(self) -> list[str]:
        """What a policy without 'unsafe-inline' would not run."""
        found = []
        for element in self.elements:
            names = element.attributes
            found += [n for n in names if n == "style" or n.startswith("on")]
            is_data = names.get("type") == "application/json"
            if element.tag == "style" or (
                element.tag == "script" and "src" not in names and not is_data
            ):
                found.append(f"<{element.tag}>")
        return found


def _has(element: Element, name: str, value: str) -> bool:
    given = element.attributes.get(name)
    if name == "class":
        return value in (given or "").split()
    return given == value
