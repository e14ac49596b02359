"""What the code promises as a whole: light imports, rules with scripts, and blind stages."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "spuriverse"
SCRIPTS = sorted((REPOSITORY / "scripts").glob("*.py"))
RULES = {
    match["name"]: match["script"]
    for path in sorted((REPOSITORY / "rules").glob("*.smk"))
    for match in re.finditer(
        r'^\s*rule (?P<name>\w+):\n(?:(?!^\s*rule ).*\n)*?\s*script:\n\s*"(?P<script>[^"]+)"',
        path.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
SERVICE = "serve_model"
HEAVY = ("torch", "transformers", "peft", "diffusers", "trl")
ROOMS = ["spuriverse", "spuriverse.config"] + [
    f"spuriverse.{path.parent.name}" for path in sorted(PACKAGE.glob("*/__init__.py"))
]

IMPORT_ALL = """
import importlib, importlib.util, json, sys
heavy, found = json.loads(sys.argv[1]), {}
for name in sys.argv[2:]:
    if name.endswith(".py"):
        spec = importlib.util.spec_from_file_location("script", name)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    else:
        importlib.import_module(name)
    found[name] = [module for module in heavy if module in sys.modules]
print(json.dumps(found))
"""


# --- imports ----------------------------------------------------------------------------------


def test_rooms_and_scripts_import_without_the_heavy_libraries() -> None:
    """What a rule needs to be planned must not cost the seconds that a model costs."""
    names = [*dict.fromkeys(ROOMS), *map(str, SCRIPTS)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(HEAVY), *names],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {name: [] for name in names}


# --- rules and scripts ------------------------------------------------------------------------


def test_every_rule_has_a_script_of_its_name() -> None:
    rules = [
        name
        for path in (REPOSITORY / "rules").glob("*.smk")
        for name in re.findall(r"^\s*rule (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(set(rules)) == len(rules) > 10
    assert {path.stem for path in SCRIPTS} == set(rules)
    for name in rules:
        assert RULES.get(name) == f"../scripts/{name}.py" or name == SERVICE


def test_the_service_runs_its_script_as_a_shell_command() -> None:
    """Snakemake ends a service with a signal only if it is one."""
    rule = (REPOSITORY / "rules" / "serve.smk").read_text(encoding="utf-8")
    assert f"scripts/{SERVICE}.py" in rule.partition("shell:")[2]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_what_it_does(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith(".")


# --- ground truth -----------------------------------------------------------------------------

SECRETS = {"owners", "owned_by"}
BLIND = (
    *("benchmarks", "curation", "synthesis", "verification", "finetuning", "models", "spubench"),
)
MAY_LOOK = {"world/sampling.py", "evaluation/shortcuts.py", "evaluation/trials.py"}


def names_in(path: Path, *, imports: bool = True) -> set[str]:
    """Every name, attribute and imported name of a source file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif imports and isinstance(node, ast.Import | ast.ImportFrom):
            found.update(alias.name for alias in node.names)
    return found


def test_only_the_world_and_its_referee_know_who_owns_what() -> None:
    looks = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        # The package hands the name on to the referee.
        if names_in(path, imports=path != PACKAGE / "world" / "__init__.py") & SECRETS
    }
    assert looks == MAY_LOOK
    assert not [path.stem for path in SCRIPTS if names_in(path) & SECRETS]


@pytest.mark.parametrize("room", BLIND)
def test_the_stages_cannot_tell_planted_attributes_from_controls(room: str) -> None:
    telling = SECRETS | {"planted", "controls", "attributes_of", "shortcuts", "*"}
    telling |= {"spuriverse.world.sampling", "spuriverse.evaluation.shortcuts"}
    telling |= {"trials", "spuriverse.evaluation.trials"}
    paths = list((PACKAGE / room).rglob("*.py"))
    assert paths
    assert not {path.name: names_in(path) & telling for path in paths if names_in(path) & telling}


def test_no_stage_reads_what_scores_it() -> None:
    """The pairs and tables of the referee are inputs of tables and figures alone."""
    referee = {"measure_gaps", "tabulate_takes_hold", "score_discovery"}
    for path in SCRIPTS:
        if path.stem not in referee:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            assert "spuriverse.evaluation.shortcuts" not in modules, path.stem
