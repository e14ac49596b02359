"""How much of the workflow's time is model work, per rule.

From the benchmark files of a finished run (`results/timings`) and from the seconds that jobs
recorded themselves: the `seconds` of responses and of fine-tuning runs. Prints shares, so that
machines can be compared.

    python bench/model_share.py [results]
"""

import argparse
from pathlib import Path

import pandas as pd

MODEL_RULES = (
    "train_zoo_model",
    "collect_errors",
    "verify_candidates",
    "evaluate_model",
    "measure_gaps",
    "train_zoo_clip",
    "collect_confusions",
    "evaluate_spubench",
    "finetune_adapters",
)
"""Rules whose jobs train a model or ask one."""


def read_timings(results: Path) -> pd.DataFrame:
    """Return one row per job: rule, wall seconds, CPU seconds, peak memory in MB."""
    rows = []
    for path in sorted((results / "timings").rglob("*.tsv")):
        job = pd.read_csv(path, sep="\t", na_values="NA").iloc[0]
        rule = path.relative_to(results / "timings").parts[0].removesuffix(".tsv")
        rows.append((rule, job["s"], job["cpu_time"], job["max_rss"]))
    return pd.DataFrame(rows, columns=["rule", "wall", "cpu", "memory"])


def model_seconds(results: Path) -> dict[str, float]:
    """Return rule -> seconds that its jobs spent in the model, where they recorded them."""

    def total(pattern: str) -> float:
        return float(sum(pd.read_parquet(p)["seconds"].sum() for p in results.glob(pattern)))

    runs, answers = "finetuning/*/*/*/runs.parquet", "finetuning/*/*/*/responses.parquet"
    return {
        "collect_errors": total("curation/responses.parquet"),
        "evaluate_model": total("evaluation/models/*.parquet"),
        "finetune_adapters": total(runs) + total(answers),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs="?", default="results", type=Path)
    results = parser.parse_args().results
    timings = read_timings(results)
    if timings.empty:
        parser.error(f"there are no benchmark files under {results}/timings; run the workflow")
    table = timings.groupby("rule").agg(
        jobs=("wall", "size"), wall=("wall", "sum"), cpu=("cpu", "sum"), memory=("memory", "max")
    )
    table["share"] = table["wall"] / table["wall"].sum()
    table["model"] = [rule in MODEL_RULES for rule in table.index]
    inside = pd.Series(model_seconds(results))
    table["in model"] = inside[inside > 0] / table["wall"]
    print(table.sort_values("wall", ascending=False).round(3).to_string())
    share = table.loc[table["model"], "share"].sum()
    print(f"\nshare of job time in rules that use a model: {share:.3f}")


if __name__ == "__main__":
    main()
