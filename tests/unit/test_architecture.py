"""What the code promises as a whole: light imports, rules with scripts, and blind stages."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
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
PACKAGES = {
    ".".join(("spuriverse", *path.parent.relative_to(PACKAGE).parts)): path
    for path in sorted(PACKAGE.rglob("__init__.py"))
}
OPEN_TO_ALL = ("problems", "progress", "cpu")
ORDER = (
    *("config", "tables", "questions", "statistics", "workflow", "world", "models", "benchmarks"),
    *("report", "discovery", "evaluation", "spubench", "finetuning"),
    "open_questions",
)
"""The rooms in the order of the story: each imports only rooms before it."""
ASK_THE_CONFIGURATION = {"config", "workflow", "snakemake_logger_plugin_spuriverse"}

IMPORT_ALL = """
import importlib, importlib.util, json, os, sys
os.environ["EAGER_IMPORT"] = "1"
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
    names = [*PACKAGES, *map(str, SCRIPTS)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(HEAVY), *names],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {name: [] for name in names}


def imports_of(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports from, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if node.module.partition(".")[0] == "spuriverse":
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("spuriverse."))


def test_the_house_has_these_rooms() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms - {"__init__", "__pycache__"} == {*OPEN_TO_ALL, *ORDER}


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_only_what_earlier_rooms_offer(room: str) -> None:
    allowed = ORDER[: ORDER.index(room)]
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for module in imports_of(path):
            first = module.split(".")[1]
            if first == room or first in OPEN_TO_ALL:
                continue
            assert first in allowed, f"{path} looks up to {module}"
            assert module in PACKAGES, f"{path} reaches into {module}"
            assert first != "config" or room in ASK_THE_CONFIGURATION, f"{path} asks {module}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_imports_what_rooms_offer(path: Path) -> None:
    open_to_all = {f"spuriverse.{name}" for name in OPEN_TO_ALL}
    assert set(imports_of(path)) <= {*PACKAGES, *open_to_all}


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
    rule = (REPOSITORY / "rules" / "models.smk").read_text(encoding="utf-8")
    assert f"scripts/{SERVICE}.py" in rule.partition("shell:")[2]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_what_it_does(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith(".")


# --- ground truth -----------------------------------------------------------------------------

SECRETS = {"owners", "owned_by"}
BLIND = (*("benchmarks", "discovery", "finetuning", "models", "open_questions", "spubench"),)
REFEREE = "discovery/verification/truth"
MAY_LOOK = {"world/sampling.py"} | {
    f"{REFEREE}/{name}.py" for name in ("clip_shortcuts", "shortcuts", "calibration_candidates")
}


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
    telling |= {"spuriverse.world.sampling", "calibration_candidates"}
    paths = [p for p in (PACKAGE / room).rglob("*.py") if REFEREE not in p.as_posix()]
    # Reads the names of all attributes alike, to find them in a text.
    paths = [p for p in paths if p.name != "statements.py"]
    assert paths
    assert not {path.name: names_in(path) & telling for path in paths if names_in(path) & telling}


def test_no_stage_reads_what_scores_it() -> None:
    """The pairs and tables of the referee are inputs of tables and figures alone."""
    referee = {
        *("measure_gaps", "measure_clip", "tabulate_planted_shortcuts", "score_discovery"),
        *("measure_clip_defences", "measure_worlds"),
        *(
            "render_calibration_candidates",
            "ask_calibration_candidates",
            "tabulate_calibration",
            "tabulate_savings",
            "simulate_calibration",
        ),
        "tabulate_shrinkage",
    }
    room = f"spuriverse.{REFEREE.replace('/', '.')}"
    assert {path.stem for path in SCRIPTS if room in set(imports_of(path))} == referee
    for path in PACKAGE.rglob("*.py"):
        if REFEREE not in path.as_posix():
            assert not [module for module in imports_of(path) if module.startswith(room)], path


def test_no_rule_reads_a_rounded_table() -> None:
    """What people open is rounded; other rules read `records/`."""
    inputs = re.compile(r"^( *)input:\n((?:\1    .*\n|\n)+)", re.MULTILINE)
    for path in sorted((REPOSITORY / "rules").glob("*.smk")):
        for _, block in inputs.findall(path.read_text(encoding="utf-8")):
            assert not re.search(r"/tables/[^\"]*\.csv", block), f"{path.name}: {block}"
