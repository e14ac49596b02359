"""One piece of work is made while the one before is used."""

import sys
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


def test_threads_take_turns_more_often_while_it_lasts() -> None:
    before = sys.getswitchinterval()
    made = one_ahead(str, [1, 2])
    next(made)
    assert sys.getswitchinterval() < before
    list(made)
    assert sys.getswitchinterval() == before


def test_threads_take_turns_as_before_after_a_failure() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        list(one_ahead(lambda number: 1 // number, [0]))
    assert sys.getswitchinterval() == before
