"""Training on several devices of one machine or more: data parallelism, by Keras on JAX.

Every process makes every batch and takes its share of the rows, so that the loss is that of
one device with the same batches. The first process alone writes: model, checkpoint, log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import numpy as np

from super_resolution.errors import UsageError, UserError
from super_resolution.stderr import suppress_stderr

if TYPE_CHECKING:
    from super_resolution.training.keras_data import KerasData

TRANSPORTS = ("Gloo", "NCCL", "coordination")  # in the errors of a lost connection
START_PATIENCE = 300  # seconds for all machines to be there
LOST_AFTER = 30  # seconds without a sign of life after which a machine is lost
END_PATIENCE = 5  # seconds for the others to end too


def use(count: int | None, machines: tuple[str, int, int] | None) -> None:
    """Share out the batches among devices; call it before any computation.

    Parameters
    ----------
    count : int or None
        Devices of this machine; all that JAX sees unless given.
    machines : tuple, or None
        HOST:PORT where the first machine listens, how many machines there are, and the
        number of this one, from 0. None is this machine alone.

    Raises
    ------
    UsageError
        If Keras does not run on JAX, or there are fewer devices.
    UserError
        If the machines do not find each other.
    """
    if keras.backend.backend() != "jax":
        raise UsageError(
            f"several devices need JAX, and Keras runs on {keras.backend.backend()}: "
            f"pip install jax, and set KERAS_BACKEND=jax"
        )
    import jax

    if count:
        # where there are no others, the CPU counts as so many
        jax.config.update("jax_num_cpu_devices", count)
    # the libraries report GPUs that they do not find, and peers that they do
    with suppress_stderr(shown_on_error=False):
        if machines:
            _connect(machines)
        own = [f"{device.platform}:{device.id}" for device in jax.local_devices()]
    if count and len(own) != count:
        raise UsageError(
            f"--devices {count}: JAX sees {len(own)} here ({', '.join(own)}); name another number, "
            f"or those to use with CUDA_VISIBLE_DEVICES"
        )
    # of the batches, `share` gives each process its own part
    distribution = keras.distribution.DataParallel(
        devices=keras.distribution.list_devices(), auto_shard_dataset=False
    )
    keras.distribution.set_distribution(distribution)


def _connect(machines: tuple[str, int, int]) -> None:
    import jax

    # otherwise the loss of a machine ends this process too, at once and with a stack trace
    jax.config.update("jax_enable_recoverability", True)
    # it would take SIGTERM from `signals`
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(
            *machines,
            initialization_timeout=START_PATIENCE,
            heartbeat_timeout_seconds=LOST_AFTER,
            shutdown_timeout_seconds=END_PATIENCE,
        )
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"the machines do not find each other at {machines[0]} ({error}): the first one, "
            f"number 0, listens there, and all must be started within {START_PATIENCE} s"
        ) from error


def leads() -> bool:
    """Tell if this process is the first one, which writes the results."""
    if not _shared():
        return True
    import jax

    return jax.process_index() == 0


def share(batch: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Give the rows of a batch that are this process' share."""
    if not _shared():
        return batch
    import jax

    count, number = jax.process_count(), jax.process_index()
    return tuple(np.array_split(array, count)[number] for array in batch)


def check_batch(data: "KerasData") -> None:
    """Raise a `UsageError` unless the batches can be shared out evenly."""
    if not _shared():
        return
    replicas, size = keras.distribution.distribution().num_model_replicas, len(data.whole(0)[0])
    if size % replicas:
        raise UsageError(
            f"a batch of {size} segments cannot be shared evenly among {replicas} devices: give a "
            f"multiple of {replicas} with --batch-size"
        )


@contextmanager
def loss_is_told() -> Iterator[None]:
    """Raise a `UserError` where another machine is lost during a computation."""
    try:
        yield
    # what JAX raises depends on where it waits for the others
    except (RuntimeError, ValueError) as error:
        if not _shared() or not any(name in str(error) for name in TRANSPORTS):
            raise
        raise UserError(
            "another machine is gone, or its training: start all of them again with --resume, "
            "which continues after the last complete epoch"
        ) from error


def _shared() -> bool:
    return keras.distribution.distribution() is not None
