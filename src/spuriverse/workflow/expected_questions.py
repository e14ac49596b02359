"""How many questions a model will be asked, known before anything is fetched or made.

The numbers of published questions are those of the papers; what is found in a run is assumed.
"""

from spuriverse.config import Config

PUBLISHED_TYPES = 124
"""Types of the published artefact, an anchor each (arXiv 2506.18322)."""

PUBLISHED_GROUP = 10
"""Images of the spurious group of each, without a core group (arXiv 2506.18322)."""

ASSUMED_TYPES = 30
"""Types that verification leaves in the embedded world."""

PUBLISHED_QUESTIONS = 2_400
"""Questions of MM-SpuBench as published (arXiv 2406.17126)."""

ASSUMED_QUESTIONS = 540
"""Questions of MM-SpuBench that the embedded world gives."""


def evaluation_questions(config: Config) -> int:
    """Return how many questions the evaluation sets have, or `evaluation.limit` leaves of them."""
    section = config.evaluation
    if config.types_from == "published":
        types, groups = PUBLISHED_TYPES, [PUBLISHED_GROUP]
    else:
        made = config.synthesis.fresh_images_per_group or config.synthesis.images_per_group
        types, groups = ASSUMED_TYPES, [made, made]
    subsets = [types * each for each in (1, *groups, section.non_spurious_per_anchor)]
    return sum(min(count, section.limit or count) for count in subsets)


def questions_asked(name: str, config: Config) -> int:
    """Return how many questions a model is asked in an evaluation, in all ways of asking.

    Args:
        name: The model.
        config: The configuration after overlays.
    """
    section = config.evaluation
    ways = len(config.strategies_of(name)) + section.shuffles + section.blind
    return evaluation_questions(config) * ways


def spubench_questions(config: Config) -> int:
    """Return how many questions of MM-SpuBench there are, or `evaluation.limit` leaves of them."""
    published = config.spubench is not None and config.spubench.published is not None
    questions = PUBLISHED_QUESTIONS if published else ASSUMED_QUESTIONS
    return min(questions, config.evaluation.limit or questions)


def spubench_asked(config: Config) -> int:
    """Return how many questions of MM-SpuBench a model is asked, by all strategies."""
    return spubench_questions(config) * len(config.spubench.strategies if config.spubench else ())
