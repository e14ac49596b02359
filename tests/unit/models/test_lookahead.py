"""One piece of work is made while the one before is used."""

from threading import get_ident

import pytest

from spuriverse.models.lookahead import one_ahead


def test_everything_comes_in_order_and_from_another_thread() -> None:
    made = list(one_ahead(lambda number: (number, get_ident()), range(5)))
    assert [number for number, _ in made] == [0, 1, 2, 3, 4]
    assert get_ident() not in {thread for _, thread in made}


def test_what_making_raises_comes_where_its_result_is_due() -> None:
    made = one_ahead(lambda number: 6 // number, [2, 3, 0])
    assert [next(made), next(made)] == [3, 2]
    with pytest.raises(ZeroDivisionError):
        next(made)
