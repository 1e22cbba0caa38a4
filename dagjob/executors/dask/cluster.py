"""From the config of the executor to a connected client: our own cluster, an existing one, or one of any class of Dask's.

What is ours is closed with the run; an existing cluster is only left.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dagjob.definitions.dask_config import CLASSES
from dagjob.errors import DagjobMissingExtraError, DagjobUnmetExecutorRequirementsError

_CONNECT = 10.0
"""Seconds in which a scheduler must answer, at most; less, where Dask's own config says less."""


class Connection:
    """A client, and the cluster if it is ours."""

    def __init__(self, client: Any, cluster: Any) -> None:
        self.client = client
        self.cluster = cluster

    def close(self) -> None:
        """Leave the cluster; end it, if it is ours."""
        with suppress(Exception):  # A scheduler that is gone answers nobody.
            self.client.close(timeout=2)
        if self.cluster is not None:
            with suppress(Exception):
                self.cluster.close(timeout=10)


def connect(config: Mapping[str, Any], threads: int) -> Connection:
    """Open what the config names. Raises `DagjobUnmetExecutorRequirementsError`. `threads` are those of a local cluster."""
    import dask
    from dask.utils import parse_timedelta
    from distributed import Client

    if not dask.config.get("logging", None):
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # What matters of it is told as part of the run.
    ((kind, arguments),) = config["cluster"].items()
    arguments = dict(arguments or {})
    cluster = None
    if kind == "existing":
        address = arguments["address"]
    else:
        cluster = _made(kind, arguments, threads)
        try:
            _scale(cluster, config)
        except BaseException:
            cluster.close()
            raise
        address = cluster
    try:
        seconds = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect", _CONNECT))
        return Connection(Client(address, timeout=min(seconds, _CONNECT), set_as_default=False), cluster)
    except Exception as error:
        if cluster is not None:
            cluster.close()
        raise DagjobUnmetExecutorRequirementsError(
            f"no Dask scheduler answers at {arguments.get('address', kind)}: {_in_words(error)}"
        ).noting("the config of the executor:  cluster: {existing: {address: ...}}") from error


def _made(kind: str, arguments: dict[str, Any], threads: int) -> Any:
    if kind == "local":
        from distributed import LocalCluster

        quiet = {
            "dashboard_address": ":0",
            "silence_logs": logging.CRITICAL,
            "preload": ["dagjob.executors.dask.apart"],
        }
        arguments = {"n_workers": 1, **quiet, **arguments}
        each = max(1, threads // max(1, arguments["n_workers"]))
        arguments.setdefault("threads_per_worker", each)
        arguments.setdefault("resources", {"cpus": arguments["threads_per_worker"], "memory": _memory(arguments)})
        make: Any = LocalCluster
    else:
        make = _class(CLASSES.get(kind, kind))
    try:
        return make(**arguments)
    except Exception as error:
        raise DagjobUnmetExecutorRequirementsError(
            f"the Dask cluster {kind} could not be made: {_in_words(error)}"
        ) from error


def _in_words(error: BaseException) -> str:
    """The error, and what it came from in the end."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    texts = dict.fromkeys(f"{type(each).__name__}: {each}" for each in (error, root))
    return ", because ".join(text.rstrip(".") for text in texts)


def _class(path: str) -> Any:
    from importlib import import_module

    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0].replace("_", "-")
        raise DagjobUnmetExecutorRequirementsError(f'the Dask cluster "{path}" is not installed here').noting(
            f"pip install {package}"
        ) from error
    except AttributeError:
        raise DagjobUnmetExecutorRequirementsError(f'"{module}" has no cluster "{name}"') from None


def _scale(cluster: Any, config: Mapping[str, Any]) -> None:
    if config.get("adapt") is not None:
        cluster.adapt(**config["adapt"])
    elif config.get("scale") is not None:
        cluster.scale(config["scale"])


def _memory(arguments: Mapping[str, Any]) -> float:
    """Bytes that each worker of a local cluster offers to ops that say what they need."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return float(total // max(1, arguments["n_workers"]))


def require_dask() -> None:
    """Raise `DagjobMissingExtraError` where the extra is not installed."""
    from importlib.util import find_spec

    if find_spec("distributed") is None or find_spec("dask") is None:
        raise DagjobMissingExtraError("the executor \"dask\" needs an extra: pip install 'dagjob[dask]'")
