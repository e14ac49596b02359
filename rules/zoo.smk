"""The embedded world's tiny models, trained from scratch."""


rule train_zoo_model:
    output:
        directory(f"{RESULTS}/models/{{model}}"),
    wildcard_constraints:
        model="|".join(map(re.escape, ZOO)),
    threads: CONFIG.zoo.threads
    resources:
        gpu=get_gpus,
        mem_mb=get_model_memory,
        runtime=get_model_runtime,
    params:
        biased=get_model_bias,
        seed=get_model_seed,
        zoo=get_zoo_recipe,
        world=get_model_world,
    conda:
        "../envs/models.yaml"
    message:
        "Train tiny model {wildcards.model} from scratch"
    script:
        "../scripts/train_zoo_model.py"
