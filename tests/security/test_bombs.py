"""Files that grow when they are opened: refused in bounded time and memory."""

from __future__ import annotations

import gzip
import io
import lzma
import resource
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.prices.ingest.bundle import Bundle
from apps.prices.models import IngestRun, LatestPrice
from apps.prices.tests.factories import make_card
from mtgintel.core.feeds import CorruptFeedError

pytestmark = pytest.mark.django_db

MIB = 1 << 20
# Zeros and spaces shrink to a thousandth.
ZEROS = gzip.compress(b" " * (64 * MIB))
SECONDS, MEMORY_MIB = 20, 400


def zipped(tmp_path: Path, name: str, **documents: int) -> Path:
    """A zip archive of documents of blanks; their sizes are in MiB."""
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for document, size in documents.items():
            with archive.open(f"{document}.json", "w") as file:
                for _ in range(size):
                    file.write(b" " * MIB)
    return path


def many_times_the_same(path: Path, copies: int) -> Path:
    """An archive whose documents all share the same compressed bytes."""
    body = zlib.compress(b" " * MIB)[2:-4]
    crc = zlib.crc32(b" " * MIB)
    fields = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0, crc, len(body), MIB)
    local = b"PK\x03\x04" + fields + struct.pack("<HH", 1, 0) + b"a"
    entries = b"".join(
        b"PK\x01\x02\x14\x00"
        + fields
        + struct.pack("<HHHHHII", 5, 0, 0, 0, 0, 0, 0)
        + b"%05d" % number
        for number in range(copies)
    )
    end = struct.pack(
        "<HHHHIIH", 0, 0, copies, copies, len(entries), len(local + body), 0
    )
    path.write_bytes(local + body + entries + b"PK\x05\x06" + end)
    return path


def refused(*arguments: str) -> str:
    """What the command says, and that it took neither time nor memory."""
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CommandError) as error:
        call_command("ingest", *arguments, stdout=io.StringIO())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert time.monotonic() - started < SECONDS
    assert grown < MEMORY_MIB
    assert not LatestPrice.objects.exists()
    assert not IngestRun.objects.filter(status="SUCCEEDED").exists()
    return str(error.value)


@pytest.fixture(autouse=True)
def _a_card():
    make_card()


FEEDS = {
    "scryfall": ["scryfall", "--file"],
    "mtgjson": ["mtgjson", "--prices"],
    "cardkingdom": ["cardkingdom", "--file"],
    "cardmarket": ["cardmarket", "--file"],
    "manapool": ["manapool", "--file"],
    "ecb": ["ecb", "--file"],
}


@pytest.mark.parametrize("feed", FEEDS)
def test_gzip(feed, tmp_path):
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(ZEROS * 32)
    refused(*FEEDS[feed], str(path))


@pytest.mark.parametrize("feed", ["scryfall", "cardkingdom"])
def test_xz(feed, tmp_path):
    path = tmp_path / "bomb.json.xz"
    path.write_bytes(lzma.compress(b" " * (64 * MIB), preset=0))
    refused(*FEEDS[feed], str(path))


@pytest.mark.parametrize("feed", ["goatbots", "tcgcsv", "ecb"])
def test_a_zip_of_blanks(feed, tmp_path):
    path = zipped(tmp_path, "bomb.zip", a=400)
    said = refused(feed, "--file", str(path))
    assert "grows beyond all measure" in said


@pytest.mark.parametrize("feed", ["goatbots", "tcgcsv"])
def test_a_zip_of_many_documents(feed, tmp_path):
    path = zipped(tmp_path, "bomb.zip", **{f"d{n}": 20 for n in range(20)})
    assert "grows beyond all measure" in refused(feed, "--file", str(path))


def test_documents_that_share_their_bytes(tmp_path):
    path = many_times_the_same(tmp_path / "bomb.zip", 50_000)
    assert path.stat().st_size < 4 * MIB
    with pytest.raises(CorruptFeedError, match="grows beyond all measure"):
        Bundle(path)


def test_a_document_that_lies_about_its_size(tmp_path):
    """Its header says 100 bytes, its data has 40 MiB."""
    path = zipped(tmp_path, "liar.zip", a=40)
    true, said = struct.pack("<I", 40 * MIB), struct.pack("<I", 100)
    path.write_bytes(path.read_bytes().replace(true, said))
    bundle = Bundle(path)
    with pytest.raises(CorruptFeedError, match="is damaged"):
        bundle.read(bundle.names[0])


def test_a_zip_in_a_zip_is_a_document_like_others(tmp_path):
    inner = zipped(tmp_path, "inner.zip", a=64)
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "prices.json")
    refused("goatbots", "--file", str(path))


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    + b"]><x>&j;</x>"
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
def test_entities(text, tmp_path):
    path = tmp_path / "rates.xml"
    path.write_bytes(text)
    said = refused("ecb", "--file", str(path))
    assert "root:" not in said
