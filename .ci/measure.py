"""Run a command and print its wall time and the memory of its largest process."""

import argparse
import platform
import resource
import subprocess
import sys
import time


def peak_mebibytes() -> float:
    """Peak resident memory of the largest process among the finished children."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / 2**20 if platform.system() == "Darwin" else peak / 2**10


def main() -> int:
    """Exit like the command; exit 1 if it succeeded but took longer than allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-most", type=float, metavar="SECONDS", help="fail if it takes longer")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()

    start = time.monotonic()
    code = subprocess.run(arguments.command, check=False).returncode
    seconds = time.monotonic() - start

    command = " ".join(arguments.command)
    print(f"{command}: {seconds:.1f} s, largest process {peak_mebibytes():.0f} MiB", flush=True)
    if code == 0 and arguments.at_most is not None and seconds > arguments.at_most:
        print(f"{command} took longer than {arguments.at_most:g} s", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
