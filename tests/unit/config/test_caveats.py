"""What the configuration says a reader of the numbers must know."""

from spuriverse.config import parse_config


def test_a_run_that_hardly_trains_is_not_to_be_quoted() -> None:
    assert parse_config({}).miniature == ""
    small = parse_config({"zoo": {"steps": 100}})
    assert small.miniature == "smoke run"
    assert any("smoke run" in told for told in small.caveats())


def test_a_limit_is_told() -> None:
    limited = parse_config({"evaluation": {"limit": 20}})
    assert "20" in limited.miniature
    assert any("20 questions" in told for told in limited.caveats())


def test_the_default_world_is_no_photograph() -> None:
    told = parse_config({}).caveats()
    assert any("not photographed" in caveat for caveat in told)
    assert not any("published" in caveat for caveat in told)


def test_candidates_that_people_saw_are_not_called_unseen() -> None:
    unseen = "No person looked"
    assert any(unseen in told for told in parse_config({}).caveats())
    reviewed = parse_config({"curation": {"review": "human"}})
    assert not any(unseen in told for told in reviewed.caveats())
