"""Models that the workflow makes or starts: the tiny ones, and servers of open ones."""


rule train_zoo_model:
    output:
        directory(f"{RESULTS}/models/{{model}}"),
    wildcard_constraints:
        model="|".join(map(re.escape, ZOO)),
    threads: CONFIG.zoo.threads
    resources:
        **MODEL_RESOURCES,
    params:
        biased=lambda wildcards: ZOO[wildcards.model].world == "biased",
        seed=lambda wildcards: ZOO[wildcards.model].seed,
        zoo=lambda wildcards: CONFIG.zoo_recipe(wildcards.model),
        world=lambda wildcards: CONFIG.zoo_world(wildcards.model),
    conda:
        "../envs/models.yaml"
    message:
        "Train tiny model {wildcards.model} from scratch"
    script:
        "../scripts/train_zoo_model.py"


if SERVED:

    rule serve_model:
        output:
            address=service(f"{RESULTS}/servers/{{purpose}}/{{model}}.address"),
        wildcard_constraints:
            model="|".join(map(re.escape, SERVED)),
            purpose="annotation|collection|composites|evaluation",
        log:
            job=f"{RESULTS}/logs/serve_model/{{purpose}}/{{model}}.log",
            server=f"{RESULTS}/logs/serve_model/{{purpose}}/{{model}}.server.log",
        threads: get_server_threads
        resources:
            gpu=get_server_gpus,
            mem_mb=get_server_memory,
            runtime=get_server_runtime,
        params:
            python=get_python(),
            server=get_server_command,
        conda:
            "../envs/models.yaml"
        message:
            "Serve {wildcards.model} for the {wildcards.purpose}"
        shell:
            "exec {params.python:q} {workflow.basedir:q}/scripts/serve_model.py"
            " --params {params.server:q} --output {output.address:q}"
            " --log {log.job:q} {log.server:q}"


if PACKAGED:

    rule save_packaged_model:
        output:
            directory(f"{RESULTS}/models/{{model}}"),
        wildcard_constraints:
            model="|".join(map(re.escape, PACKAGED)),
        params:
            package=lambda wildcards: PACKAGED[wildcards.model],
        conda:
            "../envs/models.yaml"
        message:
            "Save the packaged network {wildcards.model}"
        script:
            "../scripts/save_packaged_model.py"
