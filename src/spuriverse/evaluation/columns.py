"""The columns of tables of accuracies, and how people are shown them: heading -> format."""

from spuriverse.tables import interval

OUTCOMES = ("answered", "abstained", "unparsed", "failed")
COUNTED = ("questions", "attributes")
"""What a row rests on beside its answers: distinct questions, and distinct attributes."""
ACCURACY = ("accuracy", "low", "high")
DIFFERENCE = ("pairs", "difference", "difference_low", "difference_high")
TEST = ("p_value", "p_adjusted")
PUBLISHED = ("published", "published_source")
_ASKED = ("model", "subset", "strategy", "protocol")

SHOWN_OUTCOMES = {
    "answered / abstained / unparsed / failed": "{answered} / {abstained} / {unparsed} / {failed}"
}
SHOWN_ACCURACY = {"accuracy (95 %)": interval(*ACCURACY)}
SHOWN_DIFFERENCE = interval(*DIFFERENCE[1:], "+z.3f")
SHOWN_TEST = {"p (Holm)": "{p_adjusted:.2g}"}
_SHOWN_PUBLISHED = {"published": "{published:.3f} ({published_source})"}
_SHOWN_SUBSET = {"model": "{model}", "subset": "{subset}"}

EVALUATION_COLUMNS = ("model", "subset", "n", *COUNTED, *ACCURACY)
CATEGORY_COLUMNS = ("model", "category", "n", "questions", *ACCURACY, "prior")

MAIN_COLUMNS = (
    *(*_ASKED, "n", *COUNTED, *OUTCOMES, *ACCURACY),
    *("drop", "drop_low", "drop_high", "reference"),
    *(*DIFFERENCE, *TEST, *PUBLISHED),
)
MAIN_SHOWN = {
    **_SHOWN_SUBSET,
    "n": "{n:,}",
    "attributes": "{attributes}",
    **SHOWN_OUTCOMES,
    **SHOWN_ACCURACY,
    "drop from non-spurious (95 %)": interval("drop", "drop_low", "drop_high", "+z.3f"),
    "difference to reference (95 %)": SHOWN_DIFFERENCE,
    **SHOWN_TEST,
    **_SHOWN_PUBLISHED,
}

PROMPTING_COLUMNS = (
    *(*_ASKED, "n", *COUNTED, *OUTCOMES, *ACCURACY),
    *(*DIFFERENCE, *TEST, *PUBLISHED),
)
PROMPTING_SHOWN = {
    **_SHOWN_SUBSET,
    "strategy": "{strategy}",
    "n": "{n:,}",
    "attributes": "{attributes}",
    **SHOWN_OUTCOMES,
    **SHOWN_ACCURACY,
    "difference to baseline (95 %)": SHOWN_DIFFERENCE,
    **SHOWN_TEST,
    **_SHOWN_PUBLISHED,
}

CONSISTENCY_COLUMNS = (
    *(*_ASKED, "orders", "n", "attributes", "consistency", "low", "high"),
    *("chance", "majority", "majority_low", "majority_high"),
)
CONSISTENCY_SHOWN = {
    **_SHOWN_SUBSET,
    "orders": "{orders}",
    "n": "{n:,}",
    "same answer in all orders (95 %)": interval("consistency", "low", "high"),
    "by chance": "{chance:.3f}",
    "share of the most frequent answer (95 %)": interval(
        "majority", "majority_low", "majority_high"
    ),
}

BLIND_COLUMNS = (
    *(*_ASKED, "n", *COUNTED, *ACCURACY),
    *("blind_n", "blind_accuracy", "blind_low", "blind_high"),
    *(*DIFFERENCE, "chance"),
)
BLIND_SHOWN = {
    **_SHOWN_SUBSET,
    "n": "{n:,}",
    **SHOWN_ACCURACY,
    "without the image (95 %)": interval("blind_accuracy", "blind_low", "blind_high"),
    "difference (95 %)": SHOWN_DIFFERENCE,
    "chance": "{chance:.3f}",
}
