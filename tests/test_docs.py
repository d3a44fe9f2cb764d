"""What the documents name is there, and what is there the documents name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser
from drf_spectacular.generators import SchemaGenerator

from apps.alerts.kinds import CHOICES
from apps.market.maths import breadth, chained, sets, vectors
from apps.recommendations.maths.versions import CURRENT
from apps.signals.maths.detectors import KINDS
from mtgintel.core.live import topics
from tests.documents import CHECKOUT, anchors, blocks, documents, links, prose

DOCS = CHECKOUT / "docs"
METHODS = ("get", "post", "put", "patch", "delete")
# Where a reader looks for a setting.
OF_SETTINGS = ("deploy.md", "operations.md", "scaling.md", "feeds.md", "archive.md")
# Read before Django's settings are.
OF_MAKE_RUN = {"HOST", "PORT", "MTGINTEL_MIN_FREE_MB"}


def every_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in documents())


def named(document: Path) -> str:
    return str(document.relative_to(CHECKOUT))


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_link_leads_somewhere(document):
    lost = []
    for link in links(document):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_document_is_in_the_list_of_documents():
    linked = {link.partition("#")[0] for link in links(DOCS / "README.md")}
    there = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert there - linked == set()


def routes_of_the_schema() -> set[str]:
    """`GET /api/cards/{}`: a parameter's name is the reader's business."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return {
        f"{method.upper()} {nameless(path)}"
        for path, operations in schema["paths"].items()
        for method in METHODS
        if method in operations
    }


def nameless(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def routes_of_the_document() -> set[str]:
    """The first cells of the tables, `GET, PATCH /api/…`, and GET where none is said.

    `POST /api/alerts/{id}/pause` · `/resume` are calls of one route: `{action}`.
    """
    found = set()
    for line in prose(DOCS / "api.md").splitlines():
        if not line.startswith("| `"):
            continue
        cell = line.split(" | ")[0]
        path = re.search(r"/api/[\w/{}-]+", cell)
        if path is None:
            continue
        said = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE)\b", cell) or ["GET"]
        found |= {f"{method} {nameless(path[0])}" for method in said}
    return found


ACTIONS = re.compile(
    r"(alerts|import)/\{\}/(commit|cancel|undo|pause|resume|rearm|test|snooze)$"
)


def test_every_route_of_the_schema_is_in_the_reference_and_no_other():
    documented = {ACTIONS.sub(r"\1/{}/{}", route) for route in routes_of_the_document()}
    assert documented - {"GET /api/schema", "GET /api/docs"} == routes_of_the_schema()


def test_every_parameter_of_the_schema_is_in_the_reference():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    names = {
        parameter["name"]
        for operations in schema["paths"].values()
        for method in METHODS
        if method in operations
        for parameter in operations[method].get("parameters", [])
        if parameter["in"] == "query"
    }
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_field_of_every_answer_is_in_the_reference():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    words = set(re.findall(r"\w+", (DOCS / "api.md").read_text(encoding="utf-8")))
    lost = {
        f"{name}.{field}"
        for name, component in schema["components"]["schemas"].items()
        for field in component.get("properties", {})
        if field not in words
    }
    assert sorted(lost) == []


def test_every_channel_and_error_of_the_socket_is_in_its_reference():
    text = (DOCS / "websocket.md").read_text(encoding="utf-8")
    kinds = {f"`channel:{name}" for name in topics._kinds}
    codes = set()
    for file in (CHECKOUT / "mtgintel/core/live").glob("*.py"):
        code = file.read_text(encoding="utf-8")
        codes |= set(re.findall(r'RefusalError\(\s*"([a-z_]+)"', code))
    assert [name for name in kinds if name not in text] == []
    assert codes
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def test_what_a_page_imports_is_exported():
    block = next(b for b in blocks(DOCS / "websocket.md") if b.language == "html")
    file = re.search(r'from "/(static/js/[^"]+)"', block.text)
    assert file
    script = (CHECKOUT / file[1]).read_text(encoding="utf-8")
    assert "export const live" in script
    methods = set(re.findall(r"live\.(\w+)\(", block.text))
    assert methods == {"subscribe", "onState"}
    assert all(re.search(rf"^  {name}\(", script, re.MULTILINE) for name in methods)


def test_every_kind_of_alert_is_in_the_reference():
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    assert [kind for kind, _ in CHOICES if kind not in text] == []


def test_the_methodology_is_of_the_versions_that_are_computed():
    text = (DOCS / "methodology.md").read_text(encoding="utf-8")

    def version_in(heading: str) -> str:
        section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        found = re.search(r"version (\d+)\.\*\*", section, re.IGNORECASE)
        return found[1] if found else ""

    assert {
        "The chained index": version_in("The chained index"),
        "The value of a set": version_in("The value of a set"),
        "Breadth": version_in("Breadth, volatility and volume"),
        "Similar cards": version_in("Similar cards"),
        "Recommendations": version_in("Recommendations"),
    } == {
        "The chained index": str(chained.VERSION),
        "The value of a set": str(sets.VERSION),
        "Breadth": str(breadth.VERSION),
        "Similar cards": str(vectors.VERSION),
        "Recommendations": str(CURRENT.version),
    }
    kinds = [f"`{kind.slug}` {kind.version} |" for kind in KINDS.values()]
    assert [kind for kind in kinds if kind not in text] == []


def read_of_the_environment() -> set[str]:
    """The names that the settings ask `env` for."""
    found = set()
    for file in (CHECKOUT / "mtgintel/settings").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_every_setting_of_the_environment_is_documented():
    text = "\n".join(
        (DOCS / name).read_text(encoding="utf-8")
        for name in OF_SETTINGS
        if (DOCS / name).exists()
    ) + (CHECKOUT / "README.md").read_text(encoding="utf-8")
    names = read_of_the_environment() | OF_MAKE_RUN
    assert "SECRET_KEY" in names
    assert sorted(name for name in names if f"`{name}" not in text) == []


def test_compose_passes_on_what_deploy_names_as_a_setting():
    """A variable in its table that no service gets would do nothing."""
    compose = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
    table = (DOCS / "deploy.md").read_text(encoding="utf-8").partition("## Settings")[2]
    rows = re.findall(r"^\| (`[A-Z].*?) \|", table.partition("\n## ")[0], re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert "SECRET_KEY" in names
    assert sorted(name for name in names if f"${{{name}" not in compose) == []


def test_every_target_of_make_that_is_named_exists():
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):", makefile, re.MULTILINE))
    there = {name for line in targets for name in line.split()}
    said = set(re.findall(r"`make ([a-z-]+)", every_text()))
    said |= {words[0] for words in words_after("make")}
    assert {"run", "test", "lint"} <= said
    assert said - there == set()


def words_after(program: str) -> list[list[str]]:
    """What follows a program in the lines of all shell examples."""
    text = "\n".join(shell_text()).replace("\\\n", " ")
    pattern = rf"^\s*{program} ([^#\n]*)"
    return [found.split() for found in re.findall(pattern, text, re.MULTILINE)]


def test_every_command_of_manage_py_that_is_named_exists():
    there = get_commands()
    said = set(re.findall(r"manage\.py ([a-z_]+)", every_text()))
    assert {"ingest", "backup", "token"} <= said
    assert sorted(said - set(there)) == []


def test_every_command_of_ours_is_in_the_list():
    ours = {
        name
        for name, app in get_commands().items()
        if str(app).startswith(("apps.", "mtgintel."))
    }
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([a-z_]+)", text.partition("## Commands")[2]))
    assert "ingest" in ours
    assert sorted(ours - listed) == []


@pytest.mark.django_db
def test_every_option_of_manage_py_in_an_example_exists():
    calls = re.findall(
        r"manage\.py (\w+)([^#\n]*)", "\n".join(shell_text()).replace("\\\n", " ")
    )
    assert len(calls) > 15
    lost = []
    for name, rest in calls:
        parser = load_command_class(get_commands()[name], name).create_parser("", name)
        known = parser.format_help() + help_below(parser)
        options = re.findall(r"(?<!\S)--[a-z-]+", rest)
        lost += [f"{name} {option}" for option in options if option not in known]
    assert lost == []


def shell_text() -> list[str]:
    return [
        block.text
        for document in documents()
        for block in blocks(document)
        if block.language in ("sh", "bash")
    ]


def help_below(parser: CommandParser) -> str:
    """What the commands below a command say of their options."""
    return "".join(
        child.format_help()
        for action in parser._actions
        if isinstance(action.choices, dict)
        for child in action.choices.values()
    )


def test_every_service_of_compose_that_is_named_exists():
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))
    called = {
        words[2]
        for words in words_after("docker")
        if words[1] in {"exec", "logs", "stop"} and not words[2].startswith("-")
    }
    assert called
    assert called - set(compose["services"]) == set()


def test_every_path_of_the_checkout_that_is_named_exists():
    """`apps/market/maths/features.py` and the like; `*` and `…` stand for others."""
    paths = set(
        re.findall(
            r"`((?:apps|mtgintel|tests|templates|static|benchmarks|deploy|docs)/[\w./-]+)`",
            every_text(),
        )
    )
    assert paths
    assert sorted(path for path in paths if not (CHECKOUT / path).exists()) == []


def test_every_module_that_is_named_exists():
    modules = set(re.findall(r"python -m ((?:benchmarks|tests)\.[\w.]+)", every_text()))
    assert modules
    lost = [
        module
        for module in modules
        if not (CHECKOUT / (module.replace(".", "/") + ".py")).exists()
        and not (CHECKOUT / module.replace(".", "/") / "__main__.py").exists()
    ]
    assert lost == []
