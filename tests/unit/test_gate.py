"""The gate: the same for forks, and clean results that keep their README."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]


def test_forks_run_the_same_gate() -> None:
    workflow = yaml.safe_load((REPOSITORY / ".github/workflows/ci.yml").read_text())
    steps = workflow["jobs"]["gate"]["steps"]
    assert steps[-1] == {"run": ".ci/run"}
    version = next(step["with"]["python-version"] for step in steps if "with" in step)
    assert f"for python in python{version} " in (REPOSITORY / "Makefile").read_text()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_clean_keeps_the_readme_of_the_results(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    (tmp_path / "results" / "tables").mkdir(parents=True)
    (tmp_path / "results" / "README.md").write_text("# Results")
    (tmp_path / "results" / "provenance.json").write_text("{}")
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [path.name for path in (tmp_path / "results").rglob("*")] == ["README.md"]


def test_the_gate_deletes_results_as_clean_does() -> None:
    clean = "find results -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +"
    assert f"\t{clean}\n" in (REPOSITORY / "Makefile").read_text()
    assert f"\n{clean}\n" in (REPOSITORY / ".ci" / "run").read_text()
