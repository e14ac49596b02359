"""What the plan of a run needs to know of the models."""

from pathlib import Path


def get_shares():
    """The jobs that load or ask one model, rule by rule; of the zoo's models only evaluation's."""
    asked = {
        "evaluate_model": get_evaluated_models(),
        "evaluate_spubench": get_spubench_models() if CONFIG.asks_spubench else [],
        "measure_cgla": CONFIG.explained_models() if CONFIG.asks_spubench else [],
        "map_saliency": get_mapped_models() if CONFIG.asks_spubench else [],
    }
    shares = {
        asking: {
            name: {"jobs": 1, "gpus": get_evaluation_gpus(name)}
            for name in names
            if asking == "evaluate_model" or name in MODELS
        }
        for asking, names in asked.items()
    }
    return {**shares, "finetune_adapters": get_training_shares()}


def get_training_shares():
    """The fine-tuning jobs of every model that is not of the zoo, study by study."""
    runs = [Path(path).parts[-4:-2] for path in get_all_study_tables("runs")]
    found = {}
    for name in TRAINED:
        studies = [study for study, model in runs if model == name]
        if name in MODELS:
            counted = {study: studies.count(study) for study in dict.fromkeys(studies)}
            found[name] = {"jobs": len(studies), "gpus": get_gpus_of(name), "studies": counted}
    return found
