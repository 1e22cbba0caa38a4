"""Values of the environment before they are known, and run configs written in Python."""

import pickle
import subprocess
import sys

import pytest

from dagjob.config.pydantic_config import Config
from dagjob.config.runconfig import EnvVar, RunConfig, to_config


class C(Config):
    n: int
    s: str = "q"


def test_an_env_var_cannot_be_read_by_accident():
    for var in (EnvVar("DAGJOB_TEST_X"), EnvVar.int("DAGJOB_TEST_X")):
        with pytest.raises(RuntimeError, match="DAGJOB_TEST_X"):
            str(var)
        with pytest.raises(RuntimeError, match="get_value"):
            f"{var}"
        assert "DAGJOB_TEST_X" in repr(var)
        assert pickle.loads(pickle.dumps(var)) == var
    with pytest.raises(RuntimeError):
        int(EnvVar.int("DAGJOB_TEST_X"))


def test_an_env_var_can_be_read_on_purpose(monkeypatch):
    assert EnvVar("DAGJOB_TEST_X").get_value() is None
    assert EnvVar.int("DAGJOB_TEST_X").get_value(3) == 3
    monkeypatch.setenv("DAGJOB_TEST_X", "42")
    assert EnvVar("DAGJOB_TEST_X").get_value("d") == "42"
    assert EnvVar.int("DAGJOB_TEST_X").get_value() == 42


def test_env_vars_become_config_at_any_depth():
    assert to_config({"a": [EnvVar("X"), {"b": EnvVar.int("Y")}], "c": 1}) == {
        "a": [{"env": "X"}, {"b": {"env": "Y"}}],
        "c": 1,
    }


def test_a_run_config_is_a_dict_with_four_sections():
    config = RunConfig(
        ops={"f": C(n=EnvVar.int("N")), "g": {"ops": {"h": C(n=1), "i": {"config": C(n=2), "inputs": {"x": 1}}}}},
        resources={"r": C(n=3), "s": {"config": {"k": EnvVar("S")}}},
        execution={"config": {"in_process": {}}},
    )
    assert config.to_config_dict() == {
        "ops": {
            "f": {"config": {"n": {"env": "N"}, "s": "q"}},
            "g": {
                "ops": {
                    "h": {"config": {"n": 1, "s": "q"}},
                    "i": {"config": {"n": 2, "s": "q"}, "inputs": {"x": 1}},
                }
            },
        },
        "resources": {"r": {"config": {"n": 3, "s": "q"}}, "s": {"config": {"k": {"env": "S"}}}},
        "loggers": {},
        "execution": {"config": {"in_process": {}}},
    }


def test_run_configs_are_equal_by_what_they_say_and_may_be_changed():
    one, two = RunConfig(ops={"f": C(n=1)}), RunConfig(ops={"f": {"config": {"n": 1, "s": "q"}}})
    assert one == two
    two.ops["g"] = C(n=2)
    assert one != two
    assert "'f'" in repr(one)


def test_writing_a_run_config_does_not_load_pydantic():
    code = (
        "import sys\n"
        "from dagjob.config.mapping import config_mapping, configured\n"
        "from dagjob.config.runconfig import RunConfig\n"
        "from dagjob.config.runconfig import EnvVar\n"
        "RunConfig(ops={'f': {'config': EnvVar('X')}}).to_config_dict()\n"
        "config_mapping(lambda c: {})\n"
        "print([m for m in ('pydantic', 'dataclasses', 'inspect', 'difflib') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
