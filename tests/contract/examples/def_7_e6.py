"""def-7, E6: Tags and names"""
import warnings
from dagjob import AssetMaterialization, Output, job, op
def fn(): ...
print(dict(op(tags={"a": 1, "b": {"x": [1]}, "c": "s", "d": None, "e": True})(fn).tags))
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    op(tags={"a b": "x", "ok/key.1": "y"})(fn)
    print([x.category.__name__ for x in w])
for bad in (lambda: op(tags={"a": (1, 2)})(fn), lambda: Output(1, tags={"a": "has space"}), lambda: AssetMaterialization("k", tags={"a b": "x"}),
            lambda: op(name="a-b")(fn), lambda: op(name="input")(fn), lambda: op(name="class")(fn), lambda: op(tags={1: "x"})(fn)):
    try: bad()
    except Exception as e: print(type(e).__name__)
print(op(name="1st")(fn).name, op(name="match")(fn).name, AssetMaterialization("a/b.c").asset_key.path)
