"""The functions that the rules from synthesis to verification share, those on pixels included."""


def get_image_failures():
    """How often requests for images failed, so that the next run asks again for what is missing."""
    if CONFIG.synthesis.backend != "remote":
        return 0
    from spuriverse.models.remote import failures_so_far

    return failures_so_far(CONFIG.replies, CONFIG.synthesis.remote.model)


def get_image_backend():
    """Who makes the images, as `load_backend` takes it; what pastes regions has to know them."""
    tables = {"samples": get_benchmark_tables()} if CONFIG.synthesis.backend == "paste" else {}
    return {**CONFIG.image_backend(), **tables, **get_pasted()}


def get_pasted():
    """What is known of regions, if they are pasted, and of cut-outs, if they are laid."""
    if CONFIG.synthesis.backend == "composites":
        return {"parts": f"{RESULTS}/benchmarks/composites/parts.parquet"}
    if CONFIG.synthesis.backend != "paste":
        return {}
    return {name: f"{RESULTS}/curation/{name}.parquet" for name in ("responses", "regions")}


def get_gates():
    """The gates that images pass, as `load_gates` takes them."""
    gates = CONFIG.synthesis.gates
    asked = CONFIG.attribute_model if gates.attribute == "lvlm" else None
    return {
        **gates.model_dump(),
        "aspect": CONFIG.image_aspect,
        "attribute_spec": get_chat_spec(asked),
    }


def get_image_memory():
    """Memory in MB for a job that makes images, enough for its checkpoint."""
    return get_memory(CONFIG.image_size.mem_mb)


def get_image_runtime():
    """Run time in minutes for a job that makes images."""
    remote = CONFIG.synthesis.backend == "remote"
    return get_runtime(1_440 if remote else CONFIG.image_size.runtime)


def get_verification_specs():
    """How the verification models are asked, as `ask_models` takes it."""
    return [get_spec_of(name) for name in CONFIG.verification.models]


def get_judgement():
    """What verification needs, whichever models are asked."""
    return {
        "verification": CONFIG.verification_rule(),
        "least_attributes": CONFIG.verification.least_attributes,
        "strategy": CONFIG.evaluation.strategies[0],
        "templates": get_verification_templates(),
        "failures": get_verification_failures(),
    }


def get_verification_checkpoints():
    """The folders of the verification models that are loaded from one."""
    folders = [get_checkpoint_of(name) for name in CONFIG.verification.models]
    return [folder for folder in folders if folder]


def get_verification_templates():
    """The prompt template of verification; the models of the zoo see none."""
    asked = any(name in MODELS for name in CONFIG.verification.models)
    return read_templates(CONFIG.evaluation.strategies[:1]) if asked else {}


def get_verification_failures():
    """How often requests to them failed, so that the next run asks the rest again."""
    return sum(get_failures(MODELS.get(name)) for name in CONFIG.verification.models)


def get_verification_threads():
    """Threads for a job that asks them one after the other."""
    return max(CONFIG.threads_of(name) for name in CONFIG.verification.models)


def get_verification_gpus():
    return max(CONFIG.gpus_of(name) for name in CONFIG.verification.models)


def get_verification_memory():
    return get_memory(max(CONFIG.size_of(name).mem_mb for name in CONFIG.verification.models))


def get_verification_runtime():
    """Run time in minutes; a model behind a server may have a low rate limit."""
    remote = any(
        MODELS[name].backend == "openai" for name in CONFIG.verification.models if name in MODELS
    )
    longest = max(CONFIG.size_of(name).runtime for name in CONFIG.verification.models)
    return get_runtime(max(longest, 720) if remote else longest)


def get_waiting_verification_models():
    """Names of the verification models that this run will ask."""
    asking = ("verify_candidates", "judge_batch")
    waiting = any(job.rule.name in asking for job in workflow.dag.needrun_jobs())
    return set(CONFIG.verification.models) if waiting else set()


def get_verified():
    """What verification makes for people when the embedded world cannot score it."""
    fresh = CONFIG.synthesis.fresh_images_per_group > 0
    tables = ["synthesis_audit", *(["shrinkage"] if fresh else [])]
    return [*(f"{RESULTS}/tables/{table}.csv" for table in tables), f"{RESULTS}/sheets"]


def get_batches(wildcards):
    """In the sequential design: the answers, and the final state of every candidate."""
    if not CONFIG.verification.sequential:
        return {}
    folders = [f"{RESULTS}/verification/batch-{n}" for n in range(CONFIG.verification.steps)]
    answered = [f"{folder}/responses.parquet" for folder in folders]
    return {"answered": answered, "evidence": f"{folders[-1]}/evidence.parquet"}


def get_batch_before(wildcards):
    """The state of the candidates before a batch; fresh images come after the last one."""
    batch, steps = wildcards.batch, CONFIG.verification.steps
    before = (steps if batch == "fresh" else int(batch)) - 1
    return [f"{RESULTS}/verification/batch-{before}/evidence.parquet"] if before >= 0 else []


def get_batch_part(wildcards):
    """The part that the images of a batch belong to, and the candidates they are made for."""
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


def get_calibration_tables(wildcards=None):
    """Answers to candidates of known truth, by deciding models and by control models."""
    tables = f"{RESULTS}/scores/calibration_candidates/{{model}}.parquet"
    return {
        "deciding": expand(tables, model=CONFIG.calibrated_models),
        "control": expand(tables, model=CONFIG.usual_zoo_models("decorrelated")),
    }


def get_published_tables(wildcards):
    """What is known of the types, for those who publish them."""
    if CONFIG.types_from == "nowhere":
        raise Refusal(
            "This configuration verifies no types, so there is nothing to publish: set"
            " verification.models, or read the published types (docs/publish.md)."
        )
    found = {
        "types": f"{RESULTS}/verification/types.parquet",
        "groups": f"{RESULTS}/groups/groups.parquet",
        "splits": f"{RESULTS}/evaluation/splits.parquet",
    }
    if CONFIG.types_from != "published":
        found["verification"] = f"{RESULTS}/verification/verification.parquet"
    return found


COMPOSITES = CONFIG.benchmarks.composites


def get_composite_folders():
    """The folders and files that say what lies on what."""
    names = ("cutouts", "classes", "backgrounds", "kinds")
    return {name: found for name in names if (found := getattr(COMPOSITES, name))}


def get_checking_checkpoint():
    """The folder of the classifier that checks the parts, if it is loaded from one."""
    return get_checkpoint_of(COMPOSITES.checked_by) if COMPOSITES.checked_by else []


def get_checking():
    """How the parts are checked; nothing if they are not."""
    if not COMPOSITES.checked_by:
        return {}
    return {"spec": get_spec_of(COMPOSITES.checked_by), **COMPOSITES.checking()}


def get_composed_products():
    """What cut-outs on backgrounds make for people."""
    if not (COMPOSITES and CONFIG.composed_models):
        return []
    tables = [f"{RESULTS}/tables/{name}.csv" for name in ("composites", "composites_accuracy")]
    shown = (f"{RESULTS}/figures/composites.pdf", f"{RESULTS}/composites/index.html")
    return [*tables, *shown]


def get_asked_composites(wildcards):
    """The same when nothing else is asked for."""
    if not COMPOSITES:
        raise Refusal(
            "This configuration has no cut-outs: set benchmarks.composites (docs/composites.md), or"
            " try config/composites-demo.yaml."
        )
    return get_composed_products()


def get_suspicions(name):
    """A table about suspicions: the annotator's own, or what is made beside another annotator."""
    return f"{RESULTS}/{'curation' if REGIONS_ANNOTATE else 'shortcuts'}/{name}.parquet"


def get_trials():
    """What was tried and answered; nothing of a model that cannot be asked again."""
    if RECORDED:
        return {}
    return {name: f"{RESULTS}/shortcuts/{name}.parquet" for name in ("trials", "responses")}


def get_folder(checkpoint):
    """The folder of a checkpoint, if it is one and no name on the Hub."""
    return checkpoint if os.path.isdir(checkpoint) else []


def get_vision_tower():
    """The folder of the checkpoint through whose vision tower regions are looked at, if it is one."""
    tower = CONFIG.vision_tower.get("checkpoint", "")
    unpacked = [f"{RESULTS}/models/{name}" for name in CONFIG.packaged_models()]
    return tower if tower in unpacked else get_folder(tower)


def get_presence():
    """How surely pictures show what suspicions are called, if a checkpoint says so."""
    if not CONFIG.shortcuts.presence:
        return {}
    return {"presence": f"{RESULTS}/shortcuts/presence.parquet"}


def get_shown_shortcuts():
    """The table and the page of what misleads the source model."""
    return [f"{RESULTS}/tables/shortcuts.csv", f"{RESULTS}/shortcuts/index.html"]


def get_shortcut_candidates():
    """The candidates, where they are those of regions and no person is waited for."""
    if not REGIONS_ANNOTATE or CONFIG.curation.review == "human":
        return []
    return [f"{RESULTS}/curation/candidates.parquet"]
