"""Images of the embedded world with one attribute each, questions on them, and a tiny model."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.models import LocalModel, load_model
from spuriverse.spubench import describe_scenes, render_class_images, save_regions
from spuriverse.world import OBJECTS, Optics, Words, add_words, missing_words

NUMBER = 10


@dataclass(frozen=True)
class Asked:
    """Questions on images of the embedded world: samples, attributes and scenes."""

    samples: pd.DataFrame
    attributes: pd.DataFrame
    scenes: pd.DataFrame


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Ten questions; the first has no mask."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    scenes = render_class_images(folder / "images", images_per_class=1, optics=Optics(), seed=0)
    scenes = scenes[:NUMBER]
    drafts = describe_scenes(scenes.assign(label=scenes["object"]), scenes)
    masks = save_regions(scenes["image"].tolist(), scenes, folder / "masks")
    names = list(OBJECTS)
    samples, attributes = [], []
    for number, (scene, draft) in enumerate(
        zip(scenes.itertuples(), drafts.itertuples(), strict=True)
    ):
        place = names.index(str(scene.object))
        wrong = [names[(place + step) % len(names)] for step in (1, 2, 3)]
        samples.append(
            {
                "sample_id": f"q-{number}",
                "benchmark": "spubench",
                "image": scene.image,
                "question": "What object is shown?",
                "options": [scene.object, *wrong],
                "answer": 0,
                "category": draft.spurious_type,
                "attributes": list(scene.attributes),
            }
        )
        attributes.append(
            {
                "sample_id": f"q-{number}",
                "label": scene.object,
                "predicted": wrong[0],
                "core": draft.core,
                "spurious": draft.spurious,
                "spurious_types": [draft.spurious_type],
                "question_form": "object",
                "label_source": "class",
            }
        )
    paths = masks.map(lambda name: str(folder / "masks" / name) if isinstance(name, str) else None)
    paths.loc[0, "region_spurious"] = None
    both = pd.concat([pd.DataFrame(attributes), paths.reset_index(drop=True)], axis=1)
    return Asked(pd.DataFrame(samples), both, scenes)


@pytest.fixture(scope="session")
def reader(tiny_folder: Path, asked: Asked) -> LocalModel:
    """An untrained tiny model that has vectors for the words of the attributes."""
    import torch

    model = load_model(str(tiny_folder))
    texts = [*asked.attributes["core"], *asked.attributes["spurious"], "the image shows :"]
    names = missing_words(model.processor, [*texts, "The image shows ."])
    width = model.model.get_input_embeddings().weight.shape[1]
    rng = np.random.default_rng(0)
    vectors = torch.tensor(rng.standard_normal((len(names), width)), dtype=torch.float32)
    add_words(model.model, model.processor, Words(names, vectors))
    return model
