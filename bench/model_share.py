"""Wall and CPU time per rule, and how much of the CPU time is rendering, training and answering.

From the benchmark files of a finished run (`results/timings`). A rule is model work if its jobs
render, train or ask; of each of these jobs, the CPU time that a start takes is not counted as such:
it is measured here, by starting Python and loading what such a job loads.

    python bench/model_share.py [results]
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd

RENDERING = (
    "retrieve_world",
    "synthesise_groups",
    "synthesise_batch",
    "render_class_images",
    "render_test_sets",
    "render_mitigation_sets",
    "render_calibration_candidates",
    "render_natural_images",
    "synthesise_transfer_groups",
    "write_questions",
)
TRAINING = (
    "train_zoo_model",
    "train_zoo_clip",
    "finetune_adapters",
    "try_mitigations",
    "compare_mitigations",
    "confirm_way_out",
    "transfer_kind",
    "transfer_types",
    "make_robust_model",
    "train_with_annotations",
    "train_worlds",
    "rank_by_encoders",
)
ANSWERING = (
    "collect_errors",
    "collect_confusions",
    "verify_candidates",
    "verify_base_types",
    "judge_batch",
    "evaluate_model",
    "evaluate_spubench",
    "measure_gaps",
    "measure_clip",
    "ask_calibration_candidates",
    "measure_cgla",
    "map_saliency",
    "annotate_regions",
    "try_suspicions",
    "probe_model",
    "collect_transfer_errors",
    "verify_transfer_candidates",
    "ask_types_of_sources",
    "ask_openly",
    "ask_adapters_openly",
    "ask_natural_images",
    "ask_class_images",
    "embed_attributes",
    "measure_adapters",
    "measure_interventions",
    "measure_worlds",
)
WORK = {
    **dict.fromkeys(RENDERING, "rendering"),
    **dict.fromkeys(TRAINING, "training"),
    **dict.fromkeys(ANSWERING, "answering"),
}
TARGET = 0.85
STARTS = {
    "rendering": "import pandas, pandera.pandas, PIL.Image",
    "training": "import pandas, pandera.pandas, torch, transformers, torchvision",
    "answering": "import pandas, pandera.pandas, torch, transformers, torchvision",
}
"""What a job of each kind loads before it begins."""


def read_timings(results: Path) -> pd.DataFrame:
    """Return one row per job: rule, wall seconds, CPU seconds, peak memory in MB."""
    rows = []
    for path in sorted((results / "timings").rglob("*.tsv")):
        job = pd.read_csv(path, sep="\t", na_values="NA").iloc[0]
        rule = path.relative_to(results / "timings").parts[0].removesuffix(".tsv")
        rows.append((rule, job["s"], job["cpu_time"], job["max_rss"]))
    return pd.DataFrame(rows, columns=["rule", "wall", "cpu", "memory"])


def cpu_seconds_to_start(statement: str) -> float:
    """Return the CPU seconds in which Python starts and executes a statement, the second time."""
    seconds = 0.0
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", statement], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds


def main() -> None:
    """Print the table and the shares."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs="?", default="results", type=Path)
    results = parser.parse_args().results
    timings = read_timings(results)
    if timings.empty:
        parser.error(f"there are no benchmark files under {results}/timings; run the workflow")
    table = timings.groupby("rule").agg(
        jobs=("wall", "size"), wall=("wall", "sum"), cpu=("cpu", "sum"), memory=("memory", "max")
    )
    table["cpu per job"] = table["cpu"] / table["jobs"]
    table["share of cpu"] = table["cpu"] / table["cpu"].sum()
    table["work"] = [WORK.get(rule, "") for rule in table.index]
    print(table.sort_values("cpu", ascending=False).round(3).to_string())
    whole, working = table["cpu"].sum(), table[table["work"] != ""]
    starts = {kind: cpu_seconds_to_start(STARTS[kind]) for kind in sorted(set(working["work"]))}
    starting = float((working["jobs"] * working["work"].map(starts)).sum())
    share = working["cpu"].sum() / whole
    print(f"\n{whole:.0f} s of CPU time in {table['jobs'].sum()} jobs")
    print(f"in rules that render, train or answer: {share:.3f}")
    for kind, part in working.groupby("work")["cpu"].sum().items():
        print(f"    {kind}: {part / whole:.3f}")
    strict = share - starting / whole
    print(f"without what their jobs take to start: {strict:.3f} (target {TARGET})")


if __name__ == "__main__":
    main()
