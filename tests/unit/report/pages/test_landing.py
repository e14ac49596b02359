"""The page of a run: its numbers, its cards, what is missing, and hostile texts."""

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from spuriverse.discovery.verification import MinimalPair
from spuriverse.report.pages import CATEGORIES, FILES, PRODUCTS, Run, read_caption, show_run
from spuriverse.tables import empty_table, record_of
from spuriverse.workflow import Stale

CAPTIONS = Path(__file__).parents[4] / "report"
HOSTILE = '"><script>alert(1)</script>'
TRADEOFF = [
    ("base", "spurious_held_out", 0.16, 0.05, 0.24),
    ("0", "spurious_held_out", 0.2, 0.1, 0.3),
    ("1", "spurious_held_out", 0.67, 0.57, 0.76),
    ("base", "ordinary", 0.92, 0.9, 0.94),
    ("1", "ordinary", 0.9, 0.88, 0.92),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of which nothing is there yet."""
    monkeypatch.chdir(tmp_path)
    Path("results").mkdir()
    return Run(
        results=Path("results"),
        overlays=[],
        base_model="tiny",
        published=False,
        wanted=["results/tables/tradeoff.csv", "results/figures/tradeoff.pdf"],
        made=frozenset(),
        stale=[],
        miniature="",
        caveats=["Rendered, not photographed."],
        paid_models=0,
        captions=CAPTIONS,
    )


def write(path: str, rows: list[dict[str, object]]) -> None:
    """Write a table for people and its record."""
    for place in (Path(path), record_of(path)):
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def write_tradeoff() -> None:
    names = ("proportion", "subset", "accuracy", "low", "high")
    rows = [{"seed": "all", **dict(zip(names, row, strict=True))} for row in TRADEOFF]
    write("results/tables/tradeoff.csv", rows)


def draw(path: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 48), "teal").save(path)
    return path


class Reader(HTMLParser):
    """Text, addresses, and the number of each tag of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.addresses, self.tags = "", [], []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(run: Run, pairs: list[MinimalPair] | None = None) -> Reader:
    return Reader(show_run(run, pairs or []).page.read_text(encoding="utf-8"))


def test_a_run_of_which_nothing_is_there_has_a_page_with_what_to_type(run: Run) -> None:
    page = read(replace(run, overlays=["config/a b.yaml"]))
    assert "Not made yet" in page.text
    files = "results/tables/tradeoff.csv results/figures/tradeoff.pdf"
    assert f"snakemake --cores all {files} --configfile 'config/a b.yaml'" in page.text
    assert "Rendered, not photographed." in page.text
    # What was paid is not known yet either.
    assert "none yet" in read(replace(run, paid_models=1)).text


def test_the_numbers_are_those_of_the_tables(run: Run) -> None:
    write_tradeoff()
    shown = show_run(run, [])
    assert shown.summary == "Robustness 0.16 -> 0.67, ordinary 0.92 -> 0.90"
    assert shown.sentence().endswith("See results/index.html (make open shows it).")
    other = replace(shown, page=Path("results/my run/index.html")).sentence()
    assert other.endswith("(make open RESULTS='results/my run' shows it).")
    text = Reader(shown.page.read_text(encoding="utf-8")).text
    assert "0.16 → 0.67" in text
    assert "[0.05, 0.24] → [0.57, 0.76]" in text
    assert "0.67 [0.57, 0.76] of the questions about held-out shortcuts" in " ".join(text.split())
    assert "more robust" in text


def write_found() -> None:
    """Five candidates on five attributes, four of them types."""
    names = [f"c{n}" for n in range(5)]
    attributes = [f"scene:{n}" for n in range(5)]
    found = {"attribute": attributes, "candidate_id": names}
    for path, table in (("verification/types", "types"), ("curation/candidates", "candidates")):
        blank = empty_table(table).reindex(range(5))
        filled = blank.assign(**{key: v for key, v in found.items() if key in blank})
        Path(f"results/{path}").parent.mkdir(parents=True, exist_ok=True)
        filled.head(4 if table == "types" else 5).to_parquet(f"results/{path}.parquet")


def test_what_was_found_is_told_with_an_interval(run: Run) -> None:
    write_found()
    text = " ".join(read(run).text.split())
    assert "shortcuts found4 on 4 attributes 0.80 [" in text
    assert "of 5 candidates are confirmed" in text
    told = " ".join(read(replace(run, published=True)).text.split())
    assert "published types4" in told and "shortcuts found" not in told


def test_a_difference_within_its_noise_is_not_called_one(run: Run) -> None:
    names = ("proportion", "subset", "accuracy", "low", "high")
    rows = [
        {"seed": "all", **dict(zip(names, row, strict=True))}
        for row in (
            ("base", "spurious_held_out", 0.4, 0.2, 0.6),
            ("1", "spurious_held_out", 0.5, 0.3, 0.7),
            ("base", "ordinary", 0.9, "", ""),
            ("1", "ordinary", 0.9, "", ""),
        )
    ]
    write("results/tables/tradeoff.csv", rows)
    text = read(run).text
    assert "a difference that the intervals do not settle" in text
    assert "more robust" not in text
    assert "nan" not in text


def test_models_that_were_only_measured_have_their_numbers(run: Run) -> None:
    rows = [
        {
            "model": model,
            "subset": subset,
            "accuracy": value,
            "low": value - 0.1,
            "high": value + 0.1,
            "drop": 0.3 if subset == "spurious" else "",
            "drop_low": 0.2 if subset == "spurious" else "",
            "drop_high": 0.4 if subset == "spurious" else "",
        }
        for model in ("gpt", HOSTILE)
        for subset, value in (("anchor", 0.5), ("spurious", 0.25), ("non-spurious", 0.8))
    ]
    write("results/tables/main_results.csv", rows)
    shown = show_run(run, [])
    assert shown.summary == "Robustness 0.25, ordinary accuracy 0.80"
    page = Reader(shown.page.read_text(encoding="utf-8"))
    assert HOSTILE in page.text
    assert page.tags.count("script") == 1
    assert page.tags.count("tr") == 3


def test_a_link_leads_to_a_file_beside_the_page(run: Run) -> None:
    write_tradeoff()
    draw("results/figures/tradeoff.png")
    write("results/tables/of_my_own.csv", [{"a": 1}])
    page = read(run)
    links = [address for address in page.addresses if not address.startswith("data:")]
    assert {"figures/tradeoff.png", "tables/tradeoff.csv", "tables/of_my_own.csv"} <= set(links)
    assert all((Path("results") / link).exists() for link in links)
    assert "Of my own" in page.text


def test_a_pair_shows_both_images_and_replies(run: Run) -> None:
    pair = MinimalPair(
        "c-1",
        HOSTILE,
        "What is it?",
        "key",
        draw("core.png"),
        "absent.png",
        "hourglass",
        "tiny",
        0.75,
        0.5,
        0.9,
        True,
    )
    page = read(run, [pair])
    for told in (HOSTILE, "“key” ✓", "“hourglass” ✗", "0.75 [0.50, 0.90] on fresh images"):
        assert told in page.text
    assert page.tags.count("script") == 1


def test_the_badge_says_what_the_numbers_are_worth(run: Run) -> None:
    write_tradeoff()
    table = "results/tables/tradeoff.csv"
    made = replace(run, made=frozenset([table]))
    badges = r'class="badge (\w+)"'

    def badge(facts: Run) -> list[str]:
        return re.findall(badges, show_run(facts, []).page.read_text(encoding="utf-8"))

    assert badge(made) == ["fresh"]
    assert badge(replace(made, miniature="smoke run")) == ["smoke", "fresh"]
    assert badge(run) == ["earlier"]
    old = [Stale(table, "its input x is gone")]
    assert badge(replace(run, stale=old)) == ["stale"]
    assert "Stale: its input x is gone." in read(replace(run, stale=old)).text
    # What the run has just made or found up to date is not stale.
    assert badge(replace(made, stale=old)) == ["fresh"]


def test_money_is_told_with_what_is_not_known(run: Run) -> None:
    names = ("model", "answered", "unpriced", "usd")
    rows = [dict(zip(names, ("total", 1200, 3, 1.5), strict=True))]
    assert "no model behind a server is asked" in read(run).text
    write("results/tables/spending.csv", rows)
    text = read(replace(run, paid_models=1)).text
    assert "1.50 USD" in text
    assert "3 replies of unknown price" in text


def test_it_says_when_and_on_what_it_was_made(run: Run) -> None:
    record = {
        "written": "2026-01-02T03:04:05+00:00",
        "commit": "abcdef1234567890",
        "dirty": True,
        "protocol": "corrected",
        "seeds": {"seed": 0, "finetuning": [0, 1]},
        "hardware": {"processor": HOSTILE, "cores": 2, "system": "Linux"},
        "versions": {"python": "3.11", "trl": None},
        "timings": {"a.tsv": {"seconds": 90.0, "cpu_seconds": None, "max_rss_mb": 512.0}},
    }
    Path("results/records").mkdir()
    Path("results/records/provenance.json").write_text(json.dumps(record))
    text = read(run).text
    for told in ("2026-01-02 03:04:05 UTC", "abcdef1234", "uncommitted edits", HOSTILE, "0.5 GB"):
        assert told in text


def test_every_product_has_a_caption_of_one_paragraph_and_every_caption_a_product() -> None:
    names = {product.name for product in PRODUCTS}
    assert {path.stem for path in CAPTIONS.glob("*.rst")} == names | {"workflow"}
    for name in names:
        assert read_caption(CAPTIONS, name).endswith("."), name
    assert {product.category for product in PRODUCTS} <= set(CATEGORIES)


def test_the_folders_of_the_page_are_those_of_the_results_readme() -> None:
    readme = (CAPTIONS.parent / "results" / "README.md").read_text(encoding="utf-8")
    for path in FILES:
        top = path.partition("/")[0]
        assert f"`{top}" in readme, top
