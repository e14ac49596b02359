"""How far does accuracy drop from common to counter attributes?"""

from collections.abc import Iterator

import pandas as pd

from spuriverse.evaluation.probe import ACCURACY, Ask, Contrast, Material, Probe, right_answers


def measure(ask: Ask, material: Material) -> Iterator[Contrast]:
    """Compare images that show an attribute that leads to the right answer with misleading ones.

    Taken from CounterAnimal ("Do CLIPs Always Generalize Better than ImageNet Models?"): for each
    class, accuracy with common and with counter attributes. Ours: a class is a right answer, common
    are aligned samples and counter the spurious groups, both of the classes that have both; the
    interval is over classes, as other classes would show other attributes. The two are different
    images, so there is no paired test.
    """
    common, counter = (
        samples.assign(attribute=_classes(samples))
        for samples in (material.of("aligned"), material.of("spurious"))
    )
    shared = set(common["attribute"]) & set(counter["attribute"])
    if not shared:
        return
    of_counter, of_common = (
        right_answers(samples[samples["attribute"].isin(shared)], ask)
        for samples in (counter, common)
    )
    yield Contrast(
        "counter attributes", "common attributes", ACCURACY, of_counter, of_common, paired=False
    )


def _classes(samples: pd.DataFrame) -> list[str]:
    return [o[a] for o, a in zip(samples["options"], samples["answer"], strict=True)]


PROBE = Probe(
    "common_counter",
    "Do CLIPs Always Generalize Better than ImageNet Models? (CounterAnimal)",
    measure,
    score="counter attributes",
    sign=-1,
)
