from dagster import DynamicOut, DynamicOutput, job, op


@op(out=DynamicOut(str))
def files():
    for name in ("a.csv", "b.csv"):
        yield DynamicOutput(name, mapping_key=name.replace(".", "_"))


@op
def size(name: str) -> int:
    return len(name)


@op
def total(sizes) -> int:
    return sum(sizes)


@job
def all_files():
    total(files().map(size).collect())
