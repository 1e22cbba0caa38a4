import yaml
from dagster import DependencyDefinition, GraphDefinition, OpDefinition, Out, In, Definitions, Output

SPEC = """
jobs:
  reports:
    extract: {after: []}
    transform: {after: [extract]}
    publish: {after: [transform, extract]}
"""


def make_op(name, after):
    def compute(context, inputs):
        yield Output(f"{name}({', '.join(inputs[key] for key in sorted(inputs))})", "result")

    return OpDefinition(name=name, ins={key: In() for key in after}, outs={"result": Out()}, compute_fn=compute)


def make_jobs(text):
    for name, ops in yaml.safe_load(text)["jobs"].items():
        graph = GraphDefinition(
            name=name,
            node_defs=[make_op(op, spec["after"]) for op, spec in ops.items()],
            dependencies={op: {up: DependencyDefinition(up) for up in spec["after"]} for op, spec in ops.items()},
        )
        yield graph.to_job()


defs = Definitions(jobs=list(make_jobs(SPEC)))
