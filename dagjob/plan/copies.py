"""What becomes of steps and wires when the keys of a dynamic output are known: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dagjob.plan.steps import TEMPLATE_SUFFIX, Port, Step, Wire
from dagjob.record import replace


def copy_for(template: Step, source: Port, mapping_key: str) -> Step:
    """The step that the template becomes for one mapping key."""
    suffix = f"[{mapping_key}]"

    def bind(port: Port) -> Port:
        if port == source:
            return replace(port, mapping_key=mapping_key)
        if port.step.endswith(TEMPLATE_SUFFIX):
            return replace(port, step=port.step.removesuffix(TEMPLATE_SUFFIX) + suffix)
        return port

    return replace(
        template,
        key=template.key.removesuffix(TEMPLATE_SUFFIX) + suffix,
        wires=tuple(replace(wire, ports=tuple(map(bind, wire.ports))) for wire in template.wires),
        after=frozenset(
            above.removesuffix(TEMPLATE_SUFFIX) + suffix if above.endswith(TEMPLATE_SUFFIX) else above
            for above in template.after
        ),
        maps=None,
        mapping_key=mapping_key,
    )


def without(wire: Wire, gaps: Collection[Port]) -> Wire:
    """The list without these ports; what is given stays between its neighbours."""
    given = tuple((sum(port not in gaps for port in wire.ports[:number]), value) for number, value in wire.given)
    return replace(wire, ports=tuple(port for port in wire.ports if port not in gaps), given=given)


def collect_directly(wire: Wire, dynamic: str, keys: Mapping[str, Sequence[str]]) -> Wire:
    source = wire.collects
    if source is None or source.step != dynamic or source not in wire.ports:
        return wire
    ports = tuple(replace(source, mapping_key=mapping_key) for mapping_key in keys.get(source.output, ()))
    return replace(wire, ports=ports)


def as_reused(step: Step) -> Step:
    """The step as one that waits for nothing and needs nothing. A template stays what it is."""
    return replace(step, wires=(), after=frozenset(), resources=frozenset(), stood_after=step.upstream)
