"""The package stays easy to find one's way in: no knots of imports, few modules side by side."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "gan_tui"
MAX_CIRCLE = 2
MAX_LOOSE = 9
MAX_IN_FOLDER = 22


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, modules: Mapping[str, object]) -> Iterator[str]:
    """Every module of the package that is imported, in functions and for type checking as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in modules:
                    yield name
                elif node.module in modules:
                    yield str(node.module)


@cache
def graph() -> dict[str, set[str]]:
    files = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}
    trees = {name: ast.parse(file.read_bytes()) for name, file in files.items()}
    return {name: set(imported(tree, files)) for name, tree in trees.items()}


def reachable(edges: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = [start]
    while left:
        for name in edges[left.pop()] - seen:
            seen.add(name)
            left.append(name)
    return seen


def circles(edges: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """The modules of each circle of imports: all of them reach each other."""
    reached = {name: reachable(edges, name) for name in edges}
    return {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in edges
        if name in reached[name]
    }


def test_circles_are_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert circles(edges) == {frozenset("abc"), frozenset("de")}


def test_lazy_and_type_only_imports_count() -> None:
    in_function = "def f():\n    import gan_tui.run.run"
    for_types = "if TYPE_CHECKING:\n    from gan_tui.run import run, pair"
    modules = dict.fromkeys(["gan_tui.run", "gan_tui.run.run", "gan_tui.run.pair"])
    assert set(imported(ast.parse(in_function), modules)) == {"gan_tui.run.run"}
    assert set(imported(ast.parse(for_types), modules)) == {"gan_tui.run.run", "gan_tui.run.pair"}


def test_no_circle_of_imports_has_more_than_two_modules() -> None:
    assert not [sorted(circle) for circle in circles(graph()) if len(circle) > MAX_CIRCLE]


def test_few_modules_lie_loose_at_the_top() -> None:
    loose = [file.name for file in PACKAGE.glob("*.py") if not file.name.startswith("__")]
    assert len(loose) <= MAX_LOOSE, loose


def test_no_folder_holds_too_many_modules() -> None:
    folders = {folder: len(list(folder.glob("*.py"))) for folder in [PACKAGE, *PACKAGE.rglob("*/")]}
    assert not {folder.name: count for folder, count in folders.items() if count > MAX_IN_FOLDER}
