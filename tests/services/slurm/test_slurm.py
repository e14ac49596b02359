"""The workflow on a real SLURM: killed, interrupted, finished, accounted for; and faulty jobs.

One file, since a machine has one SLURM and pytest-xdist gives a file to one process.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from checkout import SMOKE, Checkout
from runs import ON_SLURM
from single_node import SingleNode

pytestmark = [pytest.mark.services, pytest.mark.workflow, pytest.mark.slow]

LESS_AND_ON_GPUS = """\
evaluation: {models: [biased-0]}
cluster:
  max_runtime: 120
  sizes:
    - {billions: 0.05, gpu: 1, mem_mb: 3000, runtime: 30, cpus: 1}
"""
TABLES = (
    *("tradeoff", "evaluation", "planted_shortcuts", "discovery", "main_results"),
    "curation_funnel",
)
"""What is made here: enough of every phase."""

ARGUMENTS = (
    *(f"results/smoke/tables/{table}.csv" for table in TABLES),
    *("--configfile", SMOKE, "overlay.yaml"),
)


def clean(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `make slurm-clean` does."""
    command = [sys.executable, "-m", "spuriverse.workflow.slurm_queue"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def finished(node: SingleNode, faulty_run, new_checkout, start_run) -> Checkout:
    """A run that was killed, refused, cleaned up after, interrupted and finished."""
    checkout = new_checkout()
    folder, results = checkout.folder, checkout.folder / "results/smoke"
    (folder / "overlay.yaml").write_text(LESS_AND_ON_GPUS)
    arguments = (*ON_SLURM, *ARGUMENTS)
    world = results / "benchmarks/world/samples.parquet"

    killed = start_run(folder, *arguments)
    killed.wait_for("a finished job", lambda: "Rule: retrieve_world" in killed.said)
    alive = clean(folder)
    assert alive.returncode == 1
    assert "Snakemake is at work in this folder" in alive.stderr
    killed.kill()
    made = world.stat().st_mtime_ns

    refused = start_run(folder, *arguments)
    assert refused.wait() == 1
    assert "SLURM still has jobs of an earlier run of this folder" in refused.said
    cancelled = clean(folder)
    assert cancelled.returncode == 0, cancelled.stderr
    (run_id,) = {line.split()[-1].rstrip(".") for line in cancelled.stdout.splitlines()}
    assert f"SLURM run ID: {run_id}" in killed.said

    interrupted = start_run(folder, *arguments)
    interrupted.wait_for("the models", lambda: interrupted.said.count("Rule: train_zoo_model") == 2)
    trained = (results / "models/biased-0").stat().st_mtime_ns
    interrupted.interrupt()

    done = start_run(folder, *arguments, "--slurm-efficiency-report")
    assert done.wait() == 0, done.said[-6000:]
    assert world.stat().st_mtime_ns == made, "what the killed run had finished was kept"
    assert (results / "models/biased-0").stat().st_mtime_ns == trained
    return checkout


def test_the_tables_are_those_of_a_local_run(finished: Checkout, smoke: Checkout) -> None:
    made, local = finished.tables, smoke.tables
    assert {f"{table}.csv" for table in TABLES} <= made.keys()
    for name in ("evaluation.csv", "main_results.csv"):
        # A row for each model; the control model is not asked here.
        rows = local[name].splitlines(keepends=True)
        local[name] = b"".join(row for row in rows if not row.startswith(b"control-0,"))
    assert made == {name: local[name] for name in made}


def accounts(node: SingleNode, *columns: str) -> list[list[str]]:
    """What the accounting says of every job."""
    options = ("--allocations", "--noheader", "--parsable2", f"--format={','.join(columns)}")
    return [line.split("|") for line in node.ask("sacct", *options).splitlines()]


def test_models_were_on_the_gpu_partition_and_nothing_else(
    finished: Checkout, node: SingleNode
) -> None:
    rows = accounts(node, "Comment", "Partition", "ReqTRES")
    placed = {
        (comment.partition("_wildcards")[0], partition, "gres/gpu" in asked)
        for comment, partition, asked in rows
    }
    assert ("rule_train_zoo_model", "gpu", True) in placed
    assert ("rule_evaluate_model", "gpu", True) in placed
    assert ("rule_retrieve_world", "cpu", False) in placed
    assert all(has_gpu == (partition == "gpu") for _, partition, has_gpu in placed)


def test_small_jobs_went_together(finished: Checkout, node: SingleNode) -> None:
    by_run = Counter(name for (name,) in accounts(node, "JobName"))
    jobs = list((finished.folder / "results/smoke/timings").rglob("*.tsv"))
    assert sum(by_run.values()) > 0
    assert max(by_run.values()) < len(jobs)


def test_the_accounts_say_how_well_resources_were_used(finished: Checkout) -> None:
    (report,) = finished.folder.glob("efficiency_report_*.csv")
    table = pd.read_csv(report)
    assert {"CPU Efficiency (%)", "Memory Usage (%)"} <= set(table.columns)
    assert (table["MaxRSS_MB"] > 0).any()


def test_jobs_get_through(node: SingleNode, faulty_run) -> None:
    folder = faulty_run.folder
    assert faulty_run.wait() == 0, faulty_run.said[-6000:]

    # SLURM goes on with a job whose node's daemon comes back: it is not begun again.
    assert (folder / "through_a_crash.attempts").read_text().split() == ["once"]
    # Over the limit, a job comes back with more, and is not begun a third time.
    assert (folder / "over_time.attempts").read_text().split() == ["1", "2"]
    assert (folder / "over_memory.attempts").read_text().split() == ["400", "800"]
    states = node.ask("sacct", "--allocations", "--noheader", "--format=State").split()
    assert "TIMEOUT" in states


def test_gpus_are_for_those_who_ask(faulty_run) -> None:
    partition, devices = (faulty_run.folder / "on_gpu").read_text().split()
    assert partition == "gpu"
    assert devices in ("0", "1")
    assert (faulty_run.folder / "on_cpu").read_text().split() == ["cpu", "none"]
