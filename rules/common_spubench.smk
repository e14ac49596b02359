"""The functions that the rules of MM-SpuBench and of its explanations share."""

SPUBENCH = CONFIG.spubench
SPUBENCH_FOLDER = f"{RESULTS}/spubench"
# Only the embedded world's images come with a record of what they show.
HAS_SCENES = SPUBENCH is not None and SPUBENCH.world is not None and not SPUBENCH.published


wildcard_constraints:
    source="|".join(map(re.escape, SPUBENCH.zones() if SPUBENCH else ())) or "none",


def get_clips():
    """The poisoned tiny CLIP, and what became of it in every way."""
    names = ["before", *SPUBENCH.defences.ways]
    return {name: f"{SPUBENCH_FOLDER}/defences/{name}" for name in names}


def get_clip_zone():
    """The ranks of the confusion zone of the embedded world, or of the first source."""
    zone = next(iter(SPUBENCH.zones().values()))
    return [zone.min_rank, zone.max_rank]


def get_spubench_responses():
    return [f"{SPUBENCH_FOLDER}/responses/{model}.parquet" for model in CONFIG.spubench_models()]


def get_confused_images(wildcards):
    """The class folders of a source, and the tiny CLIP if no other is configured."""
    zone = SPUBENCH.zones()[wildcards.source]
    found = {"images": getattr(zone, "folder", f"{SPUBENCH_FOLDER}/images")}
    return found if SPUBENCH.clip else {**found, "clip": f"{SPUBENCH_FOLDER}/clip"}


def get_confusions():
    return [f"{SPUBENCH_FOLDER}/confusions/{source}.parquet" for source in SPUBENCH.zones()]


def get_scenes():
    return f"{SPUBENCH_FOLDER}/scenes.parquet" if HAS_SCENES else []


def get_spubench_annotator():
    """How the vision-language model that names core and spurious attributes is asked."""
    model = CONFIG.spubench_annotator
    return get_chat_spec(model if SPUBENCH.annotator == "lvlm" else None)


def get_spubench_decisions():
    """What the reviewers have decided about questions, as a digest."""
    if SPUBENCH.review != "human":
        return ""
    from spuriverse.discovery.review import decisions_sha256

    return decisions_sha256(SPUBENCH.decisions)


def get_spubench_note():
    """A note on strategies for the reader, if some models are asked without them."""
    silent = [name for name in CONFIG.spubench_models() if name in ZOO]
    if not silent or len(SPUBENCH.strategies) == 1:
        return ""
    return (
        "The tiny models of the embedded world are asked the question alone, which no strategy"
        " changes, so that their differences are 0 by construction."
    )


def get_spubench_names():
    """What is tabulated: strategies only if some model is asked by them."""
    read = [name for name in CONFIG.spubench_models() if name not in ZOO]
    compared = ["strategies"] if read and len(SPUBENCH.strategies) > 1 else []
    return ["accuracy", "confusion", *compared]


def get_spubench_marked_up(names):
    """Tables by the last part of their names, as CSV, Markdown and LaTeX."""
    tables = {name: f"{RESULTS}/tables/spubench_{name}.csv" for name in names}
    return {**tables, **get_marked_up(tables)}


def get_spubench_figures():
    """Figures by the last part of their names, as PDF and PNG."""
    found = {}
    for name in get_spubench_names():
        found |= get_figure(f"spubench_{name}", name)
    return found


def get_spubench_products():
    """What the MM-SpuBench branch makes for people."""
    if not CONFIG.asks_spubench:
        return []
    names = get_spubench_names()
    measured = [] if SPUBENCH.clip or SPUBENCH.published else ["spubench_clip.csv"]
    return [
        *(f"{RESULTS}/tables/spubench_{name}.csv" for name in names),
        *(f"{RESULTS}/figures/spubench_{name}.pdf" for name in names),
        *(f"{RESULTS}/tables/{table}" for table in measured),
    ]


def get_browsed_questions(wildcards):
    """The questions of MM-SpuBench for the sample browser, if they are asked."""
    if not (CONFIG.asks_spubench and CONFIG.spubench_models()):
        return {}
    folder = f"{SPUBENCH_FOLDER}/questions"
    return {
        "questions": f"{folder}/samples.parquet",
        "attributes": f"{folder}/attributes.parquet",
        "options": f"{folder}/options.parquet",
    }


def get_browsed_responses():
    """All replies that the sample browser shows."""
    asked = get_spubench_responses() if get_browsed_questions(None) else []
    return [*get_responses("models"), *get_responses("variants"), *asked]


def get_asked_spubench(wildcards):
    """The products of MM-SpuBench when nothing else is asked for."""
    if not CONFIG.asks_spubench:
        raise Refusal(
            "This configuration leaves MM-SpuBench out: set spubench.published or spubench.sources,"
            " or keep the embedded world as a benchmark (docs/spubench.md)."
        )
    if not CONFIG.spubench_models():
        raise Refusal(
            "No model can be asked MM-SpuBench: the tiny ones know the embedded world alone. Add a"
            " model that reads to models (docs/add-a-model.md), and name it in spubench.models."
        )
    return get_spubench_products()


def get_explained_questions(wildcards):
    """The questions of MM-SpuBench and their attributes."""
    folder = f"{RESULTS}/spubench/questions"
    return {
        "samples": f"{folder}/samples.parquet",
        "attributes": f"{folder}/attributes.parquet",
    }


def get_word_training(wildcards):
    """The world in which a tiny model learns to read attributes: the one it was trained in."""
    if wildcards.model not in ZOO:
        return {}
    return {
        "biased": ZOO[wildcards.model].world == "biased",
        "world": CONFIG.zoo_world(wildcards.model),
    }


def get_likelihoods():
    """The likelihoods of labels for every explained model."""
    return [f"{RESULTS}/spubench/likelihoods/{m}.parquet" for m in CONFIG.explained_models()]


def get_heatmaps():
    """The measured heat maps of every mapped model."""
    return [f"{RESULTS}/spubench/heatmaps/{model}.parquet" for model in CONFIG.mapped_models]


def get_overlays():
    """Their folders of overlays."""
    return [f"{RESULTS}/spubench/heatmaps/{model}" for model in CONFIG.mapped_models]


def get_result_table(key, name):
    """The files of one table of results, by key."""
    suffixes = {f"{key}": "csv", f"{key}_md": "md", f"{key}_tex": "tex"}
    return {k: f"{RESULTS}/tables/{name}.{suffix}" for k, suffix in suffixes.items()}


def get_explained_products():
    """What CGLA and heat maps make for people."""
    made = []
    if not CONFIG.asks_spubench:
        return made
    if CONFIG.explained_models():
        made += [
            f"{RESULTS}/tables/spubench_cgla.csv",
            f"{RESULTS}/tables/spubench_signatures.csv",
            f"{RESULTS}/figures/spubench_cgla.pdf",
            f"{RESULTS}/figures/spubench_signatures.pdf",
        ]
    if CONFIG.mapped_models:
        made += [
            f"{RESULTS}/tables/spubench_heatmaps.csv",
            f"{RESULTS}/tables/spubench_occlusion.csv",
            f"{RESULTS}/figures/spubench_heatmaps.pdf",
            f"{RESULTS}/spubench/heatmaps.html",
        ]
    return made
