"""The functions that the rules of the open questions share."""

OPEN_FOLDER = f"{RESULTS}/open_questions"


wildcard_constraints:
    question="source_models|open_answers|synthetic_natural|generalising|second_paper|backbones|cgla_intervention",


def get_open_table(question):
    """The files of the table that answers a question."""
    path = f"{RESULTS}/tables/open_questions/{question}"
    return {suffix: f"{path}.{suffix}" for suffix in ("csv", "md", "tex")}


def get_interventions():
    """What removing the cue did to the answers of every explained model."""
    return [f"{OPEN_FOLDER}/interventions/{model}.parquet" for model in CONFIG.explained_models()]


def get_zoo_responses(folder):
    """What the evaluated tiny models answered, from a folder with a table for each."""
    return [f"{folder}/{model}.parquet" for model in CONFIG.evaluated_models if model in ZOO]


def get_tuned_and_base(table):
    """One kind of table of the base model and of its fine-tuned models."""
    tuned = [
        f"{OPEN_FOLDER}/adapters/{table}/seed-{seed}.parquet" for seed in CONFIG.finetuning.seeds
    ]
    return [f"{RESULTS}/spubench/{table}/{BASE}.parquet", *tuned]


def get_source_sets():
    """What was found on every source model, and its groups; lists in the order of the models."""
    sets = [get_base_sets() if source == BASE else get_transfer_sets(source) for source in SOURCES]
    keys = ("candidates", "groups", "types", "non_spurious")
    return {"samples": get_benchmark_tables(), **{key: [s[key] for s in sets] for key in keys}}


def get_open_questions():
    """The open questions that this configuration can answer."""
    embedded = CONFIG.types_from == "world"
    asked = {
        "source_models": len(SOURCES) > 1,
        "open_answers": embedded,
        "synthetic_natural": embedded and HAS_SCENES,
        "generalising": embedded,
        "second_paper": embedded and HAS_SCENES and BASE in CONFIG.mapped_models,
        "backbones": embedded and HAS_SCENES and not SPUBENCH.clip,
        "cgla_intervention": CONFIG.asks_spubench and CONFIG.explained_models(),
    }
    return [question for question, able in asked.items() if able]


def get_open_files():
    """The table and the figure of every question that can be answered."""
    questions = get_open_questions()
    return [
        *(f"{RESULTS}/tables/open_questions/{question}.csv" for question in questions),
        *(f"{RESULTS}/figures/open_questions/{question}.pdf" for question in questions),
    ]


def get_asked_open_questions(wildcards):
    """These files when they are asked for by the rule's name."""
    if not get_open_questions():
        raise Refusal(
            "No open question can be answered here: they need the embedded world, or a model with"
            " backend transformers that is asked MM-SpuBench (docs/open-questions.md)."
        )
    return get_open_files()
