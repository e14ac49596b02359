"""SpuriVerse: from a benchmark's errors to the trade-off between robustness and accuracy."""

from snakemake.utils import min_version

min_version("9.0")


# Beside this file, wherever Snakemake is called.
configfile: f"{workflow.basedir}/config.yaml"


report: "report/workflow.rst"


include: "rules/common.smk"
include: "rules/common_models.smk"
include: "rules/common_discovery.smk"
include: "rules/common_spubench.smk"
include: "rules/common_finetuning.smk"
include: "rules/common_page.smk"
include: "rules/models.smk"
include: "rules/retrieve.smk"
include: "rules/curate.smk"
include: "rules/synthesise.smk"
include: "rules/verify.smk"
include: "rules/shortcuts.smk"
include: "rules/evaluate.smk"
include: "rules/finetune.smk"
include: "rules/mitigations.smk"
include: "rules/truth.smk"
include: "rules/spubench.smk"
include: "rules/explain.smk"
include: "rules/open_questions.smk"
include: "rules/open_questions_spubench.smk"
include: "rules/report.smk"


rule all:
    """Everything of the configuration but the study of fine-tuning."""
    default_target: True
    input:
        get_products(),
        get_spubench_products(),
        get_explained_products(),
        get_composed_products(),


rule composites:
    """Which backgrounds pull which answers, by cut-outs laid on them."""
    input:
        get_asked_composites,


rule shortcuts:
    """What misleads the source model, by pictures, questions and answers alone, on one page."""
    input:
        get_shown_shortcuts(),
        get_shortcut_candidates(),


rule spubench:
    """MM-SpuBench alone: accuracy by type, and what answers rest on."""
    input:
        get_asked_spubench,
        get_explained_products(),


rule finetuning_study:
    """Regimes, layers, numbers of types and mitigations, compared."""
    input:
        get_study_products,
        get_mitigation_products(),


rule open_questions:
    """What the two papers leave open: a table and a figure for each question."""
    input:
        get_asked_open_questions,


rule robust_model:
    """A model made robust, with its card, as robust.base_model says."""
    input:
        get_robust_model(),


rule way_out:
    """The confirmation of the way out of the trade-off, by its protocol (docs/protocols/way-out.md)."""
    input:
        get_way_out_products(),


rule way_out_transfer:
    """The way out beyond its claim: kinds left out, another model's types, another benchmark."""
    input:
        f"{RESULTS}/tables/way_out_transfer.csv",


rule probes:
    """What changed conditions do to the answers of the evaluated models."""
    input:
        f"{RESULTS}/tables/probes.csv",
        get_figure("probes").values(),


if SPUBENCH and not SPUBENCH.published:

    rule clip_defences:
        """A poisoned tiny CLIP before and after three ways to mend it."""
        input:
            f"{RESULTS}/tables/clip_defences.csv",
            f"{RESULTS}/figures/clip_defences.pdf",


rule coverage:
    """How often intervals cover the truth, and how often verification errs, in simulations."""
    input:
        f"{RESULTS}/tables/coverage.csv",
        f"{RESULTS}/tables/calibration_simulated.csv",


complete_rules()
name_page_when_idle()
check_targets()


onstart:
    check_access()
    check_queue()
    announce_time()


onsuccess:
    record_provenance()
    show_results()
