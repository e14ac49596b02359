"""easy-VQA as a second benchmark, at smoke scale."""

from collections.abc import Callable

import pandas as pd
from checkout import Checkout


def test_easy_vqa_gets_a_curve_and_a_table(new_checkout: Callable[[], Checkout]) -> None:
    checkout = new_checkout()
    overlays = ("config/smoke.yaml", "config/easy-vqa.yaml", "config/smoke-easy-vqa.yaml")
    results = "results/smoke-easy-vqa"
    done = checkout.run(
        f"{results}/figures/tradeoff.pdf", f"{results}/tables/easy_vqa.csv", overlays=overlays
    )
    assert done.returncode == 0, done.stderr[-4000:]
    tradeoff = pd.read_csv(checkout.folder / results / "tables/tradeoff.csv")
    assert "easy_vqa" in set(tradeoff["subset"])
    table = pd.read_csv(checkout.folder / results / "tables/easy_vqa.csv")
    assert {"all", "shape", "colour"} <= set(table["category"])
    assert table["prior"].between(0, 1).all()
