"""A Dask cluster: workers on this machine, or a scheduler that runs already."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from super_resolution.errors import UsageError, UserError

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 20  # seconds for a scheduler to answer, and for its first worker to be there
LOOPBACK = "127.0.0.1"
SETTINGS: dict[str, object] = {
    # Dask has malloc give memory back at once, and the system's clearing of the next that is
    # asked for takes a third of the time of upsampling
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    # no pages for a browser
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def local_cluster(workers: int) -> "Iterator[Client]":
    """Start workers on this machine, each a process with one thread for its tasks.

    They talk over loopback, and encrypted: whoever could talk to a scheduler could have it run
    anything.

    Parameters
    ----------
    workers : int

    Yields
    ------
    Client

    Raises
    ------
    UsageError
        If Dask is not installed.
    """
    _check_installed()
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set(SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=LOOPBACK,
            protocol="tls://",
            security=True,
            dashboard_address=f"{LOOPBACK}:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def existing_cluster(address: str) -> "Iterator[Client]":
    """Connect to a scheduler, and wait for its first worker.

    Parameters
    ----------
    address : str
        Such as `tcp://10.0.0.1:8786`.

    Yields
    ------
    Client

    Raises
    ------
    UsageError
        If Dask is not installed.
    UserError
        If no scheduler answers, or it has no workers.
    """
    _check_installed()
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no scheduler answers at {address} ({error}): `dask scheduler` starts one"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise UserError(
                f"the scheduler at {address} has no workers: `dask worker {address}` starts one"
            ) from error
        yield client


def _check_installed() -> None:
    if find_spec("distributed") is None:
        raise UsageError(
            'Dask is not installed: pip install ".[cluster]", or leave away --workers and '
            "--scheduler"
        )
