"""def-4, E7: YAML merge"""
import os, tempfile
from dagjob import config_from_files, config_from_yaml_strings
d = tempfile.mkdtemp()
for n, t in (("a", "ops: {a: {config: {n: 1, l: [1, 2]}}}"), ("b", "ops: {a: {config: {l: [9]}}, b: {config: 3}}"), ("c", "")):
    with open(os.path.join(d, n + ".yaml"), "w") as fh: fh.write(t)
print(config_from_files([os.path.join(d, n + ".yaml") for n in "abc"]))
print(config_from_yaml_strings(["d: 2024-01-01\no: 010\nb: yes\nf: 1e3\nt: 12:30:45"]))
try: config_from_files([os.path.join(d, "none.yaml")])
except Exception as e: print(type(e).__name__)
