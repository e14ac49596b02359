"""Every package that a rule's script comes to import is in the rule's conda environment.

What a script reaches is followed by name, through the functions and classes that it uses, since the
heavy libraries are imported inside the functions that need them.
"""

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from spuriverse.workflow.reach import imported

REPOSITORY = Path(__file__).parents[2]
SOURCES = REPOSITORY / "src"
RULE = re.compile(r"^\s*rule (\w+):\n(.*?)(?=^\s*rule |\Z)", re.MULTILINE | re.DOTALL)
ENVIRONMENT_OF = {
    name: match.group(1)
    for path in sorted((REPOSITORY / "rules").glob("*.smk"))
    for name, body in RULE.findall(path.read_text(encoding="utf-8"))
    if (match := re.search(r'conda:\s*"\.\./envs/([a-z-]+)\.yaml"', body))
}
CONDA_NAMES = {"torch": "pytorch"}
DISTRIBUTIONS = packages_distributions()

# Asked for by name, where no import statement shows it.
WITHOUT_IMPORT = {"review": {"streamlit"}, "render_notebook": {"ipykernel", "nbconvert"}}


@dataclass
class Module:
    """A parsed module: what it imports under which name, and what it defines."""

    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    definitions: dict[str, ast.AST] = field(default_factory=dict)
    loads: set[str] = field(default_factory=set)


@cache
def location(name: str) -> Path | None:
    """Where a module of ours is, a room's stub in place of it; None if it is not ours."""
    place = SOURCES.joinpath(*name.split("."))
    candidates = (place / "__init__.pyi", place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.exists()), None)


@cache
def parse(path: Path) -> Module:
    module = Module()
    package = ".".join(path.parent.relative_to(SOURCES).parts) if SOURCES in path.parents else ""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        for name, source, what in imported(node, package):
            module.imports[name] = (source, what)
            # A room loads what it offers only when that is asked for.
            module.loads.add(source if path.suffix == ".py" else "lazy_loader")
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            module.definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            module.definitions |= {t.id: node for t in targets if isinstance(t, ast.Name)}
    return module


@cache
def loaded(name: str) -> frozenset[str]:
    """All modules that are loaded when one is imported, ours followed to the end."""
    found, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        parents = [name.rsplit(".", 1)[0]] if "." in name else []
        path = location(name)
        waiting += parents + (sorted(parse(path).loads) if path else [])
    return frozenset(found)


@cache
def uses(path: Path, name: str) -> tuple[frozenset[str], frozenset[tuple[Path, str]]]:
    """The modules that what has a name in a module comes to load, and what else of ours it uses."""
    module = parse(path)
    if (node := module.definitions.get(name)) is None:
        return frozenset(), frozenset()
    # Whoever uses a name of a module loads the whole of it.
    sources, known = set(module.loads), dict(module.imports)
    for part in ast.walk(node):
        for local, source, what in imported(part):
            known[local] = (source, what)
            sources.add(source)
    words = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    steps = {follow(path, word, known) for word in words} - {None}
    return frozenset().union(*map(loaded, sources)), frozenset(steps)


def reached(script: Path) -> set[str]:
    """All modules that a script may import while it runs."""
    module = parse(script)
    found = set().union(*map(loaded, module.loads))
    waiting = [(script, name) for name in module.definitions]
    seen = set(waiting)
    while waiting:
        modules, steps = uses(*waiting.pop())
        found |= modules
        waiting += steps - seen
        seen |= steps
    return found


def follow(path: Path, word: str, known: dict[str, tuple[str, str]]) -> tuple[Path, str] | None:
    """Where a name is defined that is used in a module of ours."""
    if word in parse(path).definitions:
        return path, word
    source, what = known.get(word, ("", ""))
    if (there := location(source)) is None:
        return None
    imports = parse(there).imports
    return follow(there, what, imports) if what in imports else (there, what)


def distributions(modules: Iterable[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in modules}
    foreign = tops - set(sys.stdlib_module_names) - {"spuriverse", "snakemake"}
    return {DISTRIBUTIONS[top][0].lower().replace("_", "-") for top in foreign}


def given(environment: str) -> set[str]:
    content = yaml.safe_load((REPOSITORY / "envs" / f"{environment}.yaml").read_text())
    specs = [spec for spec in content["dependencies"] if isinstance(spec, str)]
    specs += [s for spec in content["dependencies"] if isinstance(spec, dict) for s in spec["pip"]]
    return {spec.partition("=")[0].lower().replace("_", "-") for spec in specs}


@pytest.mark.parametrize("rule", sorted(ENVIRONMENT_OF))
def test_the_environment_has_what_the_script_imports(rule: str) -> None:
    needed = distributions(reached(REPOSITORY / "scripts" / f"{rule}.py"))
    # pandas writes LaTeX with jinja2, wherever tabulate writes Markdown.
    needed |= {"jinja2"} if "tabulate" in needed else set()
    needed = {CONDA_NAMES.get(name, name) for name in needed | WITHOUT_IMPORT.get(rule, set())}
    assert needed - given(ENVIRONMENT_OF[rule]) == set()


def test_imports_inside_functions_are_found() -> None:
    assert "torch" in {name.partition(".")[0] for name in reached_of("train_zoo_model")}
    assert "torch" not in {name.partition(".")[0] for name in reached_of("plot_tradeoff")}
    assert "matplotlib" in {name.partition(".")[0] for name in reached_of("plot_tradeoff")}


def test_imports_of_modules_behind_a_room_are_found() -> None:
    assert "jinja2" in {name.partition(".")[0] for name in reached_of("show_heatmaps")}


def reached_of(rule: str) -> set[str]:
    return reached(REPOSITORY / "scripts" / f"{rule}.py")
