from dagster import (AssetKey, AssetMaterialization, AssetObservation, ExpectationResult, MetadataValue, Out, Output, TableColumn,
                     TableSchema, job, op)


@op
def write(context):
    yield AssetMaterialization(asset_key="report", description="done", metadata={"rows": 3, "path": MetadataValue.path("/tmp/x")})
    yield AssetObservation(asset_key=AssetKey(["db", "orders"]), metadata={"size": 1.5})
    yield ExpectationResult(success=True, label="not_empty", metadata={"text": "fine"})
    yield Output(3, metadata={"schema": TableSchema(columns=[TableColumn("id", "int")]), "md": MetadataValue.md("*x*")})


@op
def log_events(context, x):
    context.log_event(AssetMaterialization("other", partition="2026-01-01"))
    context.add_output_metadata({"x": x})
    return x


@job(metadata={"owner": MetadataValue.text("data"), "doc": MetadataValue.url("https://example.org")})
def documented():
    log_events(write())
