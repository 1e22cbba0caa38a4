"""The workers of a run: an op server on each of them, which of them fit the run, and how they are told something.

What does not fit is told before anything runs: another version of dagjob or Python, other code of the user's, a folder
that is needed and not there.
"""

from __future__ import annotations

import marshal
import os
import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dagjob.builtin.private_files import make_private_folder
from dagjob.clock import monotonic
from dagjob.engine.run_info import RunInfo, new_run_id
from dagjob.engine.worker import JobSource
from dagjob.errors import DagjobUnmetExecutorRequirementsError
from dagjob.executors import served
from dagjob.executors.dask.cluster import Connection, connect
from dagjob.executors.dask.tasks import DaskTask
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.executors import InitExecutorContext
    from dagjob.definitions.jobs import JobDefinition

_HELLO = 60.0
"""Seconds in which each worker that is there must have imported the job."""
_GOODBYE = 10.0


class CrewMember(Record):
    """A worker, as its op server has introduced it."""

    host: str
    threads: int = 1
    resources: tuple[str, ...] = ()
    problem: str = ""


class Loss(Record):
    """Why Dask did not finish a task, and whether that was for the worker's end."""

    why: str
    worker_is_gone: bool


class Crew:
    """All workers of one run, and the connection to them."""

    def __init__(self, context: InitExecutorContext, threads: int, most: int) -> None:
        if context.source is None:
            raise DagjobUnmetExecutorRequirementsError("the Dask workers cannot find the job by a name")
        self.workers: dict[str, CrewMember] = {}
        self._context = context
        self._config: Mapping[str, Any] = context.executor_config
        self._source = context.source
        self._threads = threads
        self._most = most
        self._run = context.source.run if isinstance(context.source, JobSource) else None
        self._topic = f"dagjob-{self._run.run_id if self._run is not None else new_run_id()}"
        self._connection: Connection | None = None
        self._made_folder: str | None = None

    # -- its beginning ---------------------------------------------------------------------------------------------

    def gather(self, hear: Callable[[Any], None]) -> None:
        """Connect, and have an op server on each worker. `hear` gets what they say, in another thread.

        Raises `DagjobUnmetExecutorRequirementsError` where a worker that is there does not fit.
        """
        from dagjob.executors.dask.on_scheduler import care
        from dagjob.executors.dask.on_workers import OpServers

        self._make_folder()
        self._connection = connect(self._config, self._threads)
        client = self._client
        present = self._check_versions(client.get_versions(packages=["dagjob"]))
        greetings: dict[str, Any] = {}
        greeted = threading.Condition()

        def listen(event: tuple[float, Any]) -> None:
            address = event[1]["from"]
            for each in event[1]["news"]:
                what = {"from": address, **each}
                with greeted:
                    if "hello" in what and address not in greetings:
                        greetings[address] = what
                        greeted.notify()
                hear(what)

        client.subscribe_topic(self._topic, listen)
        client.register_plugin(care(self._topic, client.id))
        try:
            client.register_plugin(OpServers(self._topic, self._beginning(), os.getcwd()))
        except Exception as error:  # What a worker raises comes as it is.
            raise DagjobUnmetExecutorRequirementsError(
                f"a worker of the Dask cluster cannot take ops: {type(error).__name__}: {error}"
            ).noting("install the same versions of Python and dagjob there, and look into its log") from error
        until = monotonic() + _HELLO
        with greeted:
            while (left := until - monotonic()) > 0 and present - greetings.keys():
                greeted.wait(left)
        self._refuse_unfit(present, greetings)
        for what in greetings.values():
            self.welcome(what)

    def welcome(self, what: Mapping[str, Any]) -> served.Hello:
        """A worker has said hello."""
        hello: served.Hello = marshal.loads(what["hello"])
        self.workers[what["from"]] = CrewMember(
            hello["host"], what["threads"], tuple(what["resources"]), hello["problem"]
        )
        return hello

    def _beginning(self) -> bytes:
        context, config, source = self._context, self._config, self._source
        if isinstance(source, JobSource):
            target = source.target
            paths = tuple(map(os.path.abspath, target.python_path))
            source = replace(source, target=replace(target, root=os.path.abspath(target.root), python_path=paths))
        return served.beginning(
            {
                "version": served.VERSION,
                "source": pickle.dumps(source, 5),
                "grace": context.grace,
                "most": self._most,
                "start_method": next(iter(config.get("start_method") or ()), None),
                "preload": tuple(context.preload),
                "modules": served.checksums(),
                "folder": self._run.run_dir if self._run is not None else None,
                "outputs_there": _outputs_in_folder(context.job, self._run) if self._run is not None else (),
                "environment": dict(self._run.variables) if self._run is not None else {},
            }
        )

    def _make_folder(self) -> None:
        """The folder of the run has a random name: a worker that sees it shares it."""
        folder = self._run.run_dir if self._run is not None else None
        if folder is not None and not os.path.isdir(folder):
            make_private_folder(folder)
            self._made_folder = folder

    def _check_versions(self, versions: Mapping[str, Any]) -> set[str]:
        """The addresses of the workers that are there."""
        ours = _minor(versions["client"]["host"]["python"])
        wrong = []
        for name, found in [("the scheduler", versions["scheduler"]), *versions["workers"].items()]:
            if found is None:
                continue
            python = _minor(found["host"]["python"])
            if python != ours:
                wrong.append(f"{name}: Python {python}, here it is {ours}")
            dagjob = found["packages"].get("dagjob")
            if name != "the scheduler" and dagjob != served.VERSION:
                wrong.append(f"{name}: {f'dagjob {dagjob}' if dagjob else 'no dagjob'}, here it is {served.VERSION}")
        if wrong:
            raise DagjobUnmetExecutorRequirementsError("the Dask cluster has other versions than this machine").noting(
                *wrong, "install the same versions of Python and dagjob there"
            )
        return set(versions["workers"])

    def _refuse_unfit(self, present: set[str], greetings: Mapping[str, Any]) -> None:
        silent = sorted(present - greetings.keys())
        if silent:
            raise DagjobUnmetExecutorRequirementsError(
                f"no answer within {_HELLO:g}s from the Dask workers {', '.join(silent)}"
            ).noting("their own logs may say why")
        for address in sorted(greetings):
            hello: served.Hello = marshal.loads(greetings[address]["hello"])
            if hello["problem"]:
                raise DagjobUnmetExecutorRequirementsError(
                    f"the Dask worker {address} on {hello['host']} cannot do ops of this run: {hello['problem']}"
                ).noting(*hello["notes"], f"it works in {hello['folder']}")

    # -- at work ---------------------------------------------------------------------------------------------------

    @property
    def _client(self) -> Any:
        assert self._connection is not None
        return self._connection.client

    @property
    def connection_lost(self) -> bool:
        """Whether the scheduler is gone."""
        return self._connection is not None and self._client.status != "running"

    def name_of(self, address: str | None) -> str:
        """A worker as it is shown: its host and what tells it from others there."""
        if address is None:
            return "a worker"
        member = self.workers.get(address)
        end = address.rpartition(":")[2]
        return f"{member.host}:{end}" if member is not None else address.rpartition("/")[2]

    @property
    def threads(self) -> int:
        """How many ops all workers can do at once."""
        return sum(worker.threads for worker in self.workers.values())

    def submit(self, tasks: Sequence[DaskTask]) -> Sequence[Any]:
        """Give these to Dask; their futures."""
        from dagjob.executors.dask.on_workers import attempt

        alike: dict[tuple[Any, ...], list[DaskTask]] = {}
        for task in tasks:
            alike.setdefault((task.call.step.priority, *sorted(task.resources.items())), []).append(task)
        found: dict[int, Any] = {}
        for group in alike.values():
            futures = self._client.map(
                attempt,
                [self._topic] * len(group),
                [task.number for task in group],
                [task.order for task in group],
                key=[f"{self._topic}-{task.call.step.key}-{task.number}" for task in group],
                priority=group[0].call.step.priority,
                resources=dict(group[0].resources) or None,
                retries=0,
                pure=False,
            )
            found.update((task.number, future) for task, future in zip(group, futures, strict=True))
        return [found[task.number] for task in tasks]

    def stop_ops(self, grace: float) -> None:
        """Tell all workers to end what they have, without waiting for them."""
        from dagjob.executors.dask.on_workers import stop_ops

        def tell() -> None:
            with suppress(Exception):
                self._client.run(stop_ops, self._topic, grace, on_error="ignore")

        threading.Thread(target=tell, name="dagjob stops ops", daemon=True).start()

    def loss(self, future: Any, status: str, address: str | None) -> Loss:
        """What became of a task that Dask has not finished."""
        from distributed.scheduler import KilledWorker

        if status != "error":
            return Loss(f"its worker {self.name_of(address)} has left the cluster", True)
        error = future.exception(timeout=5)
        if isinstance(error, KilledWorker):
            return Loss(f"its worker {self.name_of(address or error.last_worker.address)} has died", True)
        return Loss(f"{type(error).__name__}: {error}", False)

    # -- its end ---------------------------------------------------------------------------------------------------

    def dismiss(self) -> None:
        """Leave the cluster as it was."""
        connection, self._connection = self._connection, None
        if connection is not None:
            if connection.client.status == "running":
                with suppress(Exception):
                    connection.client.sync(
                        connection.client._unregister_worker_plugin, self._topic, callback_timeout=_GOODBYE
                    )
            connection.close()
        if self._made_folder is not None:
            with suppress(OSError):
                os.rmdir(self._made_folder)  # Nothing has come of the run.


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _outputs_in_folder(job: JobDefinition, run: RunInfo) -> tuple[str, ...]:
    """The IO managers that keep outputs in the folder of the run, because no other place is given for them."""
    from dagjob.definitions.walk import walk_ops

    found = set()
    for _, _, op in walk_ops(job.graph):
        for out in op.outs.values():
            definition = job.resource_defs.get(out.io_manager_key)
            if definition is None or out.dagster_type.is_nothing:
                continue
            config = run.resources.get(out.io_manager_key)
            given = config.get("base_dir") if isinstance(config, Mapping) else None
            if definition.makes == "dagjob.builtin.fs_io:make_fs_io_manager" and not given:
                found.add(out.io_manager_key)
    return tuple(sorted(found))
