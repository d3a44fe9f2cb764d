"""What is installed is what was looked at: one exact version of everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = sorted(CHECKOUT.glob("requirements*.txt"))
PINNED = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[0-9][0-9a-z.]*")


def lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    found = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in found if line and not line.startswith("-r ")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_requirement_is_pinned(path):
    assert [line for line in lines(path) if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_stands_once_and_in_order(path):
    names = [line.partition("==")[0].partition("[")[0] for line in lines(path)]
    assert names == sorted(set(names))


def test_there_are_files():
    assert [path.name for path in FILES] == [
        "requirements-dev.txt",
        "requirements-embedded.txt",
        "requirements.txt",
    ]


def test_images_are_pinned():
    compose = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
    docker = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    images = re.findall(r"^\s*image: (\S+)", compose, re.MULTILINE)
    images += re.findall(r"^FROM (\S+)", docker, re.MULTILINE)
    foreign = [one for one in images if one != "mtg-market-intel"]
    assert len(foreign) >= 4
    assert [one for one in foreign if not re.search(r":v?\d+\.\d+", one)] == []
