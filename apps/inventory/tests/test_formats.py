"""Files as they come: whose they are, and what each row says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.inventory.formats import (
    EXPORTS,
    FORMATS,
    BadRow,
    Entry,
    Options,
    UnknownFormatError,
    UnreadableFileError,
    decode,
    escaped,
    open_text,
    plain,
)
from apps.inventory.formats.base import unescaped
from apps.inventory.formats.cells import (
    RowProblem,
    read_amount,
    read_condition,
    read_count,
    read_date,
)
from apps.inventory.formats.text import MAX_BYTES, MAX_COLUMNS, MAX_ROWS
from mtgintel.core.constants import Condition, Finish, Language

MOXFIELD = (
    "Count,Name,Edition,Collector Number,Foil,Condition,Language,Purchase Price\n"
)


def rows_of(text: str, **options) -> list[Entry | BadRow]:
    return list(open_text(text, Options(**options)).rows())


def only(text: str, **options) -> Entry:
    (entry,) = rows_of(text, **options)
    assert isinstance(entry, Entry), entry
    return entry


def reason(text: str) -> str:
    (row,) = rows_of(text)
    assert isinstance(row, BadRow), row
    return row.reason


HEADERS = {
    "csv": "Lot,Quantity,Name,Scryfall ID,Cost Currency",
    "moxfield": "Count,Tradelist Count,Name,Edition,Condition,Language,Foil,Tags",
    "archidekt": "Quantity,Name,Finish,Condition,Edition Name,Edition Code",
    "manabox": "Name,Set code,Collector number,Foil,Quantity,ManaBox ID",
    "deckbox": "Count,Name,Edition,Card Number,Condition,Foil,Artist Proof",
    "dragonshield": "Folder Name,Quantity,Card Name,Set Code,Card Number,Printing",
    "tcgplayer": "Quantity,Name,Simple Name,Set,Card Number,Printing,Product ID,SKU",
    "tcgplayer-seller": "TCGplayer Id,Product Line,Set Name,Product Name,Condition",
    "delverlens": "Quantity,Name,Edition,Card Number,Condition,Foil,Language",
    "echomtg": "Reg Qty,Foil Qty,Name,Set,Acquired,Language",
    "mtggoldfish": "Card,Set ID,Set Name,Quantity,Foil",
    "helvault": "extras,language,name,quantity,scryfall_id",
    "aetherhub": "AetherHub Card Id,Count,Name,Scryfall Id",
    "deckedbuilder": "Total Qty,Reg Qty,Foil Qty,Card,Set,Mvid",
    "deckstats": "amount,card_name,is_foil,is_pinned,set_id,set_code",
    "topdecked": "QUANTITY,NAME,SETCODE,SETNAME,COLLECTOR NUMBER,FINISH",
    "cardmarket": "cardmarketId,quantity,name,set,setCode,cn,condition,isFoil",
    "cardmarket-old": '"idArticle";"idProduct";"English Name";"Amount"',
    "cardmarket-shipment": "idProduct;groupCount;price;idLanguage;condition",
    "cardtrader": "Game,Set Name,Set Code,Item Name,Quantity,Foil/Reverse",
    "cardkingdom": "title,edition,foil,quantity",
    "cardsphere": "Count,Tradelist Count,Name,Edition,Condition,Language,Foil,Tags,"
    "Scryfall ID,Last Modified",
    "tappedout": "Qty,Name,Set,Set Number,Foil,Languange",
    "mtgo": "Card Name,Quantity,ID #,Rarity,Set,Collector #,Premium",
    "generic": "Card,Qty,Expansion",
}


@pytest.mark.parametrize(("slug", "header"), HEADERS.items())
def test_a_header_tells_its_format(slug, header):
    source = open_text(f"{header}\nx\n")

    assert source.format is FORMATS[slug]


@pytest.mark.parametrize("slug", sorted(set(EXPORTS) - {"text"}))
def test_an_export_is_told_by_its_own_header(slug):
    header = ",".join(heading for heading, _ in EXPORTS[slug].export)

    assert open_text(f"{header}\nx\n").format is FORMATS[slug]


def test_a_format_that_is_said_must_be_the_one():
    with pytest.raises(UnreadableFileError, match=r"“count”.*looks like Dragon Shield"):
        open_text(HEADERS["dragonshield"] + "\n", Options(format="moxfield"))
    with pytest.raises(UnknownFormatError, match="moxfield"):
        open_text("x", Options(format="excel"))


@pytest.mark.parametrize(
    "data",
    [
        MOXFIELD.encode() + b"4,Brainstorm,mmq,61,foil,Near Mint,English,0.5\n",
        b"\xef\xbb\xbf" + MOXFIELD.encode() + b"4,Brainstorm,mmq,61,foil,,,0.5",
        ("sep=,\r\n" + MOXFIELD + "4,Brainstorm,mmq,61,foil,,,0.5\r\n").encode(),
        b'"sep=;"\n' + MOXFIELD.replace(",", ";").encode()
        + b"4;Brainstorm;mmq;61;foil;;;0,5\n",
        MOXFIELD.replace(",", "\t").encode() + b"4\tBrainstorm\tmmq\t61\tfoil\t\t\t.5",
        ('"' + MOXFIELD.strip().replace(",", '","') + '"\r\n'
         '"4","Brainstorm","mmq","61","foil","","","$0.50"\r\n').encode(),
        (MOXFIELD + "4,Brainstorm,mmq,61,foil,,,0.5\n").encode("utf-16"),
        (MOXFIELD + "4,Brainstorm,mmq,61,foil,,,0.5\n").encode("utf-16-le"),
        (MOXFIELD.replace("\n", "\r") + "4,Brainstorm,mmq,61,foil,,,0.5").encode(),
        (MOXFIELD + "\n,,,,,,,\n4, Brainstorm ,mmq,61,FOIL").encode(),
    ],
    ids=["plain", "bom", "sep", "semicolons", "tabs", "quoted", "utf16", "utf16-bare",
         "cr", "blank-and-ragged"],
)  # fmt: skip
def test_the_same_row_however_it_is_written(data):
    entry = only(decode(data), currency="USD")

    assert entry.quantity == 4
    (reading,) = entry.readings
    assert (reading.name, reading.set_code, reading.number) == (
        "Brainstorm",
        "mmq",
        "61",
    )
    assert reading.finish == Finish.FOIL
    assert entry.unit_cost in (Decimal("0.5"), None)


def test_windows_letters():
    entry = only(decode("Count,Name,Edition\n1,Lim-Dûl’s Vault,all\n".encode("cp1252")))

    assert entry.readings[0].name == "Lim-Dûl’s Vault"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04" + b"\0" * 50, "ZIP archive"),
        (b"\x1f\x8b\x08\0", "compressed"),
        (b"%PDF-1.7", "PDF"),
        (b"Count,Name\0,Edition", "no text"),
        (b"\x81\x8d\x8f", "no text"),
        (b"", "nothing in it"),
        (b" \n\r\n", "nothing in it"),
        (b"x" * (MAX_BYTES + 1), "more than 24 MB"),
    ],
)
def test_what_is_no_text_is_refused(data, message):
    with pytest.raises(UnreadableFileError, match=message):
        decode(data)


def test_too_many_rows_and_columns_are_refused():
    with pytest.raises(UnreadableFileError, match="100,000 rows"):
        rows_of("Count,Name,Edition\n" + "1,Opt,dom\n" * (MAX_ROWS + 1))
    with pytest.raises(UnreadableFileError, match="columns"):
        open_text("Count,Name,Edition" + ",x" * MAX_COLUMNS)


def test_a_cell_too_long_costs_its_row_only():
    bad, good = rows_of(f"Count,Name,Edition\n1,{'x' * 6000},dom\n1,Opt,dom\n")

    assert isinstance(bad, BadRow)
    assert "5,000 characters" in bad.reason
    assert isinstance(good, Entry)


def test_quotes_that_do_not_add_up_cost_no_other_row():
    text = 'Count,Name,Edition\n1,Opt,dom\n1,"Fire,apc\n2,Shock,m21\n'

    first, bad, last = rows_of(text)

    assert isinstance(first, Entry)
    assert isinstance(bad, BadRow)
    assert "quotes" in bad.reason
    assert isinstance(last, Entry)
    assert last.quantity == 2


def test_a_cell_without_heading_is_nobodys():
    assert reason("Count,Name,Edition\n1,Opt,dom,x\n") == (
        "the row has 4 cells, the header 3"
    )
    assert only("Count,Name,Edition\n1,Opt,dom,,\n").quantity == 1


BOMB = """<?xml version="1.0"?><!DOCTYPE Deck [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Deck><Cards Name="&b;"/></Deck>"""
FILE = """<!DOCTYPE Deck [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Deck><Cards Name="&x;" Quantity="1"/></Deck>"""


@pytest.mark.parametrize(
    "text", [BOMB, "<?xml version='1.0'?>" + FILE, "<?xml version='1.0'?><html></html>",
             "<Deck><Cards", "<Deck></Deck>"],
)  # fmt: skip
def test_other_documents_and_bombs_are_refused(text):
    with pytest.raises(UnreadableFileError, match=r"no \.dek file"):
        rows_of(plain(text))


def test_a_dek_file_is_read_by_its_ids():
    text = (
        '<?xml version="1.0" encoding="utf-16"?><Deck><NetDeckID>0</NetDeckID>'
        '<Cards CatID="63766" Quantity="2" Name="Dusk/Dawn" Sideboard="false"/>'
        '<Cards CatID="1" Quantity="0" Name="Opt"/></Deck>'
    )
    good, bad = rows_of(text)

    assert isinstance(good, Entry)
    assert good.quantity == 2
    assert good.readings[0].ids == (("mtgo", "63766"),)
    assert isinstance(bad, BadRow)


@pytest.mark.parametrize(
    ("text", "count"), [("4", 4), ("4x", 4), ("x4", 4), ("1.0", 1), ("1,200", 1200)]
)
def test_counts(text, count):
    assert read_count(text) == count


@pytest.mark.parametrize("text", ["", "0", "-3", "abc", "1.5", "9999999", "²", "1 2"])
def test_what_is_no_count(text):
    with pytest.raises(RowProblem, match="number of copies"):
        read_count(text)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1,234.56", "1234.56", ""),
        ("1.234,56 €", "1234.56", "EUR"),
        ("$0.79", "0.79", "USD"),
        ("12,50", "12.50", ""),
        ("1,234", "1234", ""),
        ("0,123", "0.123", ""),
        ("1'234.50", "1234.50", ""),
        ("£3", "3", "GBP"),
        ("EUR 2.10", "2.10", "EUR"),
        (".5", "0.5", ""),
        ("8000.00", "8000.00", ""),
    ],
)
def test_amounts(text, amount, currency):
    assert read_amount(text) == (Decimal(amount), currency)


def test_a_comma_is_decimal_where_the_file_writes_it_so():
    assert read_amount("1,234", has_decimal_comma=True) == (Decimal("1.234"), "")
    assert read_amount("1.234", has_decimal_comma=True) == (Decimal(1234), "")


@pytest.mark.parametrize("text", ["-1.00", "abc", "1.2.3.4,5,6", "kr 5", "9999999999"])
def test_what_is_no_amount(text):
    with pytest.raises(RowProblem):
        read_amount(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-09-25", date(2023, 9, 25)),
        ("2026-07-11T18:44:33.509Z", date(2026, 7, 11)),
        ("2023-01-21 15:26:15.920000", date(2023, 1, 21)),
        ("09/10/2020", date(2020, 9, 10)),
        ("25.12.2020", date(2020, 12, 25)),
        (
            "Fri May 15 2026 16:43:29 GMT+0200 (Central European Summer Time)",
            date(2026, 5, 15),
        ),
    ],
)
def test_dates(text, day):
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("scale", "word", "grade"),
    [
        ("cardmarket", "LP", Condition.HEAVILY_PLAYED),
        ("tcgplayer", "LP", Condition.LIGHTLY_PLAYED),
        ("cardmarket", "EX", Condition.LIGHTLY_PLAYED),
        ("manabox", "light_played", Condition.HEAVILY_PLAYED),
        ("manabox", "excellent", Condition.LIGHTLY_PLAYED),
        ("dragonshield", "NearMint", Condition.NEAR_MINT),
        ("dragonshield", "LightPlayed", Condition.MODERATELY_PLAYED),
        ("moxfield", "Good (Lightly Played)", Condition.LIGHTLY_PLAYED),
        ("cardkingdom", "G", Condition.HEAVILY_PLAYED),
        ("default", "", Condition.NEAR_MINT),
    ],
)
def test_a_grade_is_worth_what_its_site_says(scale, word, grade):
    assert read_condition(word, scale) == grade


def test_an_unknown_grade_is_reported():
    text = "Count,Name,Edition,Condition\n1,Opt,dom,Fine\n"

    assert reason(text) == "unknown condition “Fine”"


@pytest.mark.parametrize("word", ["yes", "true", "bogus"])
def test_moxfield_knows_two_words_for_finishes(word):
    assert reason(f"Count,Name,Edition,Foil\n1,Opt,dom,{word}\n") == (
        f"unknown finish “{word}”"
    )


@pytest.mark.parametrize("word", ["Klingon", "EN"])
def test_moxfield_writes_languages_out(word):
    assert reason(f"Count,Name,Edition,Language\n1,Opt,dom,{word}\n") == (
        f"unknown language “{word}”"
    )


def test_one_row_of_echomtg_is_two_holdings():
    regular, foil = rows_of(
        "Reg Qty,Foil Qty,Name,Set,Acquired,Language\n5,3,Despark,War of the Spark,"
        "$100.00,\n"
    )

    assert isinstance(regular, Entry)
    assert isinstance(foil, Entry)
    assert (regular.part, regular.quantity) == (0, 5)
    assert (foil.part, foil.quantity) == (1, 3)
    assert foil.readings[0].finish == Finish.FOIL
    assert (foil.unit_cost, foil.cost_currency) == (Decimal("100.00"), "USD")


def test_a_seller_says_grade_finish_and_language_in_one():
    entry = only(
        "TCGplayer Id,Product Line,Set Name,Product Name,Number,Condition,"
        "Total Quantity,Add to Quantity\n6,Magic,Dominaria,Opt,60,"
        "Near Mint Foil - Japanese,1,2\n"
    )

    (reading,) = entry.readings
    assert (reading.finish, reading.language) == (Finish.FOIL, Language.JAPANESE)
    assert entry.quantity == 3
    assert reading.ids == ()


def test_cents_are_of_the_currency_in_the_heading():
    entry = only(
        "Game,Set Name,Set Code,Item Name,Price in EUR Cents,Quantity,Condition,"
        "Foil/Reverse,Playset\nMagic: the Gathering,Dominaria,DOM,Opt,100,1,Near Mint,"
        "True,True\n"
    )

    assert entry.quantity == 4
    assert (entry.unit_cost, entry.cost_currency) == (Decimal("0.25"), "EUR")


def test_grades_and_languages_may_be_numbers():
    entry = only(
        "idProduct;groupCount;price;idLanguage;condition;isFoil;isPlayset\n"
        "241866;1;0,40;11;5;1;\n"
    )

    (reading,) = entry.readings
    assert reading.ids == (("cardmarket", "241866"),)
    assert reading.language == Language.CHINESE_TRADITIONAL
    assert reading.condition == Condition.HEAVILY_PLAYED
    assert (entry.unit_cost, entry.cost_currency) == (Decimal("0.40"), "EUR")


def test_a_price_without_currency_is_unknown_until_somebody_says_it():
    text = MOXFIELD + "1,Opt,dom,60,,Near Mint,English,0.10\n"

    assert only(text).unit_cost is None
    assert only(text).warnings == (
        "a price without a currency: what it cost stays unknown",
    )
    said = only(text, currency="EUR")
    assert (said.unit_cost, said.cost_currency) == (Decimal("0.10"), "EUR")


def test_zero_is_no_price_and_a_broken_one_costs_no_row():
    zero = only(MOXFIELD + "1,Opt,dom,60,,Near Mint,English,0.00\n", currency="EUR")
    broken = only(MOXFIELD + "1,Opt,dom,60,,Near Mint,English,n/a\n", currency="EUR")

    assert (zero.unit_cost, zero.warnings) == (None, ())
    assert broken.unit_cost is None
    assert "no amount" in broken.warnings[0]


def test_columns_that_nobody_knows_can_be_named():
    text = "Karte;Stück;Ausgabe\nOpt;2;Dominaria\n"
    assert open_text(text).format is None

    entry = only(text, columns={"name": 0, "quantity": 1, "set_name": 2})
    assert (entry.readings[0].name, entry.quantity) == ("Opt", 2)

    first, _ = rows_of(text, columns={"name": 0}, has_header=False)
    assert isinstance(first, Entry)
    assert first.readings[0].name == "Karte"

    with pytest.raises(UnreadableFileError, match="which column names the card"):
        open_text(text, Options(columns={"quantity": 1}))


@pytest.mark.parametrize(
    "text", ["=1+1", "+2 Mace", "-3", "@x", "'quoted", "''", "plain", "'", "\tx"]
)
def test_what_is_escaped_comes_back(text):
    written = escaped(text)

    assert isinstance(written, str)
    assert not written.startswith(("=", "+", "-", "@", "\t"))
    assert unescaped(written) == text
