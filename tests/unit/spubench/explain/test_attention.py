"""Attention of the token from which the answer is said."""

from collections.abc import Callable

import pytest
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.questions import render_condition
from spuriverse.spubench.explain import answer_attention

ATTRIBUTES = ["a yellow ring", "", "left two"]


def prompts_of(model: LocalModel) -> list[str]:
    return [
        model.wrap(render_condition("What is this?", text) if text else "What is this?")
        for text in ATTRIBUTES
    ]


@pytest.mark.parametrize(("family", "grid"), [("llava", (4, 4)), ("qwen2_5_vl", (2, 4))])
def test_words_and_patches_share_all_the_attention(
    family: str,
    grid: tuple[int, int],
    open_family: Callable[[str], LocalModel],
    pictures: list[Image.Image],
) -> None:
    model = open_family(family)
    for one, text in zip(
        answer_attention(model, pictures, prompts_of(model), ATTRIBUTES), ATTRIBUTES, strict=True
    ):
        assert one.patches.shape == grid
        on_words = sum(weight for _, weight in one.words)
        assert one.image + on_words == pytest.approx(1, abs=1e-4)
        assert 0 < one.image < 1
        assert one.stated == bool(text)
        assert (0 < one.attribute < on_words) if text else one.attribute == 0


def test_the_attribute_is_found_behind_the_image(
    open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    """Its share is that of its own tokens, which a prompt of it alone tells apart."""
    model = open_family("qwen2_5_vl")
    (one,) = answer_attention(model, pictures[:1], prompts_of(model)[:1], ATTRIBUTES[:1])
    words = [word for word, _ in one.words]
    # The sum over some run of tokens that reads the attribute is the share.
    runs = [
        sum(weight for _, weight in one.words[i:j])
        for i in range(len(words))
        for j in range(i + 1, len(words) + 1)
        if "".join(words[i:j]).strip() == ATTRIBUTES[0]
    ]
    assert any(share == pytest.approx(one.attribute) for share in runs)


def test_a_kernel_without_attentions_is_named_with_the_setting_that_helps(
    open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family("llava")
    model.model.set_attn_implementation("sdpa")
    with pytest.raises(Problem, match=r"'sdpa'; set explain\.attention to eager"):
        answer_attention(model, pictures, prompts_of(model), ATTRIBUTES)


def test_a_model_that_attends_to_the_image_across_is_refused(
    open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family("mllama")
    with pytest.raises(Problem, match="among the tokens of the prompt"):
        answer_attention(model, pictures, prompts_of(model), ATTRIBUTES)
