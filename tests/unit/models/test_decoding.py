"""A cache with room ahead holds what one that grows token by token holds."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache, LlamaConfig

from spuriverse.models.decoding import reserve_room


def cache_of(roomy: bool) -> DynamicCache:
    """Two layers, with room ahead or without."""
    found = DynamicCache(config=LlamaConfig(num_hidden_layers=2))
    if roomy:
        reserve_room(found)
    return found


@given(st.lists(st.integers(1, 90), min_size=1, max_size=6))
def test_what_is_appended_comes_back_whole(pieces: list[int]) -> None:
    plain, roomy = cache_of(False), cache_of(True)
    for number, tokens in enumerate(pieces):
        keys, values = torch.randn(2, 2, 3, tokens, 4).unbind(0)
        for layer in range(2):
            expected = plain.update(keys + layer, values, layer)
            found = roomy.update(keys + layer, values, layer)
            assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
        assert roomy.get_seq_length() == plain.get_seq_length() == sum(pieces[: number + 1])


def test_a_repeated_cache_goes_on_from_its_rows() -> None:
    roomy = cache_of(True)
    roomy.update(torch.ones(1, 1, 3, 2), torch.ones(1, 1, 3, 2), 0)
    roomy.update(torch.ones(1, 1, 3, 2), torch.ones(1, 1, 3, 2), 1)
    roomy.batch_repeat_interleave(4)
    keys, _ = roomy.update(torch.zeros(4, 1, 1, 2), torch.zeros(4, 1, 1, 2), 0)
    assert keys[:, 0, :, 0].tolist() == [[1, 1, 1, 0]] * 4


def test_room_is_taken_many_tokens_at_a_time() -> None:
    roomy = cache_of(True)
    places = set()
    for _ in range(60):
        keys, _ = roomy.update(torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 2), 0)
        places.add(keys.data_ptr())
    assert len(places) == 1
