"""The options that name machines, and two commands for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from checker.errors import UsageError

Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", help="Grade on the workers of this Dask scheduler: tls://HOST:8786."
    ),
]
Hosts = Annotated[
    Path | None,
    typer.Option("--hosts", help="Grade on the hosts of this file, by ssh: HOST [SANDBOXES]."),
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", help="local:N: grade in N processes of this machine."),
]
CertificatesFolder = Annotated[
    Path | None,
    typer.Option("--certificates", help="The folder of the certificates for tls://."),
]


@contextmanager
def extra_required() -> Iterator[None]:
    """Say which extra is missing if an import of the block fails.

    Raises:
        UsageError: A package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "checker":
            raise
        raise UsageError(
            f"More machines need a package that is not installed: {error.name}.",
            next_step="pip install 'buildkit-lab[cluster]'",
        ) from error


def make_certificates(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Make the certificates with which teacher, scheduler and workers know each other."""
    with extra_required():
        from checker.classroom.cluster.certificates import DAYS, Certificates  # noqa: PLC0415

    Certificates.make().write(folder)
    typer.echo(f"{folder} has certificates for {DAYS} days. Who has this folder may run programs")
    typer.echo("on all machines of the cluster: copy it to them by scp, and nowhere else.")
    typer.echo(
        f"next: dask scheduler --protocol tls --tls-ca-file {folder}/ca.pem "
        f"--tls-cert {folder}/cert.pem --tls-key {folder}/key.pem --no-dashboard "
        "--dashboard-address 127.0.0.1:0"
    )


def work(
    address: Annotated[str, typer.Argument(help="The scheduler: tls://HOST:8786.")],
    certificates: CertificatesFolder = None,
) -> None:
    """Grade for a scheduler, in a sandbox of this machine, until the scheduler is gone."""
    with extra_required():
        from checker.classroom.cluster.worker_process import run_worker  # noqa: PLC0415

    run_worker(address, certificates)
