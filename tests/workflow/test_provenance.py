"""The two questions a user types: what a run will take, and which of its results are stale."""

from pathlib import Path

import pandas as pd
import pytest
from checkout import SMOKE, Checkout

from spuriverse.workflow.durations import say_duration

RESULTS = Path("results/smoke")


@pytest.fixture
def copied(smoke: Checkout, tmp_path: Path) -> Checkout:
    return smoke.copy_to(tmp_path / "copied")


def stale(checkout: Checkout, *overlays: str) -> dict[str, set[str]]:
    """What `verify_provenance` says: a stale result -> why."""
    done = checkout.run("verify_provenance", overlays=(SMOKE, *overlays))
    assert done.returncode == 0, done.stderr[-4000:]
    lines = done.stdout.splitlines()
    said: dict[str, set[str]] = {}
    for path, found, reason in (line.partition(" is stale, because ") for line in lines):
        if found:
            said.setdefault(path.removeprefix(f"{RESULTS}/"), set()).add(reason.removesuffix("."))
    assert (f"{len(said)} results are stale." if said else "No result is stale.") in lines
    return said


def test_what_is_stale_is_named_with_the_reason(copied: Checkout) -> None:
    assert stale(copied) == {}

    folder = copied.folder
    with (folder / RESULTS / "tables/planted_shortcuts.csv").open("a") as table:
        table.write("edited,by,hand\n")
    splits = RESULTS / "evaluation/splits.parquet"
    pd.read_parquet(folder / splits).iloc[::-1].to_parquet(folder / splits)
    with (folder / "scripts/plot_funnel.py").open("a") as script:
        script.write("\nEDITED = True\n")
    with (folder / "scripts/train_zoo_model.py").open("a") as script:
        script.write("\n# Worded otherwise.\n")
    (folder / "overlay.yaml").write_text("evaluation: {resamples: 201}\n")

    said = stale(copied, "overlay.yaml")
    assert said["tables/planted_shortcuts.csv"] == {"it was edited after it was made"}
    assert f"the content of its input {splits} is another one now" in said["tables/evaluation.csv"]
    assert said["evaluation/models/control-0.parquet"] == {"its input files are newer"}
    other = {"its parameters or the code that it runs changed"}
    assert said["figures/curation_funnel.pdf"] == said["tables/spubench_heatmaps.csv"] == other
    assert said["figures/evaluation.pdf"] == {"what it is made from is to be made again"}
    assert "models/biased-0" not in said
    assert "tables/discovery.csv" not in said


def test_the_plan_counts_the_jobs_and_seconds_of_an_earlier_run(copied: Checkout) -> None:
    timings = copied.folder / RESULTS / "timings"
    took = {
        path.relative_to(timings): pd.read_csv(path, sep="\t").loc[0, "s"]
        for path in timings.rglob("*.tsv")
    }

    done = copied.run("plan")
    assert done.returncode == 0, done.stderr[-4000:]
    plan = pd.read_csv(copied.folder / RESULTS / "tables/plan.csv")
    rules = [path.parts[0].removesuffix(".tsv") for path in took]
    by_rule = pd.Series(took.values()).groupby(rules)
    assert set(by_rule.groups) <= set(plan["rule"]), "every rule that ran is planned"
    # Evaluation is planned by the number of questions, so that it is right for other sizes.
    planned = plan[plan["rule"] != "evaluate_model"].set_index("rule")
    made = planned.loc[[rule for rule in by_rule.groups if rule != "evaluate_model"]]
    assert set(made["basis"]) == {"measured here"}
    mean = by_rule.mean()[made.index]
    assert (made["hours"] * 3600).tolist() == pytest.approx((made["jobs"] * mean).tolist(), 1e-4)
    # The whole plan has the fine-tuning study, too, which shares some rules with the earlier run.
    assert (made["jobs"] >= by_rule.size()[made.index]).all()
    assert made.loc["score_discovery", "jobs"] == 1
    assert planned.loc["tabulate_finetuning", "basis"] == "assumed"
    duration = say_duration(plan["hours"].sum() * 3600)
    said = f"{plan['jobs'].sum()} jobs, {duration} if one ran after the other"
    assert said in done.stdout
