"""Servers that the workflow starts for open models, for as long as somebody asks them."""

if SERVED:

    rule serve_model:
        output:
            address=service(f"{RESULTS}/servers/{{purpose}}/{{model}}.address"),
        wildcard_constraints:
            model="|".join(map(re.escape, SERVED)),
            purpose="annotation|evaluation",
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
            "exec {params.python:q} scripts/serve_model.py"
            " --params {params.server:q} --output {output.address:q}"
            " --log {log.job:q} {log.server:q}"
