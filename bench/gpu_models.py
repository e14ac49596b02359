"""Models of real sizes with random weights, and questions to ask them; nothing is downloaded.

Speed and memory are those of the checkpoints of the same sizes. The sizes of Qwen2.5-VL-7B are
those of its `config.json` on the Hub, LLaVA-1.5-7B's those of Vicuna-7B and CLIP ViT-L/14 at 336
pixels, Stable Diffusion 3 Medium's those of arXiv 2403.03206. `tiny` builds the same with a few
numbers, to see on a CPU that everything runs.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

TEXTS = (
    "What is the main object in the middle of the picture? Answer with the letter of the option.",
    "(A) a cat (B) a dog (C) a horse (D) a bird", "cat dog horse bird USER: ASSISTANT: user",
    "A B C D", "The picture shows: a beach. a collar. in the photograph",
)  # fmt: skip
NAMES = ("a cat", "a dog", "a horse", "a bird")
QWEN = {
    "hidden_size": 3584, "num_hidden_layers": 28, "num_attention_heads": 28,
    "num_key_value_heads": 4, "intermediate_size": 18944, "vocab_size": 152064,
}  # fmt: skip
QWEN_VISION = {
    "depth": 32, "hidden_size": 1280, "num_heads": 16, "intermediate_size": 3420, "patch_size": 14,
    "out_hidden_size": 3584, "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31],
}  # fmt: skip
LLAMA = {
    "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 32, "intermediate_size": 11008, "vocab_size": 32064,
}  # fmt: skip
CLIP = {
    "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
    "intermediate_size": 4096, "image_size": 336, "patch_size": 14, "projection_dim": 768,
}  # fmt: skip
TINY = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": 64, "vocab_size": 1000,
}  # fmt: skip
TINY_QWEN_VISION = {
    "depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64, "patch_size": 14,
    "out_hidden_size": 32, "window_size": 56, "fullatt_block_indexes": [1],
}  # fmt: skip
TINY_CLIP = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    "image_size": 56, "patch_size": 14, "projection_dim": 32,
}  # fmt: skip
BILLIONS = 7


def build_local(family: str, *, device: str, tiny: bool) -> Any:
    """Return a `LocalModel` of the family "qwen" or "llava", in bf16 on a GPU, float32 on a CPU."""
    import torch

    from spuriverse.models import LocalModel

    kind, config, processor = (_qwen if family == "qwen" else _llava)(tiny)
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    torch.manual_seed(0)
    # Made where it stays: a model of this size takes minutes to fill on a CPU.
    with torch.device(device):
        model = kind._from_config(config, dtype=dtype)
    model = model.to(device).eval()
    model.requires_grad_(False)
    tokenizer = processor.tokenizer
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    tokenizer.padding_side = "left"
    return LocalModel(f"{family}-random", model, processor, show_options=True)


def build_pipeline(folder: Path, *, device: str, tiny: bool) -> Any:
    """Return a pipeline of the size of Stable Diffusion 3 Medium, text encoders included."""
    import diffusers as d
    import torch
    import transformers as t

    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    torch.manual_seed(0)
    joint, pooled = (64, 64) if tiny else (4096, 2048)
    blocks = [32, 64] if tiny else [128, 256, 512, 512]
    with torch.device(device):
        transformer = d.SD3Transformer2DModel(
            sample_size=32 if tiny else 128,
            num_layers=1 if tiny else 24,
            attention_head_dim=8 if tiny else 64,
            num_attention_heads=4 if tiny else 24,
            caption_projection_dim=32 if tiny else 1536,
            joint_attention_dim=joint,
            pooled_projection_dim=pooled,
            pos_embed_max_size=32 if tiny else 192,
            in_channels=16,
            out_channels=16,
        )
        vae = d.AutoencoderKL(
            block_out_channels=blocks,
            down_block_types=["DownEncoderBlock2D"] * len(blocks),
            up_block_types=["UpDecoderBlock2D"] * len(blocks),
            layers_per_block=1 if tiny else 2,
            latent_channels=16,
            use_quant_conv=False,
            use_post_quant_conv=False,
            shift_factor=0.0609,
            scaling_factor=1.5305,
        )
        first = _clip_text(t, 32 if tiny else 768, 2 if tiny else 12)
        second = _clip_text(t, 32 if tiny else 1280, 2 if tiny else 32)
        third = t.T5EncoderModel(
            t.T5Config(
                vocab_size=32128,
                d_model=joint,
                d_kv=8 if tiny else 64,
                d_ff=64 if tiny else 10240,
                num_layers=2 if tiny else 24,
                num_heads=4 if tiny else 64,
                feed_forward_proj="gated-gelu",
            )
        )
    tokenizer = _clip_tokenizer(t, folder)
    pipeline = d.StableDiffusion3Pipeline(
        transformer=transformer.eval(),
        scheduler=d.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae.eval(),
        text_encoder=first,
        tokenizer=tokenizer,
        text_encoder_2=second,
        tokenizer_2=tokenizer,
        text_encoder_3=third.eval(),
        tokenizer_3=t.T5Tokenizer(
            vocab=[("<pad>", 0.0), ("</s>", -1.0), ("<unk>", -2.0), ("\u2581a", -3.0)], extra_ids=0
        ),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device, dtype)


def make_questions(folder: Path, number: int, *, side: int = 640) -> pd.DataFrame:
    """Write noisy photographs of COCO's size, and return questions about them.

    Args:
        folder: Where the images go; must exist.
        number: How many questions, one image each.
        side: Width of the images in pixels; they are three quarters as high.

    Returns:
        Columns of a `samples` table, and those of an `attributes` table without masks.
    """
    rng = np.random.default_rng(0)
    rows = []
    for place in range(number):
        coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        path = folder / f"{place:04}.jpg"
        Image.fromarray(coarse).resize((side, side * 3 // 4)).save(path)
        rows.append(
            {
                "sample_id": f"q-{place}",
                "image": str(path),
                "question": "What is the main object in the middle of the picture?",
                "options": list(NAMES),
                "answer": place % 4,
                "label": NAMES[place % 4],
                "predicted": NAMES[(place + 1) % 4],
                "core": "a collar",
                "spurious": "a beach",
                "region_spurious": None,
                "region_object": None,
            }
        )
    return pd.DataFrame(rows)


def _qwen(tiny: bool) -> tuple[Any, Any, Any]:
    import transformers as t

    names = {
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
        "vision_bos_token": "<|vision_start|>",
        "vision_eos_token": "<|vision_end|>",
    }
    tokenizer = _tokenizer("<|im_end|>", ["<|im_start|>", *names.values()], names)
    sizes = TINY if tiny else QWEN
    half = sizes["hidden_size"] // sizes["num_attention_heads"] // 2
    sections = [half // 4, (half - half // 4) // 2]
    rope = {
        "rope_type": "default",
        "mrope_section": [*sections, half - sum(sections)],
        "rope_theta": 1e6,
    }
    text = t.models.qwen2_5_vl.configuration_qwen2_5_vl.Qwen2_5_VLTextConfig(
        **sizes, **_ids(tokenizer), max_position_embeddings=32768, rope_parameters=rope
    )
    config = t.Qwen2_5_VLConfig(
        vision_config=TINY_QWEN_VISION if tiny else QWEN_VISION,
        text_config=text.to_dict(),
        image_token_id=tokenizer.image_token_id,
        video_token_id=tokenizer.video_token_id,
        vision_start_token_id=tokenizer.vision_bos_token_id,
        vision_end_token_id=tokenizer.vision_eos_token_id,
    )
    pixels = {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}
    image = "<|vision_start|><|image_pad|><|vision_end|>"
    processor = t.Qwen2_5_VLProcessor(
        t.Qwen2VLImageProcessor(size=pixels),
        tokenizer,
        t.Qwen2VLVideoProcessor(size=pixels),
        chat_template=_template(
            image, "<|im_start|>user\n", "<|im_end|>\n", "<|im_start|>assistant\n"
        ),
    )
    return t.Qwen2_5_VLForConditionalGeneration, config, processor


def _llava(tiny: bool) -> tuple[Any, Any, Any]:
    import transformers as t

    tokenizer = _tokenizer("</s>", ["<image>"], {"image_token": "<image>"})
    vision = TINY_CLIP if tiny else CLIP
    side, patch = vision["image_size"], vision["patch_size"]
    config = t.LlavaConfig(
        vision_config=t.CLIPVisionConfig(**vision),
        text_config=t.LlamaConfig(
            **(TINY if tiny else LLAMA), **_ids(tokenizer), max_position_embeddings=4096
        ),
        image_token_index=tokenizer.image_token_id,
        image_seq_length=(side // patch) ** 2,
    )
    processor = t.LlavaProcessor(
        t.CLIPImageProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
        tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_template("<image>\n", "USER: ", " ", "ASSISTANT:"),
    )
    return t.LlavaForConditionalGeneration, config, processor


def _tokenizer(end: str, more: list[str], names: dict[str, str]) -> Any:
    """A byte-level tokenizer whose words are those of the prompts, so that these are as short."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=["<unk>", "<pad>", end, *more],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(TEXTS * 3, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="<unk>",
        pad_token="<pad>",
        eos_token=end,
        additional_special_tokens=[token for token in more if token not in names.values()],
        extra_special_tokens=names,
    )


def _ids(tokenizer: Any) -> dict[str, int]:
    return {
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.eos_token_id,
    }


def _template(image: str, user: str, end: str, assistant: str) -> str:
    return (
        "{% for message in messages %}"
        f"{{% if message['role'] == 'user' %}}{user}{{% else %}}{assistant}{{% endif %}}"
        "{% for part in message['content'] %}"
        f"{{% if part['type'] == 'image' %}}{image}{{% else %}}{{{{ part['text'] }}}}{{% endif %}}"
        f"{{% endfor %}}{end}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{assistant}{{% endif %}}"
    )


def _clip_text(t: Any, size: int, layers: int) -> Any:
    config = t.CLIPTextConfig(
        vocab_size=49408,
        hidden_size=size,
        intermediate_size=4 * size,
        num_hidden_layers=layers,
        num_attention_heads=max(2, size // 64),
        projection_dim=size,
    )
    return t.CLIPTextModelWithProjection(config).eval()


def _clip_tokenizer(t: Any, folder: Path) -> Any:
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    words = {t: i for i, t in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(words))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
    return t.CLIPTokenizer(*files, model_max_length=77)
