"""What a script reaches, and which edits change its digest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spuriverse.problems import Problem
from spuriverse.workflow import CODE_CACHE, Code
from spuriverse.workflow.reach import SOURCES

SCRIPTS = Path(__file__).parents[3] / "scripts"

FILES = {
    "spuriverse/__init__.py": "",
    "spuriverse/problems.py": "class Problem(Exception): ...",
    "spuriverse/workflow/__init__.py": "attach()",
    "spuriverse/workflow/__init__.pyi": "from .job import run_job",
    "spuriverse/workflow/job.py": "def run_job(main): ...",
    "spuriverse/tables/__init__.py": "attach()",
    "spuriverse/tables/__init__.pyi": "from .files import write\nfrom .schemas import SCHEMAS",
    "spuriverse/tables/files.py": "def write(): ...",
    "spuriverse/tables/schemas.py": "SCHEMAS = {}",
    "spuriverse/world/__init__.py": "attach()",
    "spuriverse/world/__init__.pyi": "from .kinds import KINDS\nfrom .scenes import draw",
    "spuriverse/world/scenes.py": "def draw():\n    from spuriverse.world.pens import PEN",
    "spuriverse/world/pens.py": "PEN = 1",
    "spuriverse/world/kinds/__init__.py": (
        "import importlib\nKINDS = [importlib.import_module(f'{__name__}.{n}') for n in names()]"
    ),
    "spuriverse/world/kinds/border.py": "KIND = 'border'",
    "spuriverse/questions/__init__.py": "attach()",
    "spuriverse/questions/__init__.pyi": "from .prompts import ask",
    "spuriverse/questions/prompts.py": (
        "from typing import TYPE_CHECKING\n"
        "from .letters import LETTERS\n"
        "if TYPE_CHECKING:\n    from spuriverse.world import draw\n"
        "TEXTS = files(__package__).joinpath('templates')\n"
    ),
    "spuriverse/questions/letters.py": "LETTERS = 'AB'",
    "spuriverse/questions/letters/plain.txt": "A",
    "spuriverse/questions/templates/direct.txt": "Answer.",
    "spuriverse/benchmarks/__init__.py": "attach()",
    "spuriverse/benchmarks/__init__.pyi": "from .readers import reader_of",
    "spuriverse/benchmarks/readers.py": (
        "from importlib import import_module\n"
        "def reader_of(key):\n    return import_module(f'spuriverse.benchmarks.{NAMES[key]}')"
    ),
    "spuriverse/benchmarks/own.py": "def read(): ...",
    "spuriverse/report/__init__.py": "attach(__name__, __file__)",
    "spuriverse/report/__init__.pyi": "from .pages import fill\nfrom .style import INK",
    "spuriverse/report/pages.py": "TEMPLATES = Path(__file__).parent\ndef fill(): ...",
    "spuriverse/report/style.py": "INK = 'black'",
    "spuriverse/report/templates/base.html.jinja": "<p>",
}

DATA = {"questions/letters/plain.txt", "questions/templates/direct.txt"}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "src"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


def reached(sources: Path, script: Path, text: str) -> set[str]:
    """Modules and files that a script of ours reaches, but itself and the packages around them."""
    script.write_text(text)
    found = {path.relative_to(sources) for path in Code(sources=sources).reached(script) - {script}}
    lazy = {path for path in found if path.name == "__init__.py" and path.parts[-2] != "kinds"}
    return {path.as_posix().removeprefix("spuriverse/") for path in found - lazy}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from spuriverse.tables import write", {"tables/files.py"}),
        ("def main():\n    from spuriverse.tables import SCHEMAS", {"tables/schemas.py"}),
        ("import spuriverse.tables", {"tables/files.py", "tables/schemas.py"}),
        ("from spuriverse.world.pens import PEN", {"world/pens.py"}),
        ("from spuriverse.world import pens", {"world/pens.py"}),
        ("from spuriverse.world import draw", {"world/scenes.py", "world/pens.py"}),
        (
            "from spuriverse.world import KINDS",
            {"world/kinds/__init__.py", "world/kinds/border.py"},
        ),
        (
            "from spuriverse.questions import ask",
            {"questions/prompts.py", "questions/letters.py", *DATA},
        ),
        (
            "from spuriverse.benchmarks import reader_of",
            {"benchmarks/readers.py", "benchmarks/own.py"},
        ),
        (
            "from spuriverse.report import fill",
            {"report/pages.py", "report/templates/base.html.jinja"},
        ),
        ("from spuriverse.report import INK", {"report/style.py"}),
        ("from spuriverse.workflow import run_job\nfrom spuriverse.problems import Problem", set()),
        ("import json\nfrom pandas import read_csv", set()),
    ],
)
def test_imports_are_followed_to_the_module_that_defines(
    sources: Path, script: Path, text: str, found: set[str]
) -> None:
    assert reached(sources, script, text) == found


def edited(sources: Path, script: Path, name: str, text: str) -> bool:
    """Whether an edit of a file changes the digest of a script that asks for a prompt."""
    script.write_text('"""Ask."""\nfrom spuriverse.questions import ask\n')
    before = Code(sources=sources).digest(script)
    path = script if name == "script.py" else sources / "spuriverse" / name
    path.write_text(text)
    return Code(sources=sources).digest(script) != before


ASKING = FILES["spuriverse/questions/prompts.py"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("questions/letters.py", "LETTERS = 'ABC'"),
        ("questions/letters.py", "LETTERS = b'AB'"),
        ("questions/letters.py", "LETTERS = 'AB'\nMORE = None"),
        ("questions/templates/direct.txt", "Answer well."),
        ("questions/prompts.py", ASKING + "ask = None"),
        ("script.py", "from spuriverse.questions import ask\nask()"),
    ],
)
def test_an_edit_of_what_is_reached_changes_the_digest(
    sources: Path, script: Path, name: str, text: str
) -> None:
    assert edited(sources, script, name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("questions/letters.py", "# Two are enough.\nLETTERS = 'AB'\n"),
        ("questions/letters.py", '"""Letters."""\n\nLETTERS = (\n    "AB"\n)\n"""Of options."""'),
        ("questions/prompts.py", ASKING.replace("import draw", "import draw, KINDS")),
        ("questions/__init__.pyi", "from .letters import LETTERS\nfrom .prompts import ask"),
        ("script.py", "from spuriverse.questions import ask  # by a template\n"),
        ("world/pens.py", "PEN = 2"),
        ("workflow/job.py", "def run_job(main): main()"),
    ],
)
def test_wording_layout_and_other_modules_leave_the_digest(
    sources: Path, script: Path, name: str, text: str
) -> None:
    assert not edited(sources, script, name, text)


def test_a_new_module_of_a_package_that_finds_its_own_changes_the_digest(sources: Path) -> None:
    before = Code(sources=sources).digest("spuriverse.world.kinds")
    (sources / "spuriverse/world/kinds/stamp.py").write_text("KIND = 'stamp'")
    assert Code(sources=sources).digest("spuriverse.world.kinds") != before


def test_what_is_kept_changes_no_digest(sources: Path, tmp_path: Path) -> None:
    kept, module = tmp_path / "there" / "code.json", "spuriverse.world.scenes"
    first = Code(kept, sources)
    digest = first.digest(module)
    first.save()
    assert Code(kept, sources).digest(module) == Code(sources=sources).digest(module) == digest

    (sources / "spuriverse/world/pens.py").write_text("PEN = 2")
    changed = Code(kept, sources)
    assert changed.digest(module) == Code(sources=sources).digest(module) != digest
    changed.save()
    assert len(json.loads(kept.read_text())["read"]) == 4

    kept.write_text(kept.read_text()[:100])
    assert Code(kept, sources).digest(module) == changed.digest(module)


def test_what_is_kept_is_only_written_when_something_was_read(
    sources: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "code.json"
    for seen in (False, True):
        assert kept.exists() is seen
        code = Code(kept, sources)
        code.digest("spuriverse.world.pens")
        before = kept.read_bytes() if seen else b""
        code.save()
    assert kept.read_bytes() == before


def test_a_file_that_is_no_python_is_named_with_the_line(sources: Path) -> None:
    (sources / "spuriverse/world/pens.py").write_text("PEN = 1\nPEN = = 2\n")
    with pytest.raises(Problem, match=r"world/pens\.py, line 2 is not valid Python"):
        Code(sources=sources).digest("spuriverse.world.scenes")


def test_a_module_that_is_not_there_is_named(sources: Path) -> None:
    with pytest.raises(Problem, match=r"no module spuriverse\.world\.clouds"):
        Code(sources=sources).digest("spuriverse.world.clouds")


IMPORT_EACH = """
import importlib.util, json, sys
found = {}
for path in sys.argv[1:]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "spuriverse"]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location("script", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    ours = [m for n, m in list(sys.modules.items()) if n.partition(".")[0] == "spuriverse"]
    found[path] = [module.__file__ for module in ours if module.__file__]
print(json.dumps(found))
"""


def test_every_file_of_data_is_reached_by_a_script() -> None:
    package, code = SOURCES / "spuriverse", Code(CODE_CACHE)
    data = {p for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyi")}
    others = {p for p in data if {"workflow", "__pycache__"} & set(p.parts)}
    assert data - others - code.reached(*SCRIPTS.glob("*.py")) == set()


@pytest.mark.parametrize(
    ("script", "template"),
    [
        ("browse_samples", "samples"),
        ("render_notebook", "notebook"),
        ("show_heatmaps", "heatmaps"),
        ("draw_sheets", "sheets"),
    ],
)
def test_a_page_is_made_anew_when_its_template_is_edited(script: str, template: str) -> None:
    pages = SOURCES / "spuriverse" / "report" / "pages" / "templates"
    seen = Code(CODE_CACHE).reached(SCRIPTS / f"{script}.py")
    assert {pages / "base.html.jinja", pages / f"{template}.html.jinja"} <= seen


@pytest.mark.slow
def test_what_the_scripts_load_is_among_what_they_reach() -> None:
    scripts = sorted(SCRIPTS.glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, *map(str, scripts)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    code, package = Code(), SOURCES / "spuriverse"
    for script, files in json.loads(done.stdout).items():
        seen = code.reached(Path(script))
        loaded = {Path(file) for file in files}
        without = ("__init__.py", "workflow", "problems.py", "progress.py")
        missing = {p for p in loaded - seen if p.relative_to(package).parts[0] not in without}
        # Running a job imports of its own accord what tables offer.
        assert {p for p in missing if p.relative_to(package).parts[0] != "tables"} == set(), script
