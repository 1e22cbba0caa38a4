import dagjob.compat.dagster  # noqa: F401
