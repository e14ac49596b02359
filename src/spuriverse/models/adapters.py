"""Adapters belong to one base model: what tells that model from others, and who checks it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from spuriverse.problems import Problem
from spuriverse.tables import write_text

BASE_FILE = "base_model.json"
_VALUES_A_TENSOR = 64


def fingerprint_model(model: Any) -> str:
    """Return a short text that two models share only if they have the same weights.

    It covers the name, the shape and some values, spread evenly, of every parameter.

    Args:
        model: A model of transformers, without an adapter.
    """
    digest = hashlib.sha256()
    for name, parameter in model.named_parameters():
        values = parameter.detach().flatten()
        some = values[:: max(1, values.numel() // _VALUES_A_TENSOR)][:_VALUES_A_TENSOR]
        digest.update(f"{name} {tuple(parameter.shape)}".encode())
        digest.update(some.float().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def write_base_model(folder: Path, name: str, fingerprint: str) -> None:
    """Note beside an adapter which model it belongs to."""
    text = json.dumps({"base_model": name, "fingerprint": fingerprint}, indent=2)
    write_text(folder / BASE_FILE, f"{text}\n")


def load_adapter(model: Any, folder: str | Path) -> Any:
    """Put a saved adapter on the model it was trained on.

    Args:
        model: The base model; its modules get the adapter.
        folder: The adapter, as peft saves it. Whether it belongs to another model is known if
            `write_base_model` noted it; otherwise only that it fits.

    Returns:
        The `peft.PeftModel`.

    Raises:
        Problem: There is no whole adapter, or it is one of another base model.
    """
    from peft import PeftModel
    from safetensors import SafetensorError

    _check_base(model, Path(folder))
    try:
        return PeftModel.from_pretrained(model, str(folder))
    except RuntimeError as error:
        raise Problem(
            f"The adapter in {folder} does not fit this base model ({type(model).__name__}); give"
            " the model it was trained on, or train it again."
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Problem(
            f"{folder} does not hold a complete checkpoint ({reason}); delete it and make it again."
        ) from error


def _check_base(model: Any, folder: Path) -> None:
    file = folder / BASE_FILE
    if not file.is_file():
        return
    noted = json.loads(file.read_text(encoding="utf-8"))
    if noted["fingerprint"] != fingerprint_model(model):
        raise Problem(
            f"The adapter in {folder} was trained on the model {noted['base_model']}, which this is"
            " not; give that model, or train the adapter again."
        )
