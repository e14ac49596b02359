"""Suspicions that were tried, once for each module."""

import pytest
from planted import plant
from tried_suspicions import Tried, follow_the_patch, try_all

from spuriverse.discovery.curation import annotate_with_regions, measure_colours
from spuriverse.discovery.suspicions import (
    list_tried,
)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    planted = plant(tmp_path_factory.mktemp("pictures"))
    found = annotate_with_regions(
        planted.samples,
        planted.responses,
        planted.errors,
        measure_colours,
        sizes=[0.25],
        clusters=12,
        overlap=0.3,
        exemplars=5,
        false_discovery_rate=0.05,
        minimum_effect=0.2,
        anchors_per_attribute=3,
        seed=0,
    )
    attributes = list_tried(found.proposals, 3)
    trials = try_all(planted, found.regions, attributes, tmp_path_factory.mktemp("edited"))
    return Tried(planted, found, trials, follow_the_patch(trials))
