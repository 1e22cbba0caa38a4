import dagster as dg


class Ingest(dg.Component, dg.Model, dg.Resolvable):
    """A component of a modern project, which only its own loader would build."""

    table: str = "orders"

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return dg.Definitions()


@dg.op
def one() -> int:
    return 1


@dg.job
def job_beside_components():
    one()
