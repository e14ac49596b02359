"""Tiny random checkpoints that tell classes apart, built from config and saved like any other."""

from pathlib import Path
from typing import Any

SIDE = 32
BOTH = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
VISION = {**BOTH, "num_hidden_layers": 1, "image_size": SIDE, "patch_size": 8}
LONGEST = 12
SQUARE = {"height": SIDE, "width": SIDE}
LABELS = ["tabby, tabby cat", "school bus", "daisy", "crane", "crane", "wolf"]
WORDS = ["a photo of picture the", "cat bus daisy star red wolf tabby school", "cats cat unicorn"]


def save_classifier(kind: str, folder: Path) -> Path:
    """Save a tiny `clip`, `siglip` or `vit`, with weights of one seed, and its processor."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    if kind == "vit":
        names = dict(enumerate(LABELS))
        model: Any = t.ViTForImageClassification(
            t.ViTConfig(**VISION, id2label=names, label2id={v: k for k, v in names.items()})
        )
        processor: Any = t.ViTImageProcessor(size=SQUARE)
    else:
        model, processor = _contrastive(kind)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                torch.nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5 * 1.2)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _contrastive(kind: str) -> tuple[Any, Any]:
    import transformers as t
    from tokenizers import processors

    from spuriverse.world.zoo import build_tokenizer

    tokenizer = build_tokenizer(WORDS, padding_side="right")
    tokenizer.model_max_length = LONGEST
    # CLIP takes what it made of the last token for the whole text.
    end = (tokenizer.eos_token, tokenizer.eos_token_id)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end[0]}", special_tokens=[end]
    )
    text = {
        **BOTH,
        "num_hidden_layers": 1,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": LONGEST,
    }
    if kind == "siglip":
        model = t.SiglipModel(
            t.SiglipConfig(text_config={**text, "projection_size": 32}, vision_config=VISION)
        )
        return model, t.SiglipProcessor(t.SiglipImageProcessor(size=SQUARE), tokenizer)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = t.CLIPConfig(text_config={**text, **ends}, vision_config=VISION, projection_dim=16)
    images = t.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=SQUARE)
    return t.CLIPModel(config), t.CLIPProcessor(images, tokenizer)
