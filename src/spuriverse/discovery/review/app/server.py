"""Start the review page on this machine and keep it until it is ended."""

import ipaddress
import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from spuriverse.discovery.review.reviews import ReviewStore
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

PAGE = Path(__file__).with_name("page.py")
LARGEST_UPLOAD_MB = 50

PathLike = str | os.PathLike[str]


def serve(
    *,
    annotated: PathLike,
    samples: Sequence[PathLike],
    decisions: PathLike,
    host: str = "127.0.0.1",
    port: int = 8501,
) -> None:
    """Serve the review page until the process gets SIGINT (Ctrl-C) or SIGTERM.

    The server runs in this very process, so it cannot outlive the job that started it.

    Args:
        annotated: File of the `candidates` to review.
        samples: Files of the `samples` that the candidates come from.
        decisions: Database of the decisions; made if it is missing.
        host: Address to listen on. The page asks for no password, so another one than loopback
            is warned about.
        port: Port to listen on.

    Raises:
        Problem: A table is missing, the decisions cannot be used, or the address is taken.
    """
    for table in (annotated, *samples):
        if not Path(table).is_file():
            raise Problem(f"There is no table at {table}; run the step that makes it first.")
    ReviewStore(decisions).close()
    _check_address(host, port)
    if not is_loopback(host):
        log.warning(
            "The review page listens on %s: whoever reaches this address can review, under any"
            " name",
            host,
        )
    # The person who waits for the page reads the terminal, not the log.
    print(f"\nThe review page is at {_url(host, port)}; end it with Ctrl-C.\n", flush=True)
    _run(streamlit_arguments(annotated, samples, decisions, host, port))


def streamlit_arguments(
    annotated: PathLike, samples: Sequence[PathLike], decisions: PathLike, host: str, port: int
) -> list[str]:
    """Return what stands behind the word `streamlit` on a command line that serves the page."""
    settings = {
        "server.address": host,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": LARGEST_UPLOAD_MB,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "type",
        "logger.hideWelcomeMessage": "true",
        "theme.base": "light",
        "theme.primaryColor": "#2f5d8a",
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    files = [f"--annotated={annotated}", f"--decisions={decisions}"]
    files += [f"--samples={table}" for table in samples]
    return ["run", str(PAGE), *flags, "--", *files]


def is_loopback(host: str) -> bool:
    """Tell whether only programs on this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_address(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Problem(
            f"The review page cannot listen on {host}, port {port} ({error.strerror}); end what"
            " listens there, or choose another curation.port or curation.host."
        ) from error


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _run(arguments: list[str]) -> None:
    from streamlit.web import cli

    cli.main(arguments, prog_name="streamlit", standalone_mode=False)
