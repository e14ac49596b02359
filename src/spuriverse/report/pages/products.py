"""What a run makes for people: every product's title and place, and the files that hold it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CATEGORIES = (
    "Fine-tuning",
    "Discovery",
    "Verification",
    "Models",
    "MM-SpuBench",
    "Open questions",
    "The run",
)
"""In the order in which they are shown."""


@dataclass(frozen=True)
class Product:
    """Something that people look at.

    Attributes:
        name: Also the name of its caption, `report/<name>.rst`.
        category: One of `CATEGORIES`.
        title: A few words.
        stems: Its files without their suffixes, below the folder of results, the figure first.
    """

    name: str
    category: str
    title: str
    stems: tuple[str, ...]


def _both(name: str, category: str, title: str, *more: str) -> Product:
    """A figure and the table of its name."""
    return Product(name, category, title, (f"figures/{name}", f"tables/{name}", *more))


def _table(name: str, category: str, title: str) -> Product:
    return Product(name, category, title, (f"tables/{name}",))


def _open(name: str, title: str) -> Product:
    """The answer to an open question."""
    stems = (f"figures/open_questions/{name}", f"tables/open_questions/{name}")
    return Product(name, "Open questions", title, stems)


PRODUCTS = (
    _both("tradeoff", "Fine-tuning", "The trade-off"),
    Product("notebook", "Fine-tuning", "The run, told in a notebook", ("notebooks/tradeoff",)),
    _table("finetuning", "Fine-tuning", "Fine-tuning by regime and layers"),
    _both("ablation", "Fine-tuning", "How many types are needed"),
    _both("association", "Fine-tuning", "Over base models and associations"),
    Product(
        "held_out",
        "Fine-tuning",
        "Types, kinds and benchmarks that were held out",
        ("tables/held_out_types", "tables/held_out_kinds", "tables/held_out_benchmarks"),
    ),
    _table("transfer", "Fine-tuning", "Types of one model, mended in another"),
    _both("mitigations", "Fine-tuning", "Mitigations compared", "tables/mitigation_curves"),
    _both(
        "way_out",
        "Fine-tuning",
        "The way out, confirmed",
        "tables/way_out_curves",
        "tables/way_out_parts",
    ),
    _table("way_out_transfer", "Fine-tuning", "Whether the way out transfers"),
    Product("methods", "Fine-tuning", "Which mitigation to take", ("figures/methods",)),
    Product(
        "paper_tables", "Fine-tuning", "Beside the published tables", ("notebooks/paper_tables",)
    ),
    Product("types", "Discovery", "A dozen types", ("figures/types",)),
    _both("curation_funnel", "Discovery", "What curation leaves", "tables/curation_changes"),
    Product(
        "shortcuts",
        "Discovery",
        "What misleads it, from pixels",
        ("shortcuts/index", "tables/shortcuts"),
    ),
    _table("discovery", "Discovery", "Found against planted"),
    _table("planted_shortcuts", "Discovery", "Which planted shortcuts took hold"),
    Product(
        "composites",
        "Discovery",
        "Backgrounds that pull answers",
        (
            "figures/composites",
            "composites/index",
            "tables/composites",
            "tables/composites_accuracy",
        ),
    ),
    _table("synthesis_audit", "Discovery", "What became of the images"),
    _table("agreement", "Discovery", "Agreement of the reviewers"),
    Product("sheets", "Verification", "Contact sheets", ("sheets/index",)),
    _both("verification_calibration", "Verification", "How often decisions err"),
    _table("calibration_simulated", "Verification", "How often decisions err in simulation"),
    _table("coverage", "Verification", "How often intervals hold the truth"),
    _table("shrinkage", "Verification", "Deciding gap and fresh gap"),
    _table("sequential_savings", "Verification", "Images that are saved"),
    Product("samples", "Models", "Sample browser", ("samples",)),
    _both("main_results", "Models", "Every model"),
    _both("evaluation", "Models", "Accuracy by subset"),
    _both("prompting", "Models", "Prompting strategies"),
    _table("consistency", "Models", "Options in another order"),
    _table("blind", "Models", "Questions without their images"),
    _table("easy_vqa", "Models", "easy-VQA"),
    _both("probes", "Models", "Probes", "tables/probe_ranks"),
    _both("spubench_accuracy", "MM-SpuBench", "Accuracy by type"),
    _both("spubench_confusion", "MM-SpuBench", "Which classes are confused"),
    _both("spubench_strategies", "MM-SpuBench", "Strategies compared"),
    _table("spubench_clip", "MM-SpuBench", "What the tiny CLIP confuses"),
    _both("clip_defences", "MM-SpuBench", "A poisoned CLIP, mended"),
    _both("spubench_cgla", "MM-SpuBench", "Gain by core attributes"),
    _both("spubench_signatures", "MM-SpuBench", "Signatures of failure"),
    _both("spubench_heatmaps", "MM-SpuBench", "Where models look", "spubench/heatmaps"),
    _table("spubench_occlusion", "MM-SpuBench", "What is covered, and what follows"),
    _open("source_models", "Is it the source model's alone"),
    _open("open_answers", "Open answers beside multiple choice"),
    _open("open_replies", "Models that write, without options"),
    _open("synthetic_natural", "Do synthetic images stand for real ones"),
    _open("generalising", "Generalising or memorising"),
    _open("second_paper", "Robustness by the other paper's means"),
    _open("annotations", "Training with annotations"),
    _open("towers", "In which tower a shortcut sits"),
    _open("backbones", "Do other backbones confuse the same"),
    _open("cgla_intervention", "Does CGLA predict an intervention"),
    _table("spending", "The run", "What was paid"),
    _table("cost", "The run", "What is going to be paid"),
    _table("plan", "The run", "What a whole run takes"),
)
"""Everything that has a title and a caption; other tables and figures are shown by their names."""

FILES = {
    "tables": "tables for people, rounded to what their intervals support",
    "records": "the tables with every digit, and what made them and the run",
    "figures": "figures as PDF and PNG, each with the record of what made it",
    "notebooks": "the run in words, tables and figures",
    "sheets": "a contact sheet for each verified candidate, and a page of them all",
    "samples.html": "every question that was asked, with its image and all replies",
    "sources": "what was fetched, with revisions and digests",
    "benchmarks": "the questions and images of every benchmark",
    "models": "the tiny models, as ordinary checkpoint folders",
    "curation/responses.parquet": "what the source model answered",
    "curation/errors.parquet": "what it got wrong",
    "curation/proposals.parquet": "attributes that go with its errors, with tests",
    "curation/candidates.parquet": "accepted candidates: an error and the attribute blamed",
    "composites": "what models answer to cut-outs on backgrounds, and the page about it",
    "curation/regions.parquet": "where pictures show what is suspected, if regions are annotated",
    "shortcuts": "suspicions from pixels: regions, edited pictures, the answers to them, a page",
    "groups/groups.parquet": "images with and without each candidate's attribute",
    "groups/image_records.parquet": "how each of them was made, and what became of it",
    "verification/verification.parquet": "gap, test and decision for each candidate and model",
    "verification/types.parquet": "the verified types",
    "verification/responses.parquet": "the answers that decided",
    "evaluation/models": "every model's answers to anchors, groups and ordinary questions",
    "evaluation/variants": "their answers by other strategies, in other orders, without the image",
    "evaluation/predictions.parquet": "every answer beside its question",
    "evaluation/splits.parquet": "which types each split trains on and which it holds out",
    "evaluation/non_spurious.parquet": "the ordinary questions, by part",
    "evaluation/test_sets.parquet": "the questions that fine-tuning is measured on",
    "finetuning": "adapters, runs, and the answers of fine-tuned models",
    "transfer": "types that were found on other models",
    "spubench": "MM-SpuBench: images, questions, answers, likelihoods, heat maps",
    "open_questions": "what the answers to open questions are counted from",
    "scores": "how good the steps are, where the truth is known",
    "logs": "what each job reported",
    "timings": "seconds and memory of each job",
}
"""Path below the folder of results -> what it holds."""

SUFFIXES = ("png", "pdf", "csv", "md", "tex", "html", "ipynb")
"""Files of a product, in the order in which they are linked."""


def find_product(path: str) -> Product | None:
    """Return the product that a file below the folder of results belongs to."""
    stem, _, _ = path.rpartition(".")
    return next((product for product in PRODUCTS if stem in product.stems), None)


def unnamed_products(results: Path) -> Iterator[Product]:
    """Yield a product for every table and figure that is there but has no entry."""
    found = [p for folder in ("figures", "tables") for p in sorted((results / folder).glob("*.*"))]
    seen: set[str] = set()
    for path in found:
        name = path.stem
        known = find_product(f"{path.parent.name}/{path.name}")
        if known or name in seen or path.suffix[1:] not in SUFFIXES or path.name.startswith("."):
            continue
        seen.add(name)
        stems = (f"figures/{name}", f"tables/{name}")
        yield Product(name, "The run", name.replace("_", " ").capitalize(), stems)


def files_of(product: Product, results: Path) -> list[str]:
    """Return the files of a product that are there, relative to the folder of results."""
    names = [f"{stem}.{suffix}" for stem in product.stems for suffix in SUFFIXES]
    return [name for name in names if (results / name).is_file()]


def missing_files(product: Product, wanted: Iterable[str]) -> list[str]:
    """Return the files among those wanted, relative to the results, that would hold a product."""
    stems = set(product.stems)
    return [path for path in wanted if path.rpartition(".")[0] in stems]


def read_caption(captions: Path, name: str) -> str:
    """Return the first paragraph of a caption in one line; nothing if there is no caption."""
    path = captions / f"{name}.rst"
    if not path.is_file():
        return ""
    return " ".join(path.read_text(encoding="utf-8").strip().partition("\n\n")[0].split())
