"""The whole configuration.

`config.yaml`, `config/schema.json` and `docs/configuration.md` are generated from here by
`python -m spuriverse.config`.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import model_validator

from spuriverse.config.agreement import Misfit, find_misfits, find_tiny
from spuriverse.config.caveats import Caveats
from spuriverse.config.parts import parts_of


class Config(Caveats):
    """The whole configuration."""

    @model_validator(mode="before")
    @classmethod
    def _name_evaluated_models(cls, given: Any) -> Any:
        """Read `evaluation.models: null` as all models of `models` that can be asked."""
        section = given.get("evaluation") if isinstance(given, dict) else None
        if not isinstance(section, dict) or section.get("models", ()) is not None:
            return given
        models = given.get("models")
        entries = [m for m in models if isinstance(m, dict)] if isinstance(models, list) else []
        names = [m.get("name") for m in entries if m.get("backend") != "recorded"]
        return {**given, "evaluation": {**section, "models": names}}

    def misfits(self) -> list[Misfit]:
        """Return what does not fit together between the sections, whatever is to be made."""
        targets = ["all", *(["finetuning_study"] if self.types_from == "world" else [])]
        return find_misfits(self, parts_of(self, targets))

    def misfits_of(self, targets: Iterable[str]) -> list[Misfit]:
        """Return what keeps targets from being made, rules or files; none for the default run."""
        parts = parts_of(self, targets)
        return [*find_misfits(self, parts), *find_tiny(self, parts)]

    def planned_targets(self) -> list[str]:
        """Return the targets that are planned."""
        if self.plan.targets is not None:
            return self.plan.targets
        study = ["finetuning_study"]
        able = self.types_from != "nowhere" and not self.misfits_of(study)
        return ["all", *(study if able else [])]
