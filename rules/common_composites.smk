"""The functions of the rules about cut-outs on backgrounds."""

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
