"""What is shipped: declared dependencies are those used, the demo is inside, the documents agree."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import click
import pytest

import gan_tui
from gan_tui.cli.main import cli

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
IMPORT_NAMES = {"pillow": "PIL", "protobuf": "google", "textual-image": "textual_image"}
"""Distributions whose modules are called otherwise."""


def distributions(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", requirement, maxsplit=1)[0] for requirement in requirements}


def required() -> set[str]:
    return distributions(PROJECT["dependencies"])


def optional() -> set[str]:
    extras = PROJECT["optional-dependencies"]
    return {name for extra in ("samples", "pictures") for name in distributions(extras[extra])} - {"gan-tui"}


def imported(folder: str = "gan_tui") -> set[str]:
    """Top-level modules that a folder's files import, third-party ones only."""
    names: set[str] = set()
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"gan_tui"}


def test_every_dependency_is_used_and_every_import_declared() -> None:
    declared = {IMPORT_NAMES.get(name, name) for name in required() | optional()}
    assert imported() <= declared
    assert {IMPORT_NAMES.get(name, name) for name in required()} <= imported()


def test_the_tests_import_only_what_the_test_extra_brings() -> None:
    extra = distributions(PROJECT["optional-dependencies"]["test"])
    brought = {name.replace("-", "_") for name in required() | optional() | extra} | {"PIL"}
    own = {path.stem for folder in ("tests", "sample_logs") for path in (ROOT / folder).iterdir()}
    assert imported("tests") - own - {"tests"} <= brought


def test_readme_gives_the_reason_for_every_dependency() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Dependencies")[2]
    rows = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    for name in required() | optional():
        assert re.search(rf"\b{name}\b", rows), name


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_and_stands_in_the_readme(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert all(option.help for option in options)
    if not command.hidden:
        assert f"gan-tui {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_help_shows_no_mark_up() -> None:
    for command in (cli, *cli.commands.values()):
        text = command.get_help(click.Context(command, info_name="gan-tui"))
        assert "\\b" not in text
        assert "\b" not in text


def test_readme_shows_the_two_commands_of_the_continuous_integration() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "pip install . && gan-tui demo" in readme
    assert "pip install -e '.[test]' && pytest" in readme


def test_the_changelog_speaks_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{gan_tui.__version__}]" in changelog


def test_the_citation_names_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {gan_tui.__version__}" in citation.splitlines()


def test_the_readme_is_a_page_and_its_links_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 150
    for file in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        links = re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8"))
        missing = [link for link in links if not (file.parent / link).exists()]
        assert not missing, (file, missing)


@pytest.mark.parametrize("how", [[sys.executable, "-m", "gan_tui"], ["gan-tui"]])
def test_both_ways_to_start_say_the_version(how: list[str]) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [*how, "--version"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": path},
        timeout=60,
    )
    assert done.stdout.strip() == f"gan-tui, version {gan_tui.__version__}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell: str) -> None:
    start = "from gan_tui.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv = ['gan-tui']; {start}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "_GAN_TUI_COMPLETE": f"{shell}_source"},
        timeout=60,
    )
    assert "_GAN_TUI_COMPLETE" in done.stdout
    assert "gan-tui" in done.stdout


def test_types_and_the_demo_are_inside_the_package() -> None:
    package = files("gan_tui")
    assert (package / "py.typed").is_file()
    assert any(entry.is_file() for entry in (package / "data" / "demo").iterdir())


def test_what_is_stored_is_small() -> None:
    sizes = [
        path.stat().st_size
        for folder in ("sample_logs", "gan_tui/data")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "cache" not in str(path.relative_to(ROOT))
    ]
    assert len(sizes) > 8
    assert max(sizes) < 500_000
    assert sum(sizes) < 2_500_000
