"""The functions that the rules from synthesis to verification share."""


def get_image_backend():
    """Who makes the images, as load_backend takes it."""
    synthesis = CONFIG.synthesis
    minimal = synthesis.pairs == "minimal"
    if synthesis.backend == "world":
        world = {"world": CONFIG.world.model_dump(), "seed": CONFIG.seed}
        return {"backend": "world", "minimal": minimal, **world}
    settings = getattr(synthesis, synthesis.backend).model_dump(exclude={"billions"})
    known = {"backend": synthesis.backend, "folder": synthesis.store, **settings}
    if synthesis.backend == "diffusers":
        return {**known, "minimal": minimal}
    return {**known, "store": CONFIG.replies, "budget_usd": CONFIG.evaluation.budget_usd}


def get_image_failures():
    """How often requests for images came to nothing: what is short is asked for by the next run."""
    if CONFIG.synthesis.backend != "remote":
        return 0
    from spuriverse.models.remote import failures_so_far

    return failures_so_far(CONFIG.replies, CONFIG.synthesis.remote.model)


def get_image_seeds():
    """How many images the groups have, as plan_seeds takes it."""
    return {
        "images": CONFIG.synthesis.images_per_group,
        "fresh": CONFIG.synthesis.fresh_images_per_group,
        "further": CONFIG.synthesis.gates.further_seeds,
    }


def get_gates():
    """What images pass, as load_gates takes it."""
    gates = CONFIG.synthesis.gates
    asked = CONFIG.attribute_model if gates.attribute == "lvlm" else None
    return {**gates.model_dump(), "aspect": get_aspect(), "attribute_spec": get_chat_spec(asked)}


def get_aspect():
    """Width by height of the images that are asked for; None if it is not known beforehand."""
    synthesis = CONFIG.synthesis
    if synthesis.backend == "world":
        return 1.0
    if synthesis.backend == "remote":
        remote = synthesis.remote
        sides = remote.aspect_ratio if remote.provider == "stability" else remote.size
        width, height = map(int, re.split("[:x]", sides))
        return width / height
    if synthesis.pairs == "minimal" and synthesis.diffusers.edit_from == "anchor":
        return None
    return synthesis.diffusers.width / synthesis.diffusers.height


def get_image_memory():
    """Memory in MB of a job that makes images: a checkpoint has to fit."""
    return get_memory(get_image_size().mem_mb)


def get_image_runtime():
    """Run time in minutes of a job that makes images."""
    remote = CONFIG.synthesis.backend == "remote"
    return get_runtime(1_440 if remote else get_image_size().runtime)


def get_image_gpus():
    """GPUs of a job that makes images."""
    synthesis = CONFIG.synthesis
    if synthesis.backend == "remote":
        return 0
    return 0 if synthesis.diffusers.device == "cpu" else get_image_size().gpu


def get_verification_models():
    """Names of the models that verify candidates; none where none is verified."""
    return CONFIG.verification.models if CONFIG.types_from in ("world", "own") else []


def get_verification_specs():
    """How the models that verify are asked, as `ask_models` takes it."""
    return [get_spec_of(name) for name in CONFIG.verification.models]


def get_judgement():
    """What verification rests on, whoever is asked."""
    return {
        "verification": get_verification(),
        "least_attributes": CONFIG.verification.least_attributes,
        "strategy": CONFIG.evaluation.strategies[0],
        "templates": get_verification_templates(),
        "failures": get_verification_failures(),
    }


def get_verification_checkpoints():
    """The folders of those that are loaded from one."""
    folders = [get_checkpoint_of(name) for name in CONFIG.verification.models]
    return [folder for folder in folders if folder]


def get_verification_templates():
    """The template by which they are asked; the zoo sees none."""
    asked = any(name in MODELS for name in CONFIG.verification.models)
    return read_templates(CONFIG.evaluation.strategies[:1]) if asked else {}


def get_verification_failures():
    """How often requests to them came to nothing: what they left out is asked by the next run."""
    return sum(get_failures(MODELS.get(name)) for name in CONFIG.verification.models)


def get_verification_threads():
    """Threads of a job that asks them one after the other."""
    return max(get_threads_of(name) for name in CONFIG.verification.models)


def get_verification_gpus():
    return max(get_gpus_of(name) for name in CONFIG.verification.models)


def get_verification_memory():
    return get_memory(max(get_size(name).mem_mb for name in CONFIG.verification.models))


def get_verification_runtime():
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


def get_waiting_verification_models():
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


def get_verification():
    """What a candidate is kept by."""
    kept_by = CONFIG.verification.model_dump(include={"threshold", "false_discovery_rate"})
    # Not every backend can make the two groups differ in the attribute alone.
    return {**kept_by, "paired": CONFIG.synthesis.pairs == "minimal"}


def get_batches(wildcards):
    """Of the sequential design: what was answered, and how every candidate stands in the end."""
    if not CONFIG.verification.sequential:
        return {}
    folders = [f"{RESULTS}/verification/batch-{n}" for n in range(CONFIG.verification.steps)]
    answered = [f"{folder}/responses.parquet" for folder in folders]
    return {"answered": answered, "evidence": f"{folders[-1]}/evidence.parquet"}


def get_batch_before(wildcards):
    """How the candidates stand before a batch; fresh images come after the last one."""
    batch, steps = wildcards.batch, CONFIG.verification.steps
    before = (steps if batch == "fresh" else int(batch)) - 1
    return [f"{RESULTS}/verification/batch-{before}/evidence.parquet"] if before >= 0 else []


def get_batch_seeds(wildcards):
    """Seeds of the images of a batch, and spare ones; no other batch has any of them."""
    verification, further = CONFIG.verification, CONFIG.synthesis.gates.further_seeds
    most, fresh = verification.most_images, CONFIG.synthesis.fresh_images_per_group
    if wildcards.batch == "fresh":
        batch, first, last = verification.steps, most, most + fresh
    else:
        batch = int(wildcards.batch)
        first, last = verification.step * batch, min(verification.step * (batch + 1), most)
    spare = 1 + most + fresh + batch * further
    return {
        "wanted": list(range(first + 1, last + 1)),
        "spare": list(range(spare, spare + further)),
    }


def get_batch_least(wildcards):
    """Attributes of which a candidate is kept in any case: only after the last batch."""
    last = int(wildcards.batch) == CONFIG.verification.steps - 1
    return CONFIG.verification.least_attributes if last else 0


def get_batch_part(wildcards):
    """What the images of a batch are for, and for which candidates they are made."""
    fresh = wildcards.batch == "fresh"
    return {"part": "fresh", "status": "kept"} if fresh else {"part": "selection", "status": "open"}


def get_batches_until(wildcards):
    """The images of all batches up to one, and the answers to the earlier ones."""
    last = int(wildcards.batch)
    earlier = [f"{RESULTS}/verification/batch-{n}/responses.parquet" for n in range(last)]
    return {"groups": get_batch_groups(range(last + 1)), "earlier": earlier}


def get_batch_groups(batches):
    """The images of some batches."""
    return [f"{RESULTS}/groups/batch-{batch}/groups.parquet" for batch in batches]


def get_batch_tables(table):
    """A table of the images of all batches and of the fresh ones."""
    batches = [*range(CONFIG.verification.steps), "fresh"]
    return [f"{RESULTS}/groups/batch-{batch}/{table}.parquet" for batch in batches]


def get_calibration_candidates():
    """The candidates of known truth: how many, and how many images each has."""
    calibration = CONFIG.verification.calibration.model_dump(include={"candidates", "images"})
    return {**calibration, "seed": CONFIG.seed}


def get_calibration_tables(wildcards=None):
    """Answers about candidates of known truth: of models that decide, and of control models."""
    deciding = CONFIG.verification.calibration.models
    if deciding is None:
        deciding = [model.name for model in CONFIG.zoo.models if model.world == "biased"][:3]
    tables = f"{RESULTS}/scores/calibration_candidates/{{model}}.parquet"
    return {
        "deciding": expand(tables, model=deciding),
        "control": expand(tables, model=get_models_of("decorrelated")),
    }


def get_calibration():
    """How decisions are tried."""
    return {
        "orders": CONFIG.verification.calibration.orders,
        "threshold": CONFIG.verification.threshold,
        "false_discovery_rate": CONFIG.verification.false_discovery_rate,
        "seed": CONFIG.seed,
        "resamples": CONFIG.evaluation.resamples,
    }
