"""The tiny models of the embedded world: LLaVA from config, with a word-level tokenizer.

They are saved with `save_pretrained` and loaded by `AutoProcessor` and
`AutoModelForImageTextToText` like any checkpoint of the Hub.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spuriverse.questions import LETTERS, STRATEGIES, Question, render_prompt
from spuriverse.world.canvas import SIZE
from spuriverse.world.sampling import QUESTION_KINDS

if TYPE_CHECKING:
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

_MOST_OPTIONS = 8
"""Options that a question of the world has at most: four, and those that candidates add."""

SPECIAL_TOKENS = ("<pad>", "<unk>", "<s>", "</s>", "<image>")
PAD, _UNKNOWN, BEGIN, END, IMAGE = range(len(SPECIAL_TOKENS))

CHAT_TEMPLATE = (
    "<s>{% for message in messages %}"
    "{% if message['role'] == 'assistant' %} answer :{% endif %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %} {{ part['text'] }}{% endif %}"
    "{% endfor %}"
    "{% if message['role'] == 'assistant' %}</s>{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %} answer :{% endif %}"
)


@dataclass(frozen=True)
class Architecture:
    """Sizes of a tiny LLaVA (CLIP vision tower, two-layer projector, Llama).

    Attributes:
        width: Hidden size of both towers; heads are 32 wide.
        vision_layers: Layers of the vision tower.
        language_layers: Layers of the language model.
        patch: Side of a vision patch in pixels; must divide 64.
    """

    width: int = 128
    vision_layers: int = 3
    language_layers: int = 3
    patch: int = 16

    @property
    def image_tokens(self) -> int:
        """Number of image tokens in the prompt."""
        return (SIZE // self.patch) ** 2


def split_words(text: str) -> list[str]:
    """Split as the tokenizer does: lower case, words (hyphens kept) and punctuation apart."""
    return re.findall(r"[\w-]+|[^\w\s]", text.lower())


def build_processor(architecture: Architecture, texts: Iterable[str] = ()) -> "LlavaProcessor":
    """Build the processor: every word of the world's questions and options is one token.

    Args:
        architecture: Determines how many tokens an image becomes.
        texts: Further texts whose words enter the vocabulary (another benchmark's, say).
    """
    from transformers import LlavaProcessor

    world = (t for question, pool in QUESTION_KINDS.values() for t in (question, *pool))
    tokenizer = build_tokenizer(["answer :", *texts, *world], padding_side="left")
    return LlavaProcessor(
        image_processor=build_image_processor(),
        tokenizer=tokenizer,
        patch_size=architecture.patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT_TEMPLATE,
    )


def listed_texts() -> set[str]:
    """Return all that prompts may hold beside questions and options if they list these."""
    question = Question("", tuple(LETTERS[:_MOST_OPTIONS]), 0)
    return {render_prompt(question, strategy) for strategy in STRATEGIES}


def build_tokenizer(texts: Iterable[str], padding_side: str) -> Any:
    """Build a tokenizer to which every word of the texts is one token, and others are unknown."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {word for text in texts for word in split_words(text)}
    vocabulary = {word: i for i, word in enumerate([*SPECIAL_TOKENS, *sorted(words)])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(r"[\w-]+|[^\w\s]"), behavior="removed", invert=True),
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=["<image>"],
        padding_side=padding_side,
    )


def build_image_processor() -> Any:
    """Build the processor of the world's images, which have their size already."""
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(
        do_resize=False, do_center_crop=False, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )


def build_model(
    architecture: Architecture, vocabulary_size: int, seed: int
) -> "LlavaForConditionalGeneration":
    """Build an untrained tiny LLaVA in float32; the weights depend on the seed alone."""
    import torch
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
    )

    width = architecture.width
    vision = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=architecture.vision_layers,
        num_attention_heads=width // 32,
        image_size=SIZE,
        patch_size=architecture.patch,
        projection_dim=width,
    )
    language = LlamaConfig(
        vocab_size=vocabulary_size,
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=architecture.language_layers,
        num_attention_heads=width // 32,
        num_key_value_heads=width // 32,
        max_position_embeddings=512,
        pad_token_id=PAD,
        bos_token_id=BEGIN,
        eos_token_id=END,
        tie_word_embeddings=False,
    )
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=vision,
            text_config=language,
            image_token_index=IMAGE,
            vision_feature_layer=-1,
            vision_feature_select_strategy="default",
            image_seq_length=architecture.image_tokens,
        )
    )
    model.generation_config.pad_token_id = PAD
    _rescale(model)
    return model


def _rescale(model: "LlavaForConditionalGeneration") -> None:
    """Start larger than the defaults, which are meant for models a thousand times this size."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "position_embedding" in name:
                torch.nn.init.normal_(parameter, std=0.2)
            elif "embed_tokens" in name:
                torch.nn.init.normal_(parameter, std=0.3)
            elif parameter.ndim == 2 and ("language_model.layers" in name or "projector" in name):
                parameter.mul_(4.0)
