"""The functions that the rules of the mitigations share."""


def get_mitigation_inputs(wildcards):
    """What mitigations of a base model are trained and measured on."""
    folder = f"{RESULTS}/finetuning/mitigations"
    return {
        "model": f"{RESULTS}/models/{wildcards.model}",
        "types": f"{folder}/{wildcards.model}/types.parquet",
        "first_types": f"{RESULTS}/verification/types.parquet",
        "samples": get_benchmark_tables(),
        "candidates": f"{RESULTS}/curation/candidates.parquet",
        "groups": f"{RESULTS}/groups/groups.parquet",
        "non_spurious": f"{RESULTS}/evaluation/non_spurious.parquet",
        "sets": f"{folder}/sets.parquet",
    }


def get_mitigation_backend():
    """Who renders what mitigations are measured on: other images than those of the groups."""
    world = CONFIG.world.model_dump()
    return {"backend": "world", "minimal": True, "world": world, "seed": CONFIG.seed + 1}


def get_mitigation_settings(*left_out):
    """What one split's study of mitigations depends on."""
    others = {"base_models", "choice_seeds", "seeds", "targets", "aligned_per_candidate"}
    return CONFIG.finetuning.mitigations.model_dump(exclude={*others, "ordinary", *left_out})


def get_adapter_settings():
    """Hyper-parameters of adapter and optimiser, which all mitigations share."""
    keys = ("layers", "rank", "alpha", "dropout", "learning_rate", "weight_decay", "warmup_steps")
    return {key: getattr(CONFIG.finetuning, key) for key in keys}


def get_mitigation_products():
    """Table and figure of the comparison of mitigations, where there are images to render."""
    if CONFIG.types_from != "world":
        return []
    return [
        f"{RESULTS}/tables/mitigations.csv",
        f"{RESULTS}/figures/mitigations.pdf",
    ]
