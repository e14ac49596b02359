"""Tiny random checkpoints of the open families, built from config and saved like any checkpoint.

Each has a tokenizer made here, a chat template in the manner of its family, and weights large
enough that image and question change what it says.
"""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

FAMILIES: dict[str, Callable[[], tuple[Any, Any]]] = {}
"""Name -> builder of a model and its processor."""

HIDDEN = 32
IMAGE_SIDE = 32
PATCH = 8

_TEXTS = [
    "What colour is the thing in the middle of the picture? Answer with the letter of the option.",
    "How many objects are there? red green blue yellow star ring moon one two three left right",
    "(A) red\n(B) green\n(C) blue\n(D) yellow\nassistant user model Answer: USER: ASSISTANT:",
    *[f"{letter} {letter} ({letter}) {letter.lower()}" for letter in string.ascii_uppercase],
]


def save_family(family: str, folder: Path) -> Path:
    """Build the family's model and processor, with weights of one seed, and save both."""
    import torch

    torch.manual_seed(0)
    model, processor = FAMILIES[family]()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "gate" in name and parameter.ndim == 1:
                parameter.fill_(1.0)  # Mllama begins with the image shut out
            elif parameter.ndim >= 2:
                torch.nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5 * 1.2)
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _family(build: Callable[[], tuple[Any, Any]]) -> Callable[[], tuple[Any, Any]]:
    FAMILIES[build.__name__.removeprefix("_")] = build
    return build


# --- tokenizers -------------------------------------------------------------------------------


def _tokenizer(
    pieces: str,
    begin: str | None,
    end: str,
    more: list[str],
    names: dict[str, str],
    **settings: Any,
) -> Any:
    """A byte-level tokenizer (`bytes`) or one in which a space opens a word (`words`)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE(byte_fallback=pieces == "words", unk_token="<unk>"))
    special = ["<unk>", "<pad>", *([begin] if begin else []), end, *more]
    alphabet: list[str] = []
    if pieces == "bytes":
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
    else:
        backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
        backend.decoder = decoders.Sequence(
            [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
        )
        special += [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(_TEXTS * 3, trainer)
    if begin:
        _prepend(backend, begin)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token=begin,
        eos_token=end,
        additional_special_tokens=[token for token in more if token not in names.values()],
        extra_special_tokens=names,
        **settings,
    )


def _prepend(backend: Any, begin: str) -> None:
    """Every text begins with the token `begin`, unless the caller says that it is there."""
    from tokenizers import processors

    backend.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A", special_tokens=[(begin, backend.token_to_id(begin))]
    )


def _template(begin: str, image: str, user: str, end: str, assistant: str) -> str:
    """A chat template of one user's message: its parts in order, and the prompt for the reply."""
    return (
        f"{begin}{{% for message in messages %}}"
        f"{{% if message['role'] == 'user' %}}{user}{{% else %}}{assistant}{{% endif %}}"
        "{% for part in message['content'] %}"
        f"{{% if part['type'] == 'image' %}}{image}{{% else %}}{{{{ part['text'] }}}}{{% endif %}}"
        f"{{% endfor %}}{end}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{assistant}{{% endif %}}"
    )


CHATML = ("<|im_start|>user\n", "<|im_end|>\n", "<|im_start|>assistant\n")


# --- parts of the models ----------------------------------------------------------------------


def _language(tokenizer: Any, **more: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 1024,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        **more,
    }


def _vision(**more: Any) -> dict[str, Any]:
    return {
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": IMAGE_SIDE,
        "patch_size": PATCH,
        **more,
    }


SQUARE = {"height": IMAGE_SIDE, "width": IMAGE_SIDE}
TOKENS = (IMAGE_SIDE // PATCH) ** 2


# --- the families -----------------------------------------------------------------------------


@_family
def _llava() -> tuple[Any, Any]:
    import transformers as t

    tokenizer = _tokenizer("words", "<s>", "</s>", ["<image>"], {"image_token": "<image>"})
    config = t.LlavaConfig(
        vision_config=t.CLIPVisionConfig(**_vision(projection_dim=HIDDEN)),
        text_config=t.LlamaConfig(**_language(tokenizer)),
        image_token_index=tokenizer.image_token_id,
        image_seq_length=TOKENS,
    )
    processor = t.LlavaProcessor(
        t.CLIPImageProcessor(size={"shortest_edge": IMAGE_SIDE}, crop_size=SQUARE),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_template("", "<image>\n", "USER: ", " ", "ASSISTANT:"),
    )
    return t.LlavaForConditionalGeneration(config), processor


@_family
def _llava_next() -> tuple[Any, Any]:
    """LLaVA-NeXT on Mistral; its window is shorter than the prompts."""
    import transformers as t

    pinpoints = [[IMAGE_SIDE, 2 * IMAGE_SIDE], [2 * IMAGE_SIDE, IMAGE_SIDE], [2 * IMAGE_SIDE] * 2]
    tokenizer = _tokenizer("bytes", "<s>", "</s>", ["<image>"], {"image_token": "<image>"})
    config = t.LlavaNextConfig(
        vision_config=t.CLIPVisionConfig(**_vision(projection_dim=HIDDEN)),
        text_config=t.MistralConfig(**_language(tokenizer, sliding_window=48, head_dim=16)),
        image_token_index=tokenizer.image_token_id,
        image_grid_pinpoints=pinpoints,
        image_seq_length=TOKENS,
    )
    processor = t.LlavaNextProcessor(
        t.LlavaNextImageProcessor(
            size={"shortest_edge": IMAGE_SIDE}, crop_size=SQUARE, image_grid_pinpoints=pinpoints
        ),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_template("<s>", "<image>\n", "[INST] ", "", " [/INST]"),
    )
    return t.LlavaNextForConditionalGeneration(config), processor


@_family
def _mllama() -> tuple[Any, Any]:
    """Llama 3.2 Vision: the image enters through layers of cross-attention."""
    import transformers as t

    named = {"image_token": "<|image|>"}
    headers = ["<|start_header_id|>", "<|end_header_id|>", "<|python_tag|>"]
    tokenizer = _tokenizer(
        "bytes", "<|begin_of_text|>", "<|eot_id|>", [*headers, "<|image|>"], named
    )
    text = _language(tokenizer, num_hidden_layers=3, cross_attention_layers=[1])
    text["vocab_size"] = len(tokenizer)
    config = t.MllamaConfig(
        vision_config=t.models.mllama.configuration_mllama.MllamaVisionConfig(
            hidden_size=HIDDEN,
            intermediate_size=2 * HIDDEN,
            num_hidden_layers=2,
            num_global_layers=1,
            attention_heads=2,
            image_size=IMAGE_SIDE,
            patch_size=PATCH,
            max_num_tiles=4,
            intermediate_layers_indices=[0, 1],
            vision_output_dim=3 * HIDDEN,
        ),
        text_config=t.models.mllama.configuration_mllama.MllamaTextConfig(**text),
        image_token_index=tokenizer.image_token_id,
    )
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    processor = t.MllamaProcessor(
        t.MllamaImageProcessor(size=SQUARE, max_image_tiles=4),
        tokenizer,
        chat_template=_template(
            "<|begin_of_text|>",
            "<|image|>",
            header.format("user"),
            "<|eot_id|>",
            header.format("assistant"),
        ),
    )
    return t.MllamaForConditionalGeneration(config), processor


def _qwen(
    model: Any, config: Any, text: Any, vision: dict[str, Any], processor: Any
) -> tuple[Any, Any]:
    import transformers as t

    names = {
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
        "vision_bos_token": "<|vision_start|>",
        "vision_eos_token": "<|vision_end|>",
    }
    more = ["<|im_start|>", *names.values()]
    tokenizer = _tokenizer("bytes", None, "<|im_end|>", more, names)
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    built = config(
        vision_config={"depth": 2, "num_heads": 2, "patch_size": PATCH, **vision},
        text_config=text(**_language(tokenizer, rope_parameters=rope)).to_dict(),
        image_token_id=tokenizer.image_token_id,
        video_token_id=tokenizer.video_token_id,
        vision_start_token_id=tokenizer.vision_bos_token_id,
        vision_end_token_id=tokenizer.vision_eos_token_id,
    )
    pixels = {"shortest_edge": 16 * 16, "longest_edge": 64 * 64}
    image = "<|vision_start|><|image_pad|><|vision_end|>"
    made = processor(
        t.Qwen2VLImageProcessor(size=pixels, patch_size=PATCH),
        tokenizer,
        t.Qwen2VLVideoProcessor(size=pixels, patch_size=PATCH),
        chat_template=_template("", image, *CHATML),
    )
    return model(built), made


@_family
def _qwen2_vl() -> tuple[Any, Any]:
    import transformers as t

    text = t.models.qwen2_vl.configuration_qwen2_vl.Qwen2VLTextConfig
    vision = {"embed_dim": HIDDEN, "hidden_size": HIDDEN, "mlp_ratio": 2}
    return _qwen(
        t.Qwen2VLForConditionalGeneration, t.Qwen2VLConfig, text, vision, t.Qwen2VLProcessor
    )


@_family
def _qwen2_5_vl() -> tuple[Any, Any]:
    import transformers as t

    text = t.models.qwen2_5_vl.configuration_qwen2_5_vl.Qwen2_5_VLTextConfig
    vision = {
        "hidden_size": HIDDEN,
        "out_hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "window_size": 4 * PATCH,
        "fullatt_block_indexes": [1],
    }
    return _qwen(
        t.Qwen2_5_VLForConditionalGeneration,
        t.Qwen2_5_VLConfig,
        text,
        vision,
        t.Qwen2_5_VLProcessor,
    )


@_family
def _internvl() -> tuple[Any, Any]:
    import transformers as t

    names = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    more = ["<|im_start|>", *names.values()]
    tokenizer = _tokenizer("bytes", None, "<|im_end|>", more, names)
    config = t.InternVLConfig(
        vision_config=t.InternVLVisionConfig(
            **_vision(image_size=[IMAGE_SIDE] * 2, patch_size=[PATCH] * 2)
        ),
        text_config=t.Qwen2Config(**_language(tokenizer)),
        image_token_id=tokenizer.context_image_token_id,
        image_seq_length=TOKENS // 4,
    )
    processor = t.InternVLProcessor(
        t.GotOcr2ImageProcessor(size=SQUARE, min_patches=1, max_patches=4),
        tokenizer,
        t.InternVLVideoProcessor(size=SQUARE),
        image_seq_length=TOKENS // 4,
        chat_template=_template("", "<IMG_CONTEXT>\n", *CHATML),
    )
    return t.InternVLForConditionalGeneration(config), processor


@_family
def _idefics3() -> tuple[Any, Any]:
    import transformers as t

    tokenizer, config, chat = _idefics_parts(t, t.Idefics3Config)
    processor = t.Idefics3Processor(
        t.Idefics3ImageProcessor(
            size={"longest_edge": 2 * IMAGE_SIDE}, max_image_size={"longest_edge": IMAGE_SIDE}
        ),
        tokenizer,
        image_seq_len=TOKENS // 4,
        chat_template=chat,
    )
    return t.Idefics3ForConditionalGeneration(config), processor


@_family
def _smolvlm() -> tuple[Any, Any]:
    import transformers as t

    tokenizer, config, chat = _idefics_parts(t, t.SmolVLMConfig)
    processor = t.SmolVLMProcessor(
        t.SmolVLMImageProcessor(
            size={"longest_edge": 2 * IMAGE_SIDE}, max_image_size={"longest_edge": IMAGE_SIDE}
        ),
        tokenizer,
        t.SmolVLMVideoProcessor(size={"longest_edge": IMAGE_SIDE}),
        image_seq_len=TOKENS // 4,
        chat_template=chat,
    )
    return t.SmolVLMForConditionalGeneration(config), processor


def _idefics_parts(t: Any, config: Any) -> tuple[Any, Any, str]:
    places = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    around = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
    names = {
        "fake_image_token": "<fake_token_around_image>",
        "image_token": "<image>",
        "end_of_utterance_token": "<end_of_utterance>",
        "global_image_token": "<global-img>",
    }
    tokenizer = _tokenizer("bytes", "<|im_start|>", "<|im_end|>", [*around, *places], names)
    built = config(
        vision_config=_vision(),
        text_config=t.LlamaConfig(**_language(tokenizer)).to_dict(),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=2,
    )
    chat = _template("<|im_start|>", "<image>", "User:", "<end_of_utterance>\n", "Assistant:")
    return tokenizer, built, chat


@_family
def _paligemma() -> tuple[Any, Any]:
    """PaliGemma: no chat template, and the prompt is read in both directions."""
    import transformers as t

    tokenizer = _tokenizer("words", "<bos>", "<eos>", ["<image>"], {"image_token": "<image>"})
    image_processor = t.SiglipImageProcessor(size=SQUARE)
    image_processor.image_seq_length = TOKENS
    processor = t.PaliGemmaProcessor(image_processor, tokenizer)
    config = t.PaliGemmaConfig(
        vision_config=t.SiglipVisionConfig(**_vision(projection_dim=HIDDEN)).to_dict(),
        text_config=t.GemmaConfig(**_language(tokenizer, head_dim=16)).to_dict(),
        image_token_index=tokenizer.image_token_id,
        projection_dim=HIDDEN,
        hidden_size=HIDDEN,
    )
    return t.PaliGemmaForConditionalGeneration(config), processor


@_family
def _gemma3() -> tuple[Any, Any]:
    """Gemma 3: the image's tokens see each other, and every second layer a window only."""
    import transformers as t

    names = {
        "image_token": "<image_soft_token>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
    }
    more = ["<start_of_turn>", "<end_of_turn>", *names.values()]
    tokenizer = _tokenizer("words", "<bos>", "<eos>", more, names)
    config = t.Gemma3Config(
        vision_config=t.SiglipVisionConfig(**_vision()).to_dict(),
        text_config=t.Gemma3TextConfig(
            **_language(
                tokenizer,
                head_dim=16,
                query_pre_attn_scalar=16,
                sliding_window=48,
                layer_types=["sliding_attention", "full_attention"],
            )
        ).to_dict(),
        mm_tokens_per_image=TOKENS // 4,
        image_token_index=tokenizer.image_token_id,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
    )
    turn = "<start_of_turn>{}\n"
    processor = t.Gemma3Processor(
        t.Gemma3ImageProcessor(size=SQUARE),
        tokenizer,
        image_seq_length=TOKENS // 4,
        chat_template=_template(
            "<bos>",
            "<start_of_image>",
            turn.format("user"),
            "<end_of_turn>\n",
            turn.format("model"),
        ),
    )
    return t.Gemma3ForConditionalGeneration(config), processor
