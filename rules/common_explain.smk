"""What the rules of explain.smk share."""


def get_explained_questions(wildcards):
    """The questions of MM-SpuBench with the attributes that they are about."""
    folder = f"{RESULTS}/spubench/questions"
    return {
        "samples": f"{folder}/samples.parquet",
        "attributes": f"{folder}/attributes.parquet",
    }


def get_word_training(wildcards):
    """The world in which a tiny model learns to read attributes: that of its training."""
    if wildcards.model not in ZOO:
        return {}
    return {"biased": get_model_bias(wildcards), "world": get_model_world(wildcards)}


def get_mapped_models():
    """Names of the models that get heat maps."""
    chosen = CONFIG.explain.heatmaps
    return CONFIG.explained_models() if chosen is None else chosen


def get_likelihoods():
    """The likelihoods of labels by every explained model."""
    return [f"{RESULTS}/spubench/likelihoods/{m}.parquet" for m in CONFIG.explained_models()]


def get_heatmaps():
    """The measured heat maps of every model that gets them."""
    return [f"{RESULTS}/spubench/heatmaps/{model}.parquet" for model in get_mapped_models()]


def get_overlays():
    """Their folders of overlays."""
    return [f"{RESULTS}/spubench/heatmaps/{model}" for model in get_mapped_models()]


def get_result_table(key, name):
    """The files of one table of results, by a key each."""
    suffixes = {f"{key}": "csv", f"{key}_md": "md", f"{key}_tex": "tex"}
    return {k: f"{RESULTS}/tables/{name}.{suffix}" for k, suffix in suffixes.items()}


def get_explained_products():
    """What is made for people of CGLA and heat maps."""
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
    if get_mapped_models():
        made += [
            f"{RESULTS}/tables/spubench_heatmaps.csv",
            f"{RESULTS}/tables/spubench_occlusion.csv",
            f"{RESULTS}/figures/spubench_heatmaps.pdf",
            f"{RESULTS}/spubench/heatmaps.html",
        ]
    return made
