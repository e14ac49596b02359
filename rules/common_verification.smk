"""The functions by which the rules of verification read the configuration."""


def get_judges():
    """Names of the models that verify candidates; none where none is verified."""
    return CONFIG.verification.models if CONFIG.types_from in ("world", "own") else []


def get_judge_specs():
    """How the models that verify are asked, as `ask_models` takes it."""
    return [get_spec_of(name) for name in CONFIG.verification.models]


def get_judge_checkpoints():
    """The folders of those that are loaded from one."""
    folders = [get_checkpoint_of(name) for name in CONFIG.verification.models]
    return [folder for folder in folders if folder]


def get_judge_templates():
    """The template by which they are asked; the zoo sees none."""
    asked = any(name in MODELS for name in CONFIG.verification.models)
    return read_templates(CONFIG.evaluation.strategies[:1]) if asked else {}


def get_judge_failures():
    """How often requests to them came to nothing: what they left out is asked by the next run."""
    return sum(get_failures(MODELS.get(name)) for name in CONFIG.verification.models)


def get_judge_threads():
    """Threads of a job that asks them one after the other."""
    return max(get_threads_of(name) for name in CONFIG.verification.models)


def get_judge_gpus():
    return max(get_gpus_of(name) for name in CONFIG.verification.models)


def get_judge_memory():
    return get_memory(max(get_size(name).mem_mb for name in CONFIG.verification.models))


def get_judge_runtime():
    """Minutes; whoever is behind a server may have to keep a slow pace."""
    remote = any(
        MODELS[name].backend == "openai" for name in CONFIG.verification.models if name in MODELS
    )
    longest = max(get_size(name).runtime for name in CONFIG.verification.models)
    return get_runtime(max(longest, 720) if remote else longest)


def get_attribute_judge():
    """The vision-language model behind the gate of attributes, if one is."""
    judged = CONFIG.depicts_candidates and CONFIG.synthesis.gates.attribute == "lvlm"
    return CONFIG.attribute_model if judged else None


def get_waiting_judges():
    """Names of the models that verify, if they are to be asked in this run."""
    asking = ("verify_candidates", "judge_batch")
    waiting = any(job.rule.name in asking for job in workflow.dag.needrun_jobs())
    return set(CONFIG.verification.models) if waiting else set()


def get_verified():
    """What verification makes for people where the embedded world is not there to score it."""
    fresh = CONFIG.synthesis.fresh_images_per_group > 0
    tables = ["synthesis_audit", *(["shrinkage"] if fresh else [])]
    return [*(f"{RESULTS}/tables/{table}.csv" for table in tables), f"{RESULTS}/sheets"]


def has_deciding_groups():
    """Whether models are evaluated on the images that decided, for want of fresh ones."""
    return CONFIG.types_from == "own" and not CONFIG.synthesis.fresh_images_per_group
