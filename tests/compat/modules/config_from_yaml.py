import os
import tempfile

from dagster import config_from_files, config_from_yaml_strings, file_relative_path, job, op


@op(config_schema={"a": int, "b": int})
def use(context):
    return context.op_config


@job
def from_yaml():
    use()


folder = tempfile.mkdtemp()
path = os.path.join(folder, "one.yaml")
with open(path, "w") as file:
    file.write("ops: {use: {config: {a: 1}}}")
assert file_relative_path(path, "x.yaml") == os.path.join(folder, "x.yaml")
RUN_CONFIG = {
    "ops": {
        "use": {
            "config": {
                **config_from_files([path])["ops"]["use"]["config"],
                **config_from_yaml_strings(["ops: {use: {config: {b: 2}}}"])["ops"]["use"]["config"],
            }
        }
    }
}
