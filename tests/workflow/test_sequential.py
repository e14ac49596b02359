"""Verification in batches: a chain of files, none written twice, that ends with types."""

import pandas as pd
import pytest
from checkout import Checkout

from spuriverse.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
STEPS, PER_GROUP = 2, 10
TARGETS = ("verification/types.parquet", "tables/shrinkage.csv")


@pytest.fixture(scope="module")
def sequential(smoke: Checkout, tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, tuple]:
    """The smoke run gone on with in batches: its models and candidates are made already."""
    checkout = smoke.copy_to(tmp_path_factory.mktemp("sequential") / "copy")
    overlay = checkout.folder / "config" / "sequential.yaml"
    overlay.write_text("verification: {sequential: true}")
    overlays = ("config/smoke.yaml", "config/sequential.yaml")
    targets = [f"results/smoke/{target}" for target in TARGETS]
    done = checkout.run(*targets, overlays=overlays)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "train_zoo_model" not in done.stderr
    again = checkout.run(*targets, overlays=overlays)
    assert "Nothing to be done" in again.stderr
    return checkout, overlays


def test_every_batch_shows_new_images_of_open_candidates_alone(sequential) -> None:
    results = sequential[0].folder / "results/smoke"
    candidates = set(
        read_table(results / "curation/candidates.parquet", "candidates")["candidate_id"]
    )
    still_open, seeds = candidates, set()
    for batch in range(STEPS):
        groups = read_table(results / f"groups/batch-{batch}/groups.parquet", "groups")
        assert set(groups["candidate_id"]) <= still_open
        here = set(zip(groups["candidate_id"], groups["group"], groups["seed"], strict=True))
        assert not here & seeds
        assert all((sequential[0].folder / image).is_file() for image in groups["image"])
        seeds |= here
        evidence = read_table(results / f"verification/batch-{batch}/evidence.parquet", "evidence")
        still_open = set(evidence.loc[evidence["status"] == "open", "candidate_id"])
    assert seeds


def test_types_are_what_the_last_batch_left_and_have_fresh_images(sequential) -> None:
    results = sequential[0].folder / "results/smoke"
    evidence = read_table(results / f"verification/batch-{STEPS - 1}/evidence.parquet", "evidence")
    types = read_table(results / "verification/types.parquet", "types")
    kept = set(evidence.loc[evidence["status"] == "kept", "candidate_id"])
    assert kept
    assert set(types["candidate_id"]) == kept
    groups = read_table(results / "groups/groups.parquet", "groups")
    fresh = groups[groups["part"] == "fresh"].groupby(["candidate_id", "group"]).size()
    assert (fresh == PER_GROUP).all()
    assert set(fresh.index.get_level_values("candidate_id")) == kept
    verification = read_table(results / "verification/verification.parquet", "verification")
    assert set(verification["test"]) == {"e-process"}
    deciding = verification["n_core"].to_numpy()
    assert deciding.min() >= 2 and deciding.max() <= 4
    shrinkage = pd.read_csv(results / "tables/shrinkage.csv")
    assert set(shrinkage.loc[shrinkage["candidates"] == "type", "type_id"]) == kept
