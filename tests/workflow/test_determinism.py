"""Two runs from nothing give the same tables, byte for byte."""

from collections.abc import Callable

from checkout import Checkout


def test_a_second_run_from_scratch_gives_the_same_tables(
    smoke: Checkout, new_checkout: Callable[[], Checkout]
) -> None:
    again = new_checkout()
    done = again.run("all")
    assert done.returncode == 0, done.stderr[-4000:]
    assert again.tables == smoke.tables
