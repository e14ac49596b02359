"""The functions that the rules about suspicions from pixels share."""


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
    return get_folder(CONFIG.vision_tower.get("checkpoint", ""))


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
