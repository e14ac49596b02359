"""Start the server of a model, give its address to the jobs that ask it, and stop it after them.

From the model's entry; makes the file with the address. Snakemake ends a service only if it is a
shell command, so this script, unlike the others, takes its parameters from the command line.
"""

import argparse
import json
from types import SimpleNamespace
from typing import Any

from spuriverse.models.remote import serve_model
from spuriverse.workflow import run_job


def main(job: Any) -> None:
    """Serve until SIGTERM."""
    serve_model(**job.params, address=job.output, server_log=job.log[1])


def read_job() -> SimpleNamespace:
    """Return from the command line what other scripts get from Snakemake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--params", type=json.loads, required=True, help="JSON: the server")
    parser.add_argument("--output", required=True, help="file of the address")
    parser.add_argument("--log", nargs=2, required=True, help="files of our log and the server's")
    return SimpleNamespace(rule="serve_model", **vars(parser.parse_args()))


if __name__ == "__main__":
    run_job(main, read_job())
