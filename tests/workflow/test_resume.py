"""Kill the workflow with SIGKILL at several stages; a rerun keeps what was finished.

The run begins from nothing, so that it shows as well that two runs give the same tables, byte for
byte: those that lie on and beside the way to the trade-off. `test_digests.py` compares all tables
with those of an earlier run.
"""

from collections.abc import Callable

from checkout import Checkout

TABLES = ("tradeoff.csv", "curation_funnel.csv", "shrinkage.csv", "synthesis_audit.csv")
TARGETS = [f"results/smoke/tables/{name}" for name in TABLES]
STAGES = (
    ("Train tiny model", True),
    ("Ask the source model", False),
    ("Make the core and the spurious group", True),
    ("Fine-tune biased-0", False),
)
"""What the output says when a stage begins, and whether its jobs are killed too."""


def test_killed_at_several_stages_the_tables_are_the_same(
    smoke: Checkout, new_checkout: Callable[[], Checkout]
) -> None:
    checkout = new_checkout()
    model = checkout.folder / "results/smoke/models/biased-0"
    made = []
    for words, group in STAGES:
        checkout.kill_at(words, *TARGETS, group=group)
        if model.exists():
            made.append(model.stat().st_mtime_ns)
    done = checkout.run(*TARGETS)
    assert done.returncode == 0, done.stderr[-4000:]
    tables = checkout.tables
    assert set(TABLES) <= set(tables)
    assert tables == {name: smoke.tables[name] for name in tables}
    assert len(made) == 3, "the model was finished before the second kill"
    assert {*made, model.stat().st_mtime_ns} == {made[0]}, "the model was trained once"
    leftovers = [p for p in (checkout.folder / "results").rglob(".*") if p.name != ".snakemake"]
    assert [path for path in leftovers if not path.name.startswith(".snakemake")] == []
