"""def-3, E3: Metadata and owners"""
from pathlib import Path
from dagjob import MetadataValue, job, op
@op
def one(): ...
@job(metadata={"s": "x", "i": 1, "p": Path("/a"), "d": {"k": [1]}, "n": None, "u": MetadataValue.url("http://x")}, owners=["a.b@ex-am.co.uk", "team:data"])
def j(): one()
print({k: (type(v).__name__, v.value) for k, v in j.metadata.items()}, j.owners)
for bad in ("bob", "team:", "a@b", "Team:x"):
    try: job(name="k", owners=[bad])(lambda: None)
    except Exception as e: print(type(e).__name__, bad)
