"""Which results are stale: what was recorded with them, against what is there now."""

import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

from spuriverse.report.figures import save_figure
from spuriverse.workflow import stale
from spuriverse.workflow.job_record import is_dirty, recorded_in, recording, sidecar_of
from spuriverse.workflow.stale import Stale, find_changed, find_stale, read_figure_record


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with some code, a table and two figures, made by one job."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stale, "ask_snakemake", lambda *_: "")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/code.py").write_text("x = 1\n")
    (tmp_path / ".gitignore").write_text("results\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "Begin")
    Path("results/tables").mkdir(parents=True)
    Path("results/input.parquet").write_bytes(b"input")
    outputs = ["results/tables/a.csv", "results/figures/a.pdf", "results/figures/a.png"]
    params = {"seed": 3, "text": "a (b) \\c"}
    job = SimpleNamespace(
        rule="make", params=params, input=["results/input.parquet"], output=outputs
    )
    with recording(job):
        Path(outputs[0]).write_text("n\n1\n")
        figure = plt.figure()
        for path in outputs[1:]:
            save_figure(figure, path)
        plt.close(figure)
    return tmp_path


def reasons() -> dict[str, str]:
    return {
        found.path.removeprefix("results/"): found.reason for found in find_stale("results", "")
    }


def test_nothing_is_stale_at_first(made: Path) -> None:
    assert find_stale("results", "{}") == []


@pytest.mark.parametrize("name", ["a.pdf", "a.png"])
def test_a_figure_carries_its_record(made: Path, name: str) -> None:
    record = read_figure_record(Path("results/figures") / name)
    assert record is not None
    assert record["rule"] == "make"
    assert record["params"] == {"seed": 3, "text": "a (b) \\c"}
    assert list(record["inputs"]) == ["results/input.parquet"]
    assert record["dirty"] is False


def test_a_table_keeps_its_bytes_and_has_what_made_it_among_the_records(made: Path) -> None:
    assert Path("results/tables/a.csv").read_text() == "n\n1\n"
    sidecar = Path("results/records/a.provenance.json")
    assert sidecar_of(Path("results/tables/a.csv")) == sidecar and sidecar.is_file()
    assert recorded_in(sidecar) == Path("results/tables/a.csv")
    for path in (Path("results/probes/a.csv"), Path("a.csv")):
        assert recorded_in(sidecar_of(path)) == path


def test_a_changed_input_is_named(made: Path) -> None:
    Path("results/input.parquet").write_bytes(b"other")
    said = "the content of its input results/input.parquet is another one now"
    assert reasons() == dict.fromkeys(["tables/a.csv", "figures/a.pdf", "figures/a.png"], said)


def test_an_edited_table_is_noticed(made: Path) -> None:
    Path("results/tables/a.csv").write_text("n\n2\n")
    assert reasons() == {"tables/a.csv": "it was edited after it was made"}


def test_a_profile_adapted_to_a_cluster_makes_nothing_stale(made: Path) -> None:
    (made / "profiles").mkdir()
    (made / "profiles/partitions.yaml").write_text("partitions: {}\n")
    (made / "my-cluster.yaml").write_text("cluster: {max_runtime: 480}\n")
    assert is_dirty() is False
    (made / "src/code.py").write_text("x = 2\n")
    assert is_dirty() is True


def test_what_snakemake_would_make_again_is_stale(made: Path, monkeypatch) -> None:
    said = {
        "--summary": "output_file\tdate\trule\tlog-file(s)\tstatus\tplan\n"
        "results/tables/a.csv\tnow\tmake\tx\tparams changed\tupdate pending\n"
        "results/figures/a.pdf\tnow\tdraw\tx\tok\tupdate pending\n"
        "results/figures/a.png\tnow\tdraw\tx\tok\tno update\n"
        "results/not-there.csv\t-\tdraw\tx\tmissing\tupdate pending\n",
    }
    monkeypatch.setattr(stale, "ask_snakemake", lambda _, target, option, *more: said[option])
    assert find_stale("results", "{}") == [
        Stale("results/figures/a.pdf", "what it is made from is to be made again"),
        Stale("results/tables/a.csv", "its parameters or the code that it runs changed"),
    ]


def glance(**params: object) -> dict[str, str]:
    found = find_changed("results", {"make": params})
    return {each.path.removeprefix("results/"): each.reason for each in found}


def test_a_glance_sees_other_parameters_and_newer_inputs(made: Path) -> None:
    assert glance(seed=3) == {}
    assert set(glance(seed=4)) == {"tables/a.csv", "figures/a.pdf", "figures/a.png"}
    source = Path("results/input.parquet")
    later = source.stat().st_mtime + 100
    os.utime(source, (later, later))
    assert glance() == {}, "the content is the same"
    source.write_bytes(b"another")
    os.utime(source, (later, later))
    assert "content of its input" in glance()["tables/a.csv"]
    source.unlink()
    assert "is gone" in glance()["tables/a.csv"]


def test_another_run_in_a_folder_below_is_left_alone(made: Path) -> None:
    shutil.copytree("results", "results/smoke")
    Path("results/smoke/records/provenance.json").write_text("{}")
    assert set(glance(seed=4)) == {"tables/a.csv", "figures/a.pdf", "figures/a.png"}
