"""Load Keras and its backend without their start-up chatter."""

import os

from super_resolution.stderr import suppress_stderr


def load(threads: int | None = None) -> None:
    """Import Keras and its backend, quietly.

    Parameters
    ----------
    threads : int or None
        Of an operator on the CPU; obeyed only by the first call. None leaves them to
        the backend.

    Raises
    ------
    ModuleNotFoundError
        If Keras is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads:
        # those that TensorFlow and torch obey
        for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
            os.environ[name] = str(threads)
    with suppress_stderr(shown_on_error=True):
        # this imports Keras; and some backends look for devices only when asked
        gpus()


def gpus() -> list[str]:
    """Name the GPUs that the backend sees."""
    import keras

    if keras.backend.backend() == "torch":
        # Keras lists no devices there
        import torch

        return [f"cuda:{place}" for place in range(torch.cuda.device_count())]
    # asked for GPUs alone, JAX fails where there are none
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]


def device() -> str:
    """Name the backend and what it runs on, for example `tensorflow on the CPU`."""
    import keras

    found = gpus()
    return f"{keras.backend.backend()} on {', '.join(found) if found else 'the CPU'}"


def has_gpu() -> bool:
    """Tell whether the backend sees a GPU."""
    return bool(gpus())


def full_precision() -> None:
    """Multiply float32 matrices as float32 on a GPU, too.

    By default a GPU rounds the factors to 10 bits (TF32), and the energies of bands that are far
    quieter than others are then wrong by up to 17 dB.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_tensor_float_32_execution(False)
    elif keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "highest")
    # torch rounds nothing by default


def set_seed(seed: int) -> None:
    """Make the weights' first values and the order of training repeatable."""
    import keras

    keras.utils.set_random_seed(seed)
