"""An overlay for a model that is known by its name alone: `make measure MODEL=...`.

A folder, or a name with a slash, is a checkpoint that is loaded here; any other name belongs to a
provider, whose address and key follow from how the name begins.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from spuriverse.problems import Problem

OPENAI = {"base_url": "https://api.openai.com/v1", "api_key_env": "OPENAI_API_KEY"}

PROVIDERS: dict[str, dict[str, str]] = {
    "gpt-": OPENAI,
    "chatgpt-": OPENAI,
    "o1": OPENAI,
    "o3": OPENAI,
    "o4": OPENAI,
    "gemini-": {
        "base_url": "https://generativelanguage.googleapis.com/v1beta/openai",
        "api_key_env": "GEMINI_API_KEY",
    },
    "claude-": {"base_url": "https://api.anthropic.com/v1", "api_key_env": "ANTHROPIC_API_KEY"},
    "qwen": {
        "base_url": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "api_key_env": "DASHSCOPE_API_KEY",
    },
}
"""Beginning of a name -> who answers to it."""

_CONTRASTIVE = ("clip", "siglip", "siglip2")
"""What checkpoints that compare images with texts call their type."""


def describe_model(model: str) -> dict[str, Any]:
    """Return the entry of `models` for a model.

    Args:
        model: A folder with a checkpoint, a name on the Hub, or what a known provider calls it.

    Raises:
        Problem: It is none of these.
    """
    if not model.strip():
        raise Problem(
            "No model is named: write make measure MODEL=Qwen/Qwen2.5-VL-3B-Instruct, a folder, or"
            " the name of a provider's model."
        )
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", model.rstrip("/").rpartition("/")[2]).strip("-._")
    folder = Path(model).expanduser()
    if folder.is_dir() or re.fullmatch(r"[\w.-]+/[\w.-]+", model):
        if folder.is_dir() and not (folder / "config.json").is_file():
            raise Problem(
                f"The folder {model} has no config.json, so it is no checkpoint as save_pretrained"
                " writes it: name the folder with the weights."
            )
        checkpoint = str(folder.resolve()) if folder.is_dir() else model
        backend = _backend_of(folder, model)
        entry = {"name": name, "backend": backend, "checkpoint": checkpoint}
        billions = re.search(r"(?<![\d.])(\d+(?:\.\d+)?)[bB](?![A-Za-z])", name)
        return {**entry, **({"billions": float(billions[1])} if billions else {})}
    for beginning, provider in PROVIDERS.items():
        if model.lower().startswith(beginning):
            return {"name": name, "backend": "openai", "model": model, **provider}
    raise Problem(
        f"{model} is no folder here, no name on the Hub (owner/name), and no provider is known"
        f" whose models begin like it (known: {', '.join(PROVIDERS)}): give it an entry of models"
        " (docs/add-a-model.md)."
    )


def _backend_of(folder: Path, model: str) -> str:
    """How a checkpoint is asked: a folder says it itself, one of the Hub by its name."""
    if not folder.is_dir():
        owner, _, name = model.lower().partition("/")
        if owner == "timm":
            return "classifier"
        return "zero_shot" if name.startswith(("clip-", "siglip")) else "transformers"
    path = folder / "config.json"
    try:
        found = dict(json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        raise Problem(
            f"{path} does not hold JSON as save_pretrained writes it: name the folder with the"
            " weights."
        ) from None
    if "ForImageClassification" in str(found.get("architectures")) or "pretrained_cfg" in found:
        return "classifier"
    return "zero_shot" if found.get("model_type") in _CONTRASTIVE else "transformers"


def write_overlay(model: str, folder: Path, limit: int | None = None) -> Path:
    """Write the overlay of a model into a folder, unless a person has written one of its name.

    Args:
        model: As in `describe_model`.
        folder: Where overlays are; it is made if it is not there.
        limit: `evaluation.limit`; None for all questions.

    Returns:
        The file.

    Raises:
        Problem: As in `describe_model`.
    """
    entry = describe_model(model)
    # Results with and without a limit are different results.
    name = f"{entry['name']}-{limit}" if limit else str(entry["name"])
    overlay: dict[str, Any] = {"results": f"results/measure/{name}", "models": [entry]}
    if limit:
        overlay["evaluation"] = {"limit": limit}
    path = folder / f"{name}.yaml"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "# Made by make measure; laid over config/measure.yaml. Yours to change.\n"
            + yaml.safe_dump(overlay, sort_keys=False),
            encoding="utf-8",
        )
    return path


def main(arguments: list[str] | None = None) -> int:
    """Write an overlay and print its path."""
    parser = argparse.ArgumentParser(prog="python -m spuriverse.config.own_model")
    parser.add_argument("model", help="folder, name on the Hub, or name of a provider's model")
    parser.add_argument("--limit", type=int, help="most questions of each subset")
    given = parser.parse_args(arguments)
    if given.limit is not None and given.limit < 1:
        parser.error("--limit must be at least 1")
    try:
        print(write_overlay(given.model, Path("local"), given.limit))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
