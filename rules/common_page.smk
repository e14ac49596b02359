"""The functions that make the page of a run, once it has ended well."""

from snakemake.io import IOFile
from snakemake.io import report as show_in_report
from snakemake.sourcecache import infer_source_file

from spuriverse.report.pages import find_product

CAPTIONS = Path(workflow.basedir) / "report"
REPORTED = (".png", ".csv", ".html")


def enter_in_report(path):
    """Let `snakemake --report` show an output that people look at, with its caption.

    The folder of contact sheets is left out: a report of one file cannot hold it.
    """
    name = os.path.relpath(path, RESULTS)
    product = find_product(name)
    if product is None or not name.endswith(REPORTED):
        return
    marked = show_in_report(
        str(path),
        caption=infer_source_file(str(CAPTIONS / f"{product.name}.rst")),
        category=product.category,
        subcategory=product.title,
        labels={"file": name},
    )
    marked.flags.update(path.flags)
    path.clone_flags(IOFile(marked, rule=path.rule))


def get_shown_files():
    """Everything that people look at and that this configuration can make."""
    study = [*get_study_files(), *get_mitigation_products()]
    able = "finetuning_study" in CONFIG.planned_targets()
    products = [*get_products(), *get_spubench_products(), *get_explained_products()]
    products += get_composed_products()
    asked = [path for path in get_open_files() if os.path.exists(path)]
    files = [*products, *(study if able else []), *asked]
    # Of a folder people open the index.
    return [f if os.path.splitext(f)[1] else f"{f}/index.html" for f in dict.fromkeys(files)]


def get_page_facts():
    """What the page says beside the results."""
    from spuriverse.report.pages import Run
    from spuriverse.workflow import find_changed

    made = [str(path) for job in workflow.dag.jobs for path in job.output]
    params = {
        each.name: {k: v for k, v in each.params.items() if not callable(v)}
        for each in workflow.rules
    }
    return Run(
        results=Path(RESULTS),
        overlays=[os.path.relpath(path) for path in workflow.overwrite_configfiles],
        base_model=BASE,
        published=CONFIG.types_from == "published",
        wanted=get_shown_files(),
        made=frozenset([*made, *(f"{path}/index.html" for path in made)]),
        stale=find_changed(RESULTS, params),
        miniature=CONFIG.miniature,
        caveats=CONFIG.caveats(),
        paid_models=len(CONFIG.remote_models),
        captions=CAPTIONS,
    )


def get_strongest_pairs():
    """The strongest verified types as minimal pairs; none before verification."""
    from types import SimpleNamespace

    from spuriverse.discovery.verification import read_strongest_pairs

    tables = SimpleNamespace(
        samples=get_benchmark_tables(),
        candidates=f"{RESULTS}/curation/candidates.parquet",
        groups=f"{RESULTS}/groups/groups.parquet",
        types=f"{RESULTS}/verification/types.parquet",
        responses=f"{RESULTS}/verification/responses.parquet",
        verification=f"{RESULTS}/verification/verification.parquet",
    )
    return read_strongest_pairs(tables)


def make_page():
    """Make the page of the run and return its last words: what came out, and where to look.

    The run has ended well: whatever goes wrong here is a warning, and nothing is returned.
    """
    from spuriverse.report.pages import show_run

    try:
        return f"SpuriVerse: {show_run(get_page_facts(), get_strongest_pairs()).sentence()}"
    except Exception as error:
        told = " ".join(str(error).split()) or type(error).__name__
        logger.warning(f"SpuriVerse: the page of results could not be made: {told}")
        return None


def show_results():
    """Make the page, and name it in the last line that the terminal shows.

    Jobs that only tell something, such as the list of targets, make no result to show.
    """
    if any(job.output for job in workflow.dag.jobs if job.rule.script) and (said := make_page()):
        # The plugin of the terminal keeps it until Snakemake has said where its log is.
        logger.info(said, extra={"last_words": True})


def name_page_when_idle():
    """Let the terminal name the page, too, when nothing is to be done, for which there is no hook."""
    if workflow.is_main_process and not workflow.dryrun:
        for handler in workflow.logger_manager.get_log_handlers():
            if terminal := getattr(handler, "terminal", None):
                terminal.idle_words = make_page
