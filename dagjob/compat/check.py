"""`dagster._check`: the argument checks that public projects borrow from Dagster's own code.

Their names are made of parts, and so are the checks: `opt_list_param` takes a list or None, and gives an empty list for
None; `opt_nullable_list_param` gives None; `list_elem(d, key)` looks into a dict.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from types import GeneratorType
from typing import Any, NoReturn

from dagjob.errors import CheckError, ParameterCheckError


class ElementCheckError(CheckError):
    """A member of a dict has the wrong type."""


class NotImplementedCheckError(CheckError):
    """A method that a subclass should have."""


_KINDS: dict[str, tuple[Any, Any]] = {
    "bool": (bool, None),
    "class": (type, None),
    "dict": (dict, dict),
    "float": (float, None),
    "generator": (GeneratorType, None),
    "int": (int, None),
    "iterable": (Iterable, list),
    "iterator": (Iterator, None),
    "list": (list, list),
    "mapping": (Mapping, dict),
    "numeric": ((int, float), None),
    "path": ((str, os.PathLike), None),
    "sequence": (Sequence, list),
    "set": (Set, set),
    "str": (str, None),
    "tuple": (tuple, tuple),
    "two_dim_dict": (dict, dict),
    "two_dim_list": (list, list),
    "two_dim_mapping": (Mapping, dict),
}
"""What a word in the name of a check means: the type, and what is made of None."""


def __getattr__(name: str) -> Any:
    found = _check_of(name)
    if found is None:
        raise AttributeError(f"dagjob has no check {name!r} of dagster._check")
    globals()[name] = found
    return found


def _check_of(name: str) -> Callable[..., Any] | None:
    kind, _, end = name.rpartition("_")
    optional = kind.startswith("opt_")
    kind = kind.removeprefix("opt_")
    nullable = kind.startswith("nullable_")
    kind = kind.removeprefix("nullable_")
    if end not in ("param", "elem") or kind not in _KINDS:
        return None
    wanted, empty = _KINDS[kind]
    elements = wanted in (list, tuple, set) or kind in ("sequence", "iterable", "set")

    def judged(value: Any, what: str, **more: Any) -> Any:
        if value is None and optional:
            default = more.get("default")
            return default if default is not None or nullable or empty is None else empty()
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise (ParameterCheckError if end == "param" else ElementCheckError)(
                f"{what} must be {_told(wanted)}, not {value!r} ({type(value).__name__})"
            )
        _judge_members(value, what, more, elements=elements)
        return value

    if end == "elem":
        return lambda ddict, key, **more: judged(
            ddict.get(key) if optional else ddict[key], f"the member {key!r}", **more
        )

    def check(obj: Any, param_name: str = "the argument", *types: Any, **more: Any) -> Any:
        names = ("of_type",) if elements or kind in ("list", "tuple") else ("key_type", "value_type")
        if types and kind not in ("dict", "mapping", *_KINDS.keys() & {"list", "tuple", "set", "sequence", "iterable"}):
            more.setdefault("default", types[0])
        else:
            more |= dict(zip(names, types, strict=False))
        return judged(obj, param_name, **more)

    return check


def _judge_members(value: Any, what: str, more: Mapping[str, Any], *, elements: bool) -> None:
    """The types of what a collection holds, where they are asked for."""
    of_type = more.get("of_type")
    if elements and of_type is not None and not isinstance(value, Iterator):
        for member in value:
            _is_a(member, of_type, f"each member of {what}")
    if isinstance(value, Mapping):
        for key, member in value.items():
            if more.get("key_type") is not None:
                _is_a(key, more["key_type"], f"each key of {what}")
            if more.get("value_type") is not None:
                _is_a(member, more["value_type"], f"each value of {what}")


def _is_a(value: Any, wanted: Any, what: str) -> None:
    if not isinstance(value, wanted):
        raise CheckError(f"{what} must be {_told(wanted)}, not {value!r} ({type(value).__name__})")


def _told(wanted: Any) -> str:
    each = wanted if isinstance(wanted, tuple) else (wanted,)
    return " or ".join(getattr(one, "__name__", str(one)) for one in each)


# -- those that are not made of parts ------------------------------------------------------------------------------


def inst(obj: Any, ttype: Any, additional_message: str | None = None) -> Any:
    """An object of this type."""
    if not isinstance(obj, ttype):
        raise CheckError(f"must be {_told(ttype)}, not {obj!r}. {additional_message or ''}".rstrip())
    return obj


def inst_param(obj: Any, param_name: str, ttype: Any, additional_message: str | None = None) -> Any:
    """A parameter of this type."""
    if not isinstance(obj, ttype):
        raise ParameterCheckError(
            f"{param_name} must be {_told(ttype)}, not {obj!r} ({type(obj).__name__}). {additional_message or ''}".rstrip()
        )
    return obj


def opt_inst(obj: Any, ttype: Any, additional_message: str | None = None, default: Any = None) -> Any:
    """An object of this type, or None."""
    return default if obj is None else inst(obj, ttype, additional_message)


def opt_inst_param(
    obj: Any, param_name: str, ttype: Any, default: Any = None, additional_message: str | None = None
) -> Any:
    """A parameter of this type, or None."""
    return default if obj is None else inst_param(obj, param_name, ttype, additional_message)


def callable_param(obj: Any, param_name: str, additional_message: str | None = None) -> Any:
    """A parameter that can be called."""
    if not callable(obj):
        raise ParameterCheckError(f"{param_name} must be callable, not {obj!r}. {additional_message or ''}".rstrip())
    return obj


def opt_callable_param(obj: Any, param_name: str, default: Any = None, additional_message: str | None = None) -> Any:
    """A parameter that can be called, or None."""
    return default if obj is None else callable_param(obj, param_name, additional_message)


def is_callable(obj: Any, additional_message: str | None = None) -> Any:
    """Something that can be called."""
    return callable_param(obj, "this", additional_message)


def literal_param(obj: Any, param_name: str, values: Sequence[object], additional_message: str | None = None) -> Any:
    """One of these values."""
    if obj not in values:
        raise ParameterCheckError(f"{param_name} must be one of {list(values)!r}, not {obj!r}")
    return obj


def opt_literal_param(
    obj: Any, param_name: str, values: Sequence[object], default: Any = None, additional_message: str | None = None
) -> Any:
    """One of these values, or None."""
    return default if obj is None else literal_param(obj, param_name, values)


def int_value_param(obj: Any, value: int, param_name: str, additional_message: str | None = None) -> int:
    """This number."""
    if obj != value:
        raise ParameterCheckError(f"{param_name} must be {value}, not {obj!r}")
    return value


def opt_nonempty_str_param(
    obj: Any, param_name: str, default: str | None = None, additional_message: str | None = None
) -> Any:
    """A text with something in it, or None."""
    return default if obj in (None, "") else inst_param(obj, param_name, str)


def not_none(value: Any, additional_message: str | None = None) -> Any:
    """Anything but None."""
    if value is None:
        raise CheckError(f"a value is wanted here, not None. {additional_message or ''}".rstrip())
    return value


def not_none_param(obj: Any, param_name: str, additional_message: str | None = None) -> Any:
    """A parameter that is not None."""
    if obj is None:
        raise CheckError(f"{param_name} must not be None. {additional_message or ''}".rstrip())
    return obj


def is_list(obj_list: Any, of_type: Any = None, additional_message: str | None = None) -> Any:
    """A list, of this type."""
    return __getattr__("list_param")(obj_list, "this", of_type=of_type)


def is_dict(obj: Any, key_type: Any = None, value_type: Any = None, additional_message: str | None = None) -> Any:
    """A dict, of these types."""
    return __getattr__("dict_param")(obj, "this", key_type=key_type, value_type=value_type)


def invariant(condition: Any, desc: str | None = None) -> bool:
    """What must be so."""
    if not condition:
        raise CheckError(desc or "something that must be so is not")
    return True


def param_invariant(
    condition: Any, param_name: str, desc: str | None = None, additional_message: str | None = None
) -> None:
    """What must be so of a parameter."""
    if not condition:
        raise ParameterCheckError(
            f"{param_name}: {desc or 'not what it must be'}. {additional_message or ''}".rstrip(" .")
        )


def failed(desc: str) -> NoReturn:
    """Something has failed."""
    raise CheckError(desc)


def not_implemented(desc: str) -> NoReturn:
    """A subclass should have this."""
    raise NotImplementedCheckError(desc)


def assert_never(value: object) -> NoReturn:
    """No case is left."""
    raise CheckError(f"there is no case for {value!r} ({type(value).__name__})")
