"""def-6, E7: Types for Python classes"""
from dagjob import (PythonObjectDagsterType, check_dagster_type, make_python_type_usable_as_dagster_type, op, usable_as_dagster_type)
@usable_as_dagster_type(name="Point", description="a point")
class Pt: ...
class Foreign: ...
make_python_type_usable_as_dagster_type(Foreign, PythonObjectDagsterType(Foreign, name="Alien"))
@op
def f(a: Pt) -> Foreign: ...
print(f.ins["a"].dagster_type.display_name, f.outs["result"].dagster_type.display_name)
both = PythonObjectDagsterType((int, str), name="IntOrStr")
print(check_dagster_type(both, 1).success, check_dagster_type(both, 1.5).success, [n for n in ("abc", "str", "int") if n in check_dagster_type(int, "abc").description])
class Late: ...
@op
def g(a: Late): ...
for cls in (Foreign, Late):
    try: make_python_type_usable_as_dagster_type(cls, PythonObjectDagsterType(cls, name="Again"))
    except Exception as e: print(type(e).__name__)
