"""The diagram of the pipeline."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.workflow.diagram import (
    TITLES,
    draw_chart,
    phases_of,
    read_graph,
    without_implied,
)

ROOT = Path(__file__).parents[3]
GRAPH = """---
title: DAG
---
flowchart TB
	id0[all]
	id1[plot_tradeoff]
	id2[verify_candidates]
	style id0 fill:#89D957,stroke-width:2px,color:#333333
	id1 --> id0
	id2 --> id1
"""


def reachable(edges: frozenset, start: int) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        place = waiting.pop()
        for maker, reader in edges:
            if maker == place and reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


def test_snakemake_s_graph_is_read() -> None:
    assert read_graph(GRAPH) == {("plot_tradeoff", "all"), ("verify_candidates", "plot_tradeoff")}


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda e: e[0] < e[1])))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_what_is_left_out_is_implied_and_nothing_that_is_left_is(edges: set) -> None:
    kept = without_implied(frozenset(edges))
    assert kept <= edges
    for place in range(8):
        assert reachable(kept, place) == reachable(frozenset(edges), place)
    for edge in kept:
        assert edge[1] not in reachable(kept - {edge}, edge[0])


def test_rules_stand_in_the_frame_of_their_phase() -> None:
    phases = {"plot_tradeoff": "figures", "verify_candidates": "verify"}
    chart = draw_chart(read_graph(GRAPH), phases, left_out={"all"})
    lines = [line.strip() for line in chart.splitlines()]
    assert lines[0] == "flowchart LR"
    assert lines.index('subgraph verify["Verification"]') < lines.index(
        'verify_candidates["verify candidates"]'
    )
    assert lines[-1] == "verify_candidates --> plot_tradeoff"
    assert not [line for line in lines if "all" in line.split()]


def test_every_file_of_rules_has_a_title() -> None:
    files = sorted((ROOT / "rules").glob("*.smk"))
    phases = phases_of(files)
    assert {"verify_candidates", "render_paper_tables", "explain_questions"} & set(phases)
    # Those tell or simulate something beside the pipeline.
    assert set(phases.values()) - set(TITLES) <= {"plan", "page", "coverage", "common"}
