"""The functions by which the rules of synthesis read the configuration."""


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
