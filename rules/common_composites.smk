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
