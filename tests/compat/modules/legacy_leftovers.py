from dagster import (Bool, Dict, Field, Float, In, Int, List, Noneable, Optional, Out, Output, Permissive, Set, String, Tuple,
                     custom_path_fs_io_manager, fs_io_manager, graph, job, op)


@op(
    ins={"pairs": In(Dict[String, Int])},
    out={"names": Out(List[String]), "flags": Out(Set[Bool]), "maybe": Out(Optional[Float]), "both": Out(Tuple[Int, String])},
    config_schema=Permissive({"verbose": Field(Bool, default_value=False, is_required=False)}),
)
def old(context, pairs):
    yield Output(sorted(pairs), output_name="names")
    yield Output({context.op_config["verbose"]}, output_name="flags")
    yield Output(None, output_name="maybe")
    yield Output((1, "a"), output_name="both")


@op
def pairs_of():
    return {"a": 1}


@graph
def old_graph():
    old(pairs_of())


old_job = old_graph.to_job(resource_defs={"io_manager": fs_io_manager})
