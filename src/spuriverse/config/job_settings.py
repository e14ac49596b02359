"""The part of the configuration that a job depends on, as plain values for its parameters.

A job runs again when one of its parameters changes, so that each gets what it uses and no more.
"""

import re
from typing import Any

from spuriverse.config.demands import Demands

_ANNOTATOR_KEYS: dict[str, set[str]] = {
    "statistics": {
        *("false_discovery_rate", "minimum_effect"),
        *("least_attributes", "anchors_per_attribute"),
    },
    "lvlm": {"repairs"},
    "recorded": set(),
}
_ANNOTATOR_KEYS["regions"] = _ANNOTATOR_KEYS["statistics"] | {"regions"}


class JobSettings(Demands):
    """What is selected and what it demands, and the settings of single jobs."""

    def annotator_settings(self) -> dict[str, Any]:
        """Return the keys of `curation` that change what the annotator proposes."""
        annotator = self.curation.annotator
        return self.curation.model_dump(include={"annotator"} | _ANNOTATOR_KEYS[annotator])

    def region_settings(self) -> dict[str, Any]:
        """Return the keys of `curation` that change what regions are suspected."""
        keys = {"annotator"} | _ANNOTATOR_KEYS["regions"]
        return {**self.curation.model_dump(include=keys), "annotator": "regions"}

    def trial_extent(self) -> dict[str, int]:
        """Return how much is tried of a suspicion, as `make_trials` takes it."""
        return self.shortcuts.model_dump(include={"pictures", "fresh", "covered", "side"})

    def zoo_recipe(self, name: str) -> dict[str, Any]:
        """Return how a tiny model is trained: the keys of `zoo`, with the model's own width."""
        recipe = self.zoo.model_dump(exclude={"models", "pairs"})
        model = self.zoo_model(name)
        return recipe | {
            "width": model.width or self.zoo.width,
            "poisoned": model.poisoned,
            "list_options": model.list_options,
        }

    def zoo_world(self, name: str) -> dict[str, Any]:
        """Return the settings of the world in which a tiny model is trained."""
        association = self.zoo_model(name).association or self.world.association
        own = {"association": association}
        if name in {model.name for model in self.associated_models}:
            # A planted attribute is shown equally often whatever its association.
            own["attribute_rate"] = self.world.attribute_rate * association / self.world.association
        return self.world.model_dump() | own

    def image_backend(self) -> dict[str, Any]:
        """Return who makes the images, as `load_backend` takes it."""
        synthesis = self.synthesis
        minimal = synthesis.pairs == "minimal"
        if synthesis.backend == "world":
            world = {"world": self.world.model_dump(), "seed": self.seed}
            return {"backend": "world", "minimal": minimal, **world}
        composites = self.benchmarks.composites
        if synthesis.backend == "composites" and composites:
            keys = ("question", "side", "sizes", "seed")
            laid = composites.composing(self.seed)
            return {"backend": "composites", **{key: laid[key] for key in keys}}
        if synthesis.backend == "paste":
            return {"backend": "paste", "seed": self.seed, **synthesis.paste.model_dump()}
        section = synthesis.remote if synthesis.backend == "remote" else synthesis.diffusers
        settings = section.model_dump(exclude={"billions"})
        known = {"backend": synthesis.backend, "folder": synthesis.store, **settings}
        if synthesis.backend == "diffusers":
            return {**known, "minimal": minimal}
        return {**known, "store": self.replies, "budget_usd": self.evaluation.budget_usd}

    def image_counts(self) -> dict[str, int]:
        """Return how many images the groups have, as `plan_seeds` takes it."""
        return {
            "images": self.synthesis.images_per_group,
            "fresh": self.synthesis.fresh_images_per_group,
            "further": self.synthesis.gates.further_seeds,
        }

    @property
    def image_aspect(self) -> float | None:
        """Width by height of the images that are asked for; None if not known beforehand."""
        synthesis = self.synthesis
        if synthesis.backend in ("world", "composites"):
            return 1.0
        if synthesis.backend == "paste":
            return None
        if synthesis.backend == "remote":
            remote = synthesis.remote
            sides = remote.aspect_ratio if remote.provider == "stability" else remote.size
            width, height = map(int, re.split("[:x]", sides))
            return width / height
        if synthesis.pairs == "minimal" and synthesis.diffusers.edit_from == "anchor":
            return None
        return synthesis.diffusers.width / synthesis.diffusers.height

    def bought_images(self) -> dict[str, Any]:
        """Return who is paid for images, how many a candidate needs, and USD per image.

        Empty if nobody is.
        """
        synthesis = self.synthesis
        if not self.depicts_candidates or synthesis.backend != "remote":
            return {}
        each = synthesis.images_per_group + synthesis.fresh_images_per_group
        return {
            "model": "synthesis.remote",
            "per_candidate": 2 * each,
            "usd_per_image": synthesis.remote.usd_per_image,
        }

    def verification_rule(self) -> dict[str, Any]:
        """Return what a candidate is kept by."""
        kept_by = self.verification.model_dump(include={"threshold", "false_discovery_rate"})
        # Not every backend can make the two groups differ in the attribute alone.
        return {**kept_by, "paired": self.synthesis.pairs == "minimal"}

    def batch_seeds(self, batch: str) -> dict[str, list[int]]:
        """Return the seeds of the images of a batch, and spare ones, which no other batch has.

        Args:
            batch: Number of a batch of the sequential design, or "fresh" for the images on which
                models are evaluated.
        """
        verification, further = self.verification, self.synthesis.gates.further_seeds
        most, fresh = verification.most_images, self.synthesis.fresh_images_per_group
        if batch == "fresh":
            number, first, last = verification.steps, most, most + fresh
        else:
            number = int(batch)
            first, last = verification.step * number, min(verification.step * (number + 1), most)
        spare = 1 + most + fresh + number * further
        return {
            "wanted": list(range(first + 1, last + 1)),
            "spare": list(range(spare, spare + further)),
        }

    def batch_least(self, batch: str) -> int:
        """Return the attributes of which a candidate is kept in any case: after the last batch."""
        last = int(batch) == self.verification.steps - 1
        return self.verification.least_attributes if last else 0

    def calibration_candidates(self) -> dict[str, int]:
        """Return how many candidates of known truth there are, their images each, and the seed."""
        keys = {"candidates", "images"}
        return {**self.verification.calibration.model_dump(include=keys), "seed": self.seed}

    def calibration_settings(self) -> dict[str, Any]:
        """Return how decisions about candidates of known truth are tried."""
        return {
            "orders": self.verification.calibration.orders,
            "threshold": self.verification.threshold,
            "false_discovery_rate": self.verification.false_discovery_rate,
            "seed": self.seed,
        }

    def study_settings(self, study: str) -> dict[str, Any]:
        """Return the keys that say which runs a study has."""
        tuning = self.finetuning
        keys: dict[str, dict[str, Any]] = {
            "tradeoff": {"proportions": tuning.proportions},
            "association": {"proportions": tuning.proportions},
            "regimes": {"regimes": tuning.study.regimes, "all_layers": tuning.study.layers},
            "diversity": {
                **self.open_questions.diversity.model_dump(),
                "samples": tuning.samples,
            },
            "ablation": tuning.study.model_dump(include={"type_counts", "type_total"}),
        }
        return {"layers": tuning.layers, **keys.get(study, {})}

    def training_settings(self) -> dict[str, Any]:
        """Return the keys of `finetuning` that change how a run is made."""
        other = {"base_model", "seeds", "proportions", "validation_share", "test_share"}
        other |= {"threads", "study", "quantisation", "mitigations", "aligned_per_type", "ordinary"}
        return self.finetuning.model_dump(exclude=other)

    def adapter_settings(self) -> dict[str, Any]:
        """Return the hyper-parameters of adapter and optimiser, which all mitigations share."""
        keys = ("layers", "rank", "alpha", "dropout", "learning_rate", "weight_decay")
        return {key: getattr(self.finetuning, key) for key in (*keys, "warmup_steps")}

    def mitigation_settings(self, *left_out: str) -> dict[str, Any]:
        """Return what one split's study of mitigations depends on, without some keys."""
        others = {"base_models", "choice_seeds", "seeds", "levels", "ordinary"}
        others |= {"aligned_per_candidate", "spurious_per_candidate"}
        return self.finetuning.mitigations.model_dump(exclude={*others, *left_out})

    def transfer_methods(self) -> dict[str, list[dict[str, float]]]:
        """Return the methods that are compared where the way out is to transfer."""
        chosen = self.way_out
        return {name: chosen.methods[name] for name in chosen.transfer_methods}

    def robust_settings(self) -> dict[str, Any]:
        """Return how a robust model is made, and what that may cost."""
        cost = self.mitigation_budget()
        chosen = self.robust.model_dump(exclude={"base_model"})
        return {**chosen, "seed": self.finetuning.seeds[0], "settings": cost}

    def mitigation_budget(self) -> dict[str, Any]:
        """Return what one run of a mitigation may cost."""
        return self.finetuning.mitigations.model_dump(include={"samples", "steps", "batch_size"})

    def tower_recipe(self) -> dict[str, Any]:
        """Return sizes and steps of the models whose towers saw different worlds."""
        keys = {"images", "tower_steps", "steps", "swap_steps", "width", "layers"}
        return self.open_questions.towers.model_dump(include=keys)

    def test_backend(self, draw: int) -> dict[str, Any]:
        """Return who renders what is measured on, the images of no group and no other draw.

        Args:
            draw: Number of the draw, from 1.
        """
        world = self.world.model_dump()
        return {"backend": "world", "minimal": True, "world": world, "seed": self.seed + draw}
