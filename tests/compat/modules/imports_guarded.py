import dagster

try:
    from dagster_not_there import thing
except ImportError:
    thing = None

try:
    from dagster import no_such_name_at_all
except ImportError:
    no_such_name_at_all = 5

HAS_SENSORS = hasattr(dagster, "sensor")
MODERN = int(dagster.__version__.split(".")[0]) >= 1


@dagster.op
def guards():
    return (thing, no_such_name_at_all, HAS_SENSORS, MODERN, hasattr(dagster, "no_such"))


@dagster.job
def guarded():
    guards()
