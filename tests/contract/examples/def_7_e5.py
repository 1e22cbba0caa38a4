"""def-7, E5: Metadata normalisation"""
import datetime
from pathlib import Path
from dagjob import AssetKey, MetadataValue, Output, TableRecord, TableSchema
m = Output(1, metadata={"a": "t", "b": True, "c": 1, "d": 1.5, "e": None, "f": [1], "g": {1: (2, 3)}, "h": Path("/x"), "i": AssetKey("k"), "j": TableSchema.from_name_type_dict({"c": "int"})}).metadata
print({k: type(v).__name__.replace("MetadataValue", "") for k, v in m.items()}, m["g"].value)
t = MetadataValue.table([TableRecord({"a": 1, "b": "x"})])
print([(c.name, c.type) for c in t.schema.columns], MetadataValue.timestamp(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)).value)
for bad in (lambda: Output(1, metadata={"k": (1,)}), lambda: MetadataValue.json({"k": object()}), lambda: MetadataValue.float(1), lambda: MetadataValue.table([]), lambda: MetadataValue.timestamp(datetime.datetime(2024, 1, 1))):
    try: bad()
    except Exception as e: print(type(e).__name__)
