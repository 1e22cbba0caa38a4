"""What happens in the Dask scheduler: no attempt is done twice, and a run whose driver is gone leaves nothing behind.

Dask takes tasks for functions of their arguments: it does one again when its worker is lost, and when a worker leaves with its
result. Ops have effects, and retry policies. So a task of ours fails when its worker dies, and is canceled when its worker
leaves; tasks of others on the same scheduler are left as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import SchedulerPlugin


def care(topic: str, client: str) -> SchedulerPlugin:
    """The plugin for one run: its tasks are those whose key begins with `topic`.

    A class in a function travels by value, so the scheduler needs no dagjob.
    """
    import asyncio
    from typing import Any

    from distributed import Scheduler, SchedulerPlugin

    class Care(SchedulerPlugin):  # type: ignore[misc]
        name = topic
        _scheduler: Scheduler

        async def start(self, scheduler: Scheduler) -> None:
            self._scheduler = scheduler

        def transition(self, key: Any, start: Any, finish: Any, *args: Any, **kwargs: Any) -> None:
            if not (isinstance(key, str) and key.startswith(topic)):
                return
            task = self._scheduler.tasks.get(key)
            if task is None:
                return
            if start == "released":  # The first death of a worker is one too many.
                task.suspicious = self._scheduler.allowed_failures
            elif start in ("processing", "memory") and finish == "released" and task.who_wants:
                asyncio.get_running_loop().call_soon(self._cancel, key)

        def _cancel(self, key: Any) -> None:
            if key in self._scheduler.tasks:
                self._scheduler.stimulus_cancel([key], client, True, "worker-left", "its worker has left")

        def log_event(self, topics: Any, msg: Any) -> None:
            self._scheduler._broker.truncate(topic)  # It was sent on: nobody asks for it again.

        def remove_worker(self, scheduler: Scheduler, worker: str, **kwargs: Any) -> None:
            scheduler.log_event(topic, {"from": worker, "news": [{"left": worker}]})

        def remove_client(self, scheduler: Scheduler, client: str) -> None:
            if client == owner:
                self._leaving = asyncio.get_running_loop().create_task(self._leave(scheduler))

        async def _leave(self, scheduler: Scheduler) -> None:
            if topic in scheduler.worker_plugins:
                await scheduler.unregister_worker_plugin(None, topic)
            scheduler._broker._topics.pop(topic, None)
            if topic in scheduler.plugins:
                await scheduler.unregister_scheduler_plugin(topic)

    owner = client
    return Care()
