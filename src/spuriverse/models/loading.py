"""Open checkpoints, on disk or of the Hub, through `AutoProcessor` and
`AutoModelForImageTextToText`."""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spuriverse.cpu import number_format, use_cpu
from spuriverse.models.adapters import load_adapter
from spuriverse.models.local import LocalModel
from spuriverse.models.spec import Device, Dtype, Kernel, Quantisation
from spuriverse.problems import Problem
from spuriverse.questions import STRATEGIES, Strategy

log = logging.getLogger(__name__)

_OTHER_KERNEL = "%s does not run with the attention kernel %s (%s); transformers chooses another"


def load_model(
    folder: str | Path,
    *,
    name: str | None = None,
    adapter: str | Path | None = None,
    threads: int = 1,
    revision: str | None = None,
    dtype: Dtype = "float32",
    quantisation: Quantisation = "none",
    device: Device = "auto",
    attention: Kernel = "auto",
    token_env: str | None = "HF_TOKEN",
    show_options: bool = False,
    strategies: Mapping[str, Strategy] = STRATEGIES,
) -> LocalModel:
    """Load a checkpoint, with an adapter on it if one is given.

    Args:
        folder: A folder as `save_pretrained` writes it, model and processor, or the id of a
            checkpoint of the Hub.
        name: What the tables call the model; by default the last part of `folder`.
        adapter: A folder with a LoRA adapter of this model.
        threads: Threads of the forward passes on the CPU.
        revision: Commit, tag or branch of a checkpoint of the Hub.
        dtype: Precision on a GPU; `auto` is the checkpoint's own. A CPU computes in float32.
        quantisation: `4-bit` needs a CUDA GPU and bitsandbytes.
        device: `auto` takes the GPU if there is one, several if there are several.
        attention: Kernel of attention; `auto` leaves it to transformers. One that is not there is
            replaced by that choice, and the log says so.
        token_env: Name of the environment variable with the Hub's token.
        show_options: Whether prompts list the options; a checkpoint with `lists_options` in its
            configuration has them listed in any case.
        strategies: Prompting strategies.

    Raises:
        Problem: A folder is missing or holds no checkpoint, the checkpoint cannot be fetched, or
            this machine cannot run it as asked.
    """

    use_cpu(threads)
    for path in (folder, adapter):
        if path is not None and not Path(path).is_dir() and (path is adapter or not is_id(path)):
            raise Problem(f"There is no model folder {path}; run the step that makes it first.")
    settings = placement(folder, dtype, quantisation, device)
    settings |= _kernel(folder, attention, "device_map" in settings)
    kinds = ("AutoModelForImageTextToText", "AutoProcessor")
    model, processor = open_pretrained(folder, settings, revision, token_env, kinds)
    if adapter is not None:
        model = load_adapter(model, adapter).merge_and_unload()
    processor.tokenizer.padding_side = "left"
    last = Path(folder).name
    _log_what_counts(name or last, model, processor)
    # A tiny model that learnt to read options says so itself.
    shown = show_options or bool(getattr(model.config, "lists_options", False))
    return LocalModel(name or last, model.eval(), processor, shown, strategies)


def _log_what_counts(name: str, model: Any, processor: Any) -> None:
    """Say what else changes an answer: two backends differ by up to 0.03 per pixel."""
    import torch
    import transformers

    images = processor.image_processor
    log.info(
        "%s: %s in %s on %s, attention by %s; images by %s (%s); transformers %s, torch %s",
        *(name, type(model).__name__, model.dtype, model.device),
        getattr(model.config, "_attn_implementation", "unknown kernel"),
        *(type(images).__name__, getattr(images, "backend", "unknown backend")),
        *(transformers.__version__, torch.__version__),
    )


def is_id(checkpoint: str | Path) -> bool:
    """Return whether the text reads `owner/name`, and neither it nor the owner is a folder."""
    if isinstance(checkpoint, Path) or not re.fullmatch(r"[\w-][\w.-]*/[\w.-]+", checkpoint):
        return False
    return not Path(checkpoint).parent.exists()


def placement(
    folder: str | Path, dtype: Dtype, quantisation: Quantisation, device: Device
) -> dict[str, Any]:
    """Return the settings of `from_pretrained`: precision, and where the weights go.

    Args:
        folder: Folder or id of the checkpoint, for messages.
        dtype: As in `load_model`.
        quantisation: As in `load_model`.
        device: As in `load_model`.

    Raises:
        Problem: This machine cannot run it so.
    """
    import torch

    gpus = torch.cuda.device_count() if device != "cpu" else 0
    if device == "cuda" and not gpus:
        raise Problem(
            f"The model {folder} is set to run on a GPU (device: cuda), but there is none; set"
            " device to auto or cpu, or run it on a machine with a GPU."
        )
    settings: dict[str, Any] = {"dtype": number_format(dtype, gpus > 0)}
    if gpus:
        settings["device_map"] = "auto" if gpus > 1 else "cuda"
    if quantisation == "4-bit":
        settings["quantization_config"] = _four_bits(folder, gpus, settings["dtype"])
    return settings


def placement_on_one(
    folder: str | Path, threads: int, dtype: Dtype, device: Device
) -> dict[str, Any]:
    """Return the settings of `from_pretrained` for a small model, which one GPU holds.

    Args:
        folder: A folder that is there, or the id of a checkpoint of the Hub.
        threads: Threads of the forward passes on the CPU.
        dtype: As in `load_model`.
        device: As in `load_model`.

    Raises:
        Problem: There is no such folder, or this machine cannot run the model so.
    """
    use_cpu(threads)
    if not Path(folder).is_dir() and not is_id(folder):
        raise Problem(f"There is no model folder {folder}; put the checkpoint there.")
    settings = placement(folder, dtype, "none", device)
    return {**settings, "device_map": "cuda"} if "device_map" in settings else settings


def _kernel(folder: str | Path, attention: Kernel, on_gpu: bool) -> dict[str, Any]:
    """The setting of `from_pretrained` for a kernel of attention; none for transformers' choice."""
    import importlib.util

    if attention == "auto":
        return {}
    if attention == "flash_attention_2":
        packaged = importlib.util.find_spec("flash_attn") is not None
        if not (on_gpu and packaged):
            reason = "the package flash-attn is missing" if on_gpu else "there is no GPU"
            log.warning(_OTHER_KERNEL, folder, attention, reason)
            return {}
    return {"attn_implementation": attention}


def _four_bits(folder: str | Path, gpus: int, dtype: Any) -> Any:
    import importlib.util

    import torch
    from transformers import BitsAndBytesConfig

    if not gpus:
        raise Problem(
            f"The model {folder} is set to load in 4 bits, which needs a CUDA GPU,"
            " but none is in use; set its quantisation to none or run it on a machine with a GPU."
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise Problem(
            f"The model {folder} is set to load in 4 bits, but the package bitsandbytes"
            " is missing; install it or set quantisation to none."
        )
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16 if dtype == "auto" else dtype,
    )


def open_pretrained(
    folder: str | Path,
    settings: dict[str, Any],
    revision: str | None,
    token_env: str | None,
    kinds: tuple[str, str],
) -> tuple[Any, Any]:
    """Return the model and the processor of a checkpoint.

    Args:
        folder: A folder as `save_pretrained` writes it, or the id of a checkpoint of the Hub.
        settings: As `placement` returns them.
        revision: As in `load_model`.
        token_env: As in `load_model`.
        kinds: The classes of transformers that open the model and its processor.

    Raises:
        Problem: There is no such checkpoint, or a package is missing.
    """
    import transformers
    from safetensors import SafetensorError

    open_model, open_processor = (getattr(transformers, kind) for kind in kinds)
    source: dict[str, Any] = {}
    if not Path(folder).is_dir():
        source = {"revision": revision, "token": os.environ.get(token_env or "") or None}
    try:
        model = _from_pretrained(open_model, folder, settings, source)
        processor = open_processor.from_pretrained(folder, **source)
    except ImportError as error:
        raise Problem(
            f"The model {folder} needs a package that is missing ({_first_line(error)}); install it"
            " and run this step again."
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        if source:
            raise _not_fetched(str(folder), revision, token_env, error) from error
        raise _no_checkpoint(folder, error) from error
    return model, processor


def _from_pretrained(
    kind: Any, folder: str | Path, settings: dict[str, Any], source: dict[str, Any]
) -> Any:
    """The model, with another kernel of attention if its architecture lacks the one asked for."""
    kernel = settings.get("attn_implementation")
    try:
        return kind.from_pretrained(folder, **settings, **source)
    except (ImportError, ValueError) as error:
        if kernel is None or not re.search("attention|attn", str(error), re.IGNORECASE):
            raise
        log.warning(_OTHER_KERNEL, folder, kernel, _first_line(error))
    rest = {key: value for key, value in settings.items() if key != "attn_implementation"}
    return kind.from_pretrained(folder, **rest, **source)


def _no_checkpoint(folder: str | Path, error: Exception) -> Problem:
    return Problem(
        f"{folder} does not hold a complete checkpoint ({_first_line(error)}); delete it and make"
        " it again."
    )


def _gated(checkpoint: str, token_env: str) -> Problem:
    return Problem(
        f"The checkpoint {checkpoint} is gated; accept its licence at"
        f" https://huggingface.co/{checkpoint} and put a token of that account into the"
        f" environment variable {token_env}."
    )


def _not_fetched(
    checkpoint: str, revision: str | None, token_env: str | None, error: Exception
) -> Problem:
    """Name what to do about a checkpoint that is gated, unknown or out of reach."""
    from huggingface_hub.errors import GatedRepoError

    causes = [error, error.__cause__, error.__context__]
    if any(isinstance(cause, GatedRepoError) for cause in causes):
        return _gated(checkpoint, token_env or "HF_TOKEN")
    at = f" at revision {revision}" if revision else ""
    private = f", and if it is private or gated set {token_env}" if token_env else ""
    return Problem(
        f"The checkpoint {checkpoint}{at} is neither a folder nor available from the Hub"
        f" ({_first_line(error)}); check its name and the network, or fetch it beforehand with"
        f" `hf download {checkpoint}`{private}."
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
