"""Connects to the machines that the options name, and starts what has to be started."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import dask
from distributed import Client, LocalCluster, Security

from checker.classroom.cluster import on_worker
from checker.classroom.cluster.addresses import ClusterOptions, SshHost, local_workers, read_hosts
from checker.classroom.cluster.certificates import Certificates
from checker.classroom.cluster.dask_machines import DaskMachines, Work
from checker.classroom.cluster.dispatch import PATIENCE_S, ClusterMarking
from checker.classroom.cluster.ssh_hosts import workers_on
from checker.classroom.cluster.worker_process import HTTP_ADDRESS, NO_PAGES, security_of
from checker.classroom.marking import Tally
from checker.errors import ClusterError

_CONNECT_S = 15
_NO_WORKERS = "distributed.scheduler.no-workers-timeout"


_Source = Callable[[], AbstractContextManager[tuple[str, Security | None]]]
"""Opens a scheduler: its address, and what a connection to it needs."""


def cluster_marking(
    options: ClusterOptions,
    *,
    tell: Callable[[str], None],
    on_change: Callable[[Tally], None],
    work: Work = on_worker.grade,
    patience_s: float = PATIENCE_S,
) -> ClusterMarking:
    """A marker that grades on the machines that the options name; it opens them when it begins.

    Args:
        options: The machines.
        tell: Takes notices of sandboxes, and lines about machines.
        on_change: As for ``ClusterMarking``.
        work: As for ``DaskMachines``.
        patience_s: As for ``ClusterMarking``.

    Raises:
        UsageError: An option is wrong.
    """
    source: _Source
    if options.local is not None:
        source = partial(_local, local_workers(options.local))
        next_step = "take fewer processes, or grade without --cluster"
    elif options.hosts is not None:
        source = partial(_on_hosts, read_hosts(options.hosts), tell)
        next_step = "`ssh HOST checker class --help` must work, and HOST must reach this machine"
    else:
        assert options.scheduler is not None
        scheduler = options.scheduler, security_of(options.scheduler, options.certificates)
        source = lambda: nullcontext(scheduler)  # noqa: E731
        next_step = f"start one on each machine: checker class worker {options.scheduler}"
    return ClusterMarking(
        partial(_machines, source, tell, work),
        tell=tell,
        on_change=on_change,
        next_step=next_step,
        patience_s=patience_s,
    )


@contextmanager
def _machines(source: _Source, tell: Callable[[str], None], work: Work) -> Iterator[DaskMachines]:
    # What becomes of each machine is told in the checker's own words.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        dask.config.set({_NO_WORKERS: f"{PATIENCE_S:.0f} s", **NO_PAGES}),
        source() as (address, security),
        _connected(address, security) as client,
    ):
        machines = DaskMachines(client, tell=tell, work=work)
        try:
            yield machines
        finally:
            machines.close()


@contextmanager
def _connected(address: str, security: Security | None) -> Iterator[Client]:
    try:
        client = Client(address, security=security, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ClusterError(
            f"There is no scheduler at {address}: {error}",
            next_step="start it, as CLASS.md says under More machines, or correct the address",
        ) from error
    with client:
        yield client


@contextmanager
def _local(workers: int) -> Iterator[tuple[str, Security]]:
    """A cluster on this machine; TLS keeps its other users out."""
    security = Certificates.make().security()
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls",
        security=security,
        dashboard_address=HTTP_ADDRESS,
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
        resources={on_worker.SANDBOX: 1},
        preload=[on_worker.__name__],
        memory_limit=0,
    ) as cluster:
        yield cluster.scheduler_address, security


@contextmanager
def _on_hosts(
    hosts: Sequence[SshHost], tell: Callable[[str], None]
) -> Iterator[tuple[str, Security]]:
    """A scheduler here, and workers on the hosts."""
    certificates = Certificates.make()
    security = certificates.security()
    with (
        LocalCluster(
            n_workers=0,
            host="0.0.0.0",  # noqa: S104  # TLS lets only the workers in
            protocol="tls",
            security=security,
            dashboard_address=HTTP_ADDRESS,
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        ) as cluster,
        workers_on(hosts, cluster.scheduler_address, certificates, tell),
    ):
        yield cluster.scheduler_address, security
