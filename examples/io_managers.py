"""Where the values between ops are kept is said beside the job, not in the ops: an IO manager.

    dagjob run examples/io_managers.py

Without one, values are pickled into the state directory. This one writes JSON files that people can read.
"""

import json
from pathlib import Path
from typing import Any

from dagjob import ConfigurableIOManager, InputContext, Out, OutputContext, job, op


class JsonFiles(ConfigurableIOManager):
    """Each output is a file, named after its op."""

    folder: str = "values"

    def path(self, context: OutputContext) -> Path:
        return Path(self.folder) / f"{context.step_key}.json"

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        path = self.path(context)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(obj))
        context.add_output_metadata({"path": str(path), "bytes": path.stat().st_size})

    def load_input(self, context: InputContext) -> Any:
        return json.loads(self.path(context.upstream_output).read_text())


@op
def prices() -> dict[str, float]:
    return {"tea": 4.5, "salt": 0.9}


@op(out=Out(io_manager_key="json"))
def raised(prices: dict[str, float]) -> dict[str, float]:
    return {item: round(price * 1.1, 2) for item, price in prices.items()}


@op
def label(prices: dict[str, float]) -> None:
    print(", ".join(f"{item} {price}" for item, price in prices.items()))


@job(resource_defs={"json": JsonFiles()})
def price_list():
    label(raised(prices()))
