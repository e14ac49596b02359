"""Tiny random checkpoints of text-to-image models, built from config, with tokenizers made here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIDE = 64
WORDS = ["a", "key", "ring", "moon", "teal", "frame", "core", "spurious", ",", "-", ":"]


def save_pipeline(family: str, folder: Path) -> Path:
    """Build a checkpoint of a family of `FAMILIES` and save it."""
    import torch

    torch.manual_seed(0)
    FAMILIES[family](folder / "tokenizer-files").save_pretrained(folder)
    return folder


def _clip_tokenizer(folder: Path) -> Any:
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    vocabulary = {t: i for i, t in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77
    )


def _clip_encoder(kind: str = "CLIPTextModel", size: int = 32) -> Any:
    import transformers

    config = transformers.CLIPTextConfig(
        vocab_size=200,
        hidden_size=size,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=size,
        max_position_embeddings=77,
        bos_token_id=188,
        eos_token_id=189,
        pad_token_id=189,
    )
    return getattr(transformers, kind)(config).eval()


def _t5_tokenizer() -> Any:
    from transformers import T5Tokenizer

    pieces = ["<pad>", "</s>", "<unk>", *(f"▁{word}" for word in WORDS)]
    return T5Tokenizer(vocab=[(piece, -float(i)) for i, piece in enumerate(pieces)], extra_ids=0)


def _t5_encoder() -> Any:
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=64, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, dropout_rate=0.0
    )
    return T5EncoderModel(config).eval()


def _vae(channels: int, **more: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[32, 64],
        in_channels=3,
        out_channels=3,
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=channels,
        sample_size=SIDE,
        **more,
    ).eval()


def _sd(folder: Path) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    return StableDiffusionPipeline(
        **_sd_parts(folder), scheduler=DDIMScheduler(), requires_safety_checker=False
    )


def _lcm(folder: Path) -> Any:
    """It edits images, but has no inpainting."""
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler

    return LatentConsistencyModelPipeline(
        **_sd_parts(folder, time_cond_proj_dim=32),
        scheduler=LCMScheduler(),
        requires_safety_checker=False,
    )


def _sd_parts(folder: Path, **more: Any) -> dict[str, Any]:
    from diffusers import UNet2DConditionModel

    unet = UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=SIDE // 2,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        **more,
    )
    return {
        "vae": _vae(4),
        "text_encoder": _clip_encoder(),
        "tokenizer": _clip_tokenizer(folder),
        "unet": unet.eval(),
        "safety_checker": None,
        "feature_extractor": None,
    }


def _sd3(folder: Path) -> Any:
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        SD3Transformer2DModel,
        StableDiffusion3Pipeline,
    )

    transformer = SD3Transformer2DModel(
        sample_size=SIDE // 2,
        patch_size=1,
        in_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_projection_dim=32,
        joint_attention_dim=32,
        pooled_projection_dim=64,
        out_channels=16,
    )
    return StableDiffusion3Pipeline(
        transformer=transformer.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_vae(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=_clip_encoder("CLIPTextModelWithProjection"),
        tokenizer=_clip_tokenizer(folder),
        text_encoder_2=_clip_encoder("CLIPTextModelWithProjection"),
        tokenizer_2=_clip_tokenizer(folder),
        text_encoder_3=_t5_encoder(),
        tokenizer_3=_t5_tokenizer(),
    )


def _flux(folder: Path) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=[4, 4, 8],
    )
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_vae(4, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        text_encoder=_clip_encoder(),
        tokenizer=_clip_tokenizer(folder),
        text_encoder_2=_t5_encoder(),
        tokenizer_2=_t5_tokenizer(),
        transformer=transformer.eval(),
    )


FAMILIES: dict[str, Callable[[Path], Any]] = {
    "sd": _sd,
    "sd3": _sd3,
    "flux": _flux,
    "lcm": _lcm,
}
