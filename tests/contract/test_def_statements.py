"""Statements of the contract's pages def-1 to def-3, 6 and 7 that no example shows, each as a few lines and what is true then."""

from __future__ import annotations

import textwrap
import warnings
from typing import Any, NamedTuple

import pytest


class Statement(NamedTuple):
    """`says` in our words; `code` is run, and then `holds` is true."""

    page: str
    says: str
    code: str
    holds: str


BEFORE = """
import typing, collections, logging
from dagjob import *
@op
def one(): return 1
@op
def many():
  for key in "ab": yield DynamicOutput(key, key)
many = op(name="many", out=DynamicOut())(many.compute_fn.decorated_fn)
@op
def up(x): return x + "1"
@op
def pair(x, y): return x + str(y)
@op
def gather(xs): return xs
def job_of(body, **given):
  return job(name="daily", **given)(lambda: (body(), None)[1])
def run(body, config=None, **given):
  return job_of(body, **given).execute_in_process(run_config=config)
"""

S = Statement
STATEMENTS = [
    S("def-1", "an op copies its function's names", "@op\ndef f(context, x: int) -> int: 'Doc.'", "(f.__name__, f.__doc__, f.__wrapped__) == ('f', 'Doc.', f.compute_fn.decorated_fn)"),
    S("def-1", "an empty name falls back to the function's", "@op(name='')\ndef f(): ...", "f.name == 'f'"),
    S("def-1", "an op built by hand yields outputs, from any iterator", "f = OpDefinition(name='f', compute_fn=lambda c, i: iter([Output(i['x'] + 1)]), ins={'x': In(int)}, outs={'result': Out(int)})", "run(lambda: f(one())).output_for_node('f') == 2"),
    S("def-1", "an empty out means no outputs", "@op(out={})\ndef f(): ...", "f.outs == {}"),
    S("def-1", "keys of resources may be a list", "@op(required_resource_keys=['a'])\ndef f(context): ...", "f.required_resource_keys == {'a'}"),
    S("def-1", "version is the old name of code_version", "@op(version='3')\ndef f(): ...", "f.outs['result'].code_version == '3'"),
    S("def-1", "a first parameter annotated with the context is the context", "@op\ndef f(ctx: OpExecutionContext, x: int): ...", "list(f.ins) == ['x']"),
    S("def-1", "**kwargs takes declared inputs", "@op(ins={'a': In(int), 'b': In(int)})\ndef f(**kw): return kw", "run(lambda: f(a=one(), b=one())).output_for_node('f') == {'a': 1, 'b': 1}"),
    S("def-1", "declared inputs come first, by name", "@op(ins={'z': In(), 'a': In()})\ndef f(q, z, a, *, k=1): ...", "list(f.ins) == ['a', 'z', 'q', 'k']"),
    S("def-1", "the one Nothing input may be the last positional", "@op(ins={'after': In(Nothing)})\ndef f(x): ...", "run(lambda: f(one(), one())).success"),
    S("def-1", "a default in In wins over the signature's", "@op(ins={'x': In(default_value=5)})\ndef f(x: int = 3): return x", "run(lambda: f()).output_for_node('f') == 5"),
    S("def-1", "None returned for an output that is not required is a value", "@op(out=Out(is_required=False))\ndef f(): return None\n@op\ndef g(x): return 'ran'", "run(lambda: g(f())).output_for_node('g') == 'ran'"),
    S("def-1", "an empty dynamic output collects to nothing", "@op(out=DynamicOut())\ndef f(): return []", "run(lambda: gather(f().collect())).output_for_node('gather') == []"),
    S("def-1", "an empty one that is not required skips the collecting step", "@op(out=DynamicOut(is_required=False))\ndef f(): return []", "run(lambda: gather(f().collect())).is_node_skipped('gather')"),
    S("def-1", "a named tuple is a tuple", "P = collections.namedtuple('P', 'a b')\n@op(out={'a': Out(), 'b': Out()})\ndef f(): return P(1, 2)", "run(lambda: f()).output_for_node('f', 'b') == 2"),
    S("def-1", "a returned generator is a yielding body", "@op\ndef f():\n  def g(): yield Output(4)\n  return g()", "run(lambda: f()).output_for_node('f') == 4"),
    S("def-1", "a returned observation is the value", "@op\ndef f(): return AssetObservation('a')", "isinstance(run(lambda: f()).output_for_node('f'), AssetObservation)"),
    S("def-1", "a returned Output takes the name of its place, and keeps the rest", "@op(out={'a': Out(), 'b': Out()})\ndef f(): return Output(1, metadata={'m': 1}, data_version=DataVersion('7')), Output(2)", "[(e.step_output_data.output_name, sorted(e.step_output_data.metadata)) for e in run(lambda: f()).all_events if e.event_type_value == 'STEP_OUTPUT'] == [('a', ['m']), ('b', [])]"),
    S("def-1", "an op called in a body is a function call", "@op\ndef f(): return one() + 1", "run(lambda: f()).output_for_node('f') == 2"),
    S("def-1", "config as an open dict may be left out", "@op\ndef f(config: dict): return config", "run(lambda: f()).output_for_node('f') == {}"),
    S("def-1", "config with a default may be left out", "@op\ndef f(config: int = 3): return config", "run(lambda: f()).output_for_node('f') == 3"),
    S("def-1", "config may be a list or a dict of a type", "@op\ndef f(config: typing.Dict[str, int]): return config", "run(lambda: f() and None, {'ops': {'f': {'config': {'a': 1}}}}).output_for_node('f') == {'a': 1}"),
    S("def-1", "op_config is the dict, also beside a config argument", "class C(Config):\n  n: int = 1\n@op\ndef f(context, config: C): return context.op_config", "run(lambda: f()).output_for_node('f') == {'n': 1}"),
    S("def-1", "op_config is None without config", "@op\ndef f(context): return context.op_config", "run(lambda: f()).output_for_node('f') is None"),
    S("def-1", "None may stand for a context in a direct call", "@op\ndef f(context, x: int): return x", "f(None, 3) == 3"),
    S("def-1", "a context may be passed to an op that has none", "", "one(build_op_context()) == 1"),
    S("def-1", "an async generator called directly can be iterated", "import asyncio\n@op\nasync def f(n: int): yield Output(n)\nasync def all(): return [o.value async for o in f(3)]", "asyncio.run(all()) == [3]"),
    S("def-1", "an async op called directly can be awaited", "import asyncio\n@op\nasync def f(n: int): return n", "asyncio.run(f(3)) == 3"),
    S("def-1", "a resource may be passed to a direct call, by name or place", "class R(ConfigurableResource):\n  n: int = 1\n@op\ndef f(r: R): return r.n", "(f(r=R(n=4)), f(R(n=5))) == (4, 5)"),
    S("def-1", "a resource passed to a direct call is opened for it, and closed", "class H(ConfigurableResource):\n  url: str\n  _c: str = ''\n  def setup_for_execution(self, context): self._c = 'conn'; told.append('setup')\n  def teardown_after_execution(self, context): told.append('down')\ntold = []\n@op\ndef f(h: H): return h._c", "(f(h=H(url='1')), f(H(url='1')), told) == ('conn', 'conn', ['setup', 'down'] * 2)"),
    S("def-1", "it stays open while a body yields", "class H(ConfigurableResource):\n  url: str\n  _c: str = ''\n  def setup_for_execution(self, context): self._c = 'conn'; told.append('setup')\n  def teardown_after_execution(self, context): told.append('down')\ntold = []\n@op\ndef f(h: H):\n  yield Output(h._c + told[-1])", "([o.value for o in f(h=H(url='1'))], told) == (['connsetup'], ['setup', 'down'])"),
    S("def-1", "it is closed when the body raises", "class H(ConfigurableResource):\n  url: str\n  _c: str = ''\n  def setup_for_execution(self, context): self._c = 'conn'; told.append('setup')\n  def teardown_after_execution(self, context): told.append('down')\ntold = []\n@op\ndef f(h: H): raise KeyError\ntry: f(h=H(url='1'))\nexcept KeyError: pass", "told == ['setup', 'down']"),
    S("def-1", "what makes a resource is asked for it", "class F(ConfigurableResource):\n  def create_resource(self, context): return 7\n@op\ndef f(r: ResourceParam[int]): return r", "(f(r=F()), f(3), f(r=ResourceDefinition.hardcoded_resource(8))) == (7, 3, 8)"),
    S("def-1", "a context serves again after a body that raised", "@op\ndef f(context, n: int): return 1 / n\nc = build_op_context()\ntry: f(c, 0)\nexcept ZeroDivisionError: pass", "f(c, 1) == 1"),
    S("def-1", "a context serves again after a call that was wrong", "@op\ndef f(context, n: int): return n\nc = build_op_context()\ntry: f(c)\nexcept DagjobInvalidInvocationError: pass", "f(c, 1) == 1"),
    S("def-1", "op_config has the values of enums, the object has the members", "import enum\nclass M(enum.Enum):\n  A = 'aa'\n  B = 'bb'\nclass C(Config):\n  m: M = M.A\n@op\ndef f(context, config: C): return context.op_config['m'], config.m.name", "(run(lambda: f() and None).output_for_node('f'), f(build_op_context(), C(m=M.B)), f(build_op_context(op_config={'m': 'B'}))) == (('aa', 'A'), ('bb', 'B'), ('bb', 'B'))"),
    S("def-1", "an op lists what goes in and comes out", "@op(out={'b': Out(), 'a': Out()})\ndef f(x, y: int): ...", "([i.name for i in f.input_defs], [o.name for o in f.output_defs]) == (['x', 'y'], ['b', 'a'])"),
    S("def-2", "a second use gets a number", "", "[n.name for n in job_of(lambda: gather([one() for _ in range(3)]) and None).nodes] == ['one', 'one_2', 'one_3', 'gather']"),
    S("def-2", "tags merge: definition, first tag, later tag", "@op(tags={'a': '0', 'c': 'c'})\ndef f(): ...\ng = graph(name='g')(lambda: f.tag({'a': '1'}).tag({'b': 3})())", "g.node_named('f').tags == {'a': '1', 'b': '3', 'c': 'c'}"),
    S("def-2", "a mapping without a schema gets an empty dict when nothing is given", "told = []\n@config_mapping\ndef m(val): told.append(val); return {'ops': {}}\n@job(config=m)\ndef j(): one()", "j.execute_in_process().success and told[-1] == {}"),
    S("def-3", "a job that returns a tuple is one that returns nothing", "@job\ndef j(): return one(), one()", "j.execute_in_process().success"),
    S("def-3", "a value for an input that the job does not have is refused", "@graph\ndef g(x: int): up(x)\ndef refused(call):\n  try: call()\n  except DagjobInvalidDefinitionError as error: return 'typo' in str(error)", "refused(lambda: g.execute_in_process(input_values={'x': '1', 'typo': 2})) and refused(lambda: g.to_job().execute_in_process(input_values={'x': '1', 'typo': 2}))"),
    S("def-2", "an input of the graph may be a member of a list, from wherever it comes", "@op\ndef tot(xs: typing.List[int]): return sum(xs)\n@op\ndef n1(): return 1\n@graph\ndef fan(x): return tot([x, n1()])\n@graph\ndef deep(x): return fan(x)\n@job\ndef fed(): fan(n1())\n@job\ndef in_ops(): fan()", "[fan.execute_in_process(input_values={'x': 100}).output_value(), fan.execute_in_process({'inputs': {'x': 100}}).output_value(), fan.execute_in_process({'inputs': {'x': {'value': 100}}}).output_value(), deep.execute_in_process(input_values={'x': 100}).output_value(), deep.execute_in_process({'inputs': {'x': 100}}).output_value(), in_ops.execute_in_process({'ops': {'fan': {'inputs': {'x': 100}}}}).output_for_node('fan'), fed.execute_in_process().output_for_node('fan')] == [101] * 6 + [2]"),
    S("def-2", "a member of a list must be given, and is checked", "@op\ndef tot(xs: typing.List[int]): return sum(xs)\n@op\ndef n1(): return 1\n@graph\ndef fan(x): return tot([x, n1()])\n@graph\ndef deep(x): return fan(x)\ndef kind(call):\n  try: call()\n  except DagjobError as error: return type(error).__name__", "(kind(lambda: fan.execute_in_process()), kind(lambda: fan.execute_in_process(input_values={'x': 's'})), kind(lambda: fan.execute_in_process({'inputs': {'x': [1]}}))) == ('DagjobInvalidConfigError', 'DagjobTypeCheckDidNotPass', 'DagjobInvalidConfigError')"),
    S("def-2", "members keep their order, without those that were never made", "@op(out=Out(is_required=False))\ndef maybe():\n  if False: yield\n@graph\ndef g(x, y): return gather([maybe(), x, one(), maybe.alias('b')(), y, one()])\n@graph\ndef alone(x): return gather([x])\n@graph\ndef starves(x): return gather([maybe(), x])", "(g.execute_in_process(input_values={'x': 9, 'y': 8}).output_value(), alone.execute_in_process(input_values={'x': 9}).output_value(), starves.execute_in_process(input_values={'x': 9}).is_node_skipped('gather')) == ([9, 1, 8, 1], [9], True)"),
    S("def-2", "an input may be a member of a list and more", "@op\ndef both(xs: typing.List[int], y: int): return sum(xs) + y\n@op\ndef n1(): return 1\n@graph\ndef g(x): return both([x, n1()], x)", "(g.execute_in_process(input_values={'x': 100}).output_value(), g.execute_in_process({'inputs': {'x': 100}}).output_value()) == (201, 201)"),
    S("def-2", "outputs come in the order of out, however they are returned", "@op(out={'a': Out(), 'b': Out()})\ndef two(): return 1, 10\n@op\ndef inc(x): return x + 1\n@graph(out={'p': GraphOut(), 'q': GraphOut()})\ndef g():\n  a, b = two()\n  return {'q': b, 'p': a}\n@job\ndef j():\n  p, q = g()\n  inc.alias('P')(p)\n  inc.alias('Q')(q)\n@graph(out={'x': GraphOut(), 'y': GraphOut()})\ndef outer(): return g()\nr, o = j.execute_in_process(), outer.execute_in_process()", "(r.output_for_node('P'), r.output_for_node('Q'), o.output_value('x'), o.output_value('y'), [d.name for d in g.output_defs]) == (2, 11, 1, 10, ['p', 'q'])"),
    S("def-2", "an input of a graph may be declared with In", "@op(ins={'d': In(Nothing)})\ndef f(): return 5\n@graph(ins={'d': In(Nothing)})\ndef g(d): return f(d)", "g.execute_in_process().output_value() == 5"),
    S("def-2", "a graph may take its declared inputs with **kwargs", "@graph(ins={'x': GraphIn(), 'y': GraphIn()})\ndef g(y, **rest): return pair(rest['x'], y)", "g.execute_in_process(input_values={'x': 'a', 'y': 'b'}).output_value() == 'ab'"),
    S("def-1", "an op answers for its inputs and outputs by name", "@op(out={'b': Out()})\ndef f(x): ...", "(f.has_input('x'), f.has_output('b'), f.has_output('x'), f.input_def_named('x').name, f.output_def_named('b').name, list(f.input_dict), list(f.output_dict)) == (True, True, False, 'x', 'b', ['x'], ['b'])"),
    S("def-1", "what has no name is told to get one", "import functools\ntry: op(functools.partial(lambda x: x, 1))\nexcept DagjobInvalidDefinitionError as error: told = str(error)", "'name=' in told"),
    S("def-2", "a function among the nodes has lost its decorator", "def plain(): ...\ntry: GraphDefinition('g', node_defs=[plain])\nexcept DagjobInvalidDefinitionError as error: told = str(error)", "'plain' in told and '@op' in told"),
    S("def-2", "a single output for two declared ones is told with both", "try: graph(name='g', out={'a': GraphOut(), 'b': GraphOut()})(lambda: one())\nexcept DagjobInvalidDefinitionError as error: told = str(error)", "'a, b' in told and '2' in told"),
    S("def-4", "whose fault a wrong config is stands in the message", "@op(config_schema={'n': int})\ndef f(context): ...\n@configured(f)\ndef made(_): return {'n': 'x'}\ntry: run(lambda: made() and None)\nexcept DagjobInvalidConfigError as error: told = str(error)", "'in what' in told and 'made' in told"),
    S("def-6", "a loader is told of the run", "told = {}\n@dagster_type_loader(int)\ndef load(context, value):\n  told.update(job=context.job_name, tag=context.get_tag('a'), has=context.has_tag('b'), config=context.op_config, step=context.step_key, given=context.run_config['ops']['f']['inputs'])\n  return value\nT = DagjobType(lambda _, v: True, name='T', loader=load)\n@op(ins={'x': In(T)}, config_schema={'n': int})\ndef f(context, x): return x", "run(lambda: f() and None, {'ops': {'f': {'inputs': {'x': 3}, 'config': {'n': 1}}}}, tags={'a': 'b'}).output_for_node('f') == 3 and told == {'job': 'daily', 'tag': 'b', 'has': False, 'config': {'n': 1}, 'step': 'f', 'given': {'x': 3}}"),
    S("def-2", "the alias of a graph names its job", "g = graph(name='g')(lambda: one())", "g.alias('other').to_job().name == 'other'"),
    S("def-2", "items of a returned tuple beyond out are ignored", "@graph(out={'a': GraphOut(), 'b': GraphOut()})\ndef g(): return one(), one(), one()", "[g.execute_in_process().output_value(n) for n in 'ab'] == [1, 1]"),
    S("def-2", "without out the first item of a returned tuple is the output", "@op\ndef two(): return 2\n@graph\ndef g(): return two(), one()", "g.execute_in_process().output_value() == 2"),
    S("def-2", "the output of a nested graph is that of its op", "g = graph(name='g')(lambda: one())", "[run(lambda: g.alias('o')()).output_for_node(n) for n in ('o', 'o.one')] == [1, 1]"),
    S("def-2", "an empty list is a fan-in", "", "run(lambda: gather([])).output_for_node('gather') == []"),
    S("def-2", "a mapped function may use outputs from outside", "def body():\n  o = one()\n  gather(many().map(lambda x: pair(up(x), o)).collect())", "run(body).output_for_node('gather') == ['a11', 'b11']"),
    S("def-2", "maps chain", "def body(): many().map(up).map(up.alias('again'))", "run(body).output_for_node('again') == {'a': 'a11', 'b': 'b11'}"),
    S("def-2", "a mapped function may return a tuple", "def body():\n  both = many().map(lambda x: (up(x), up.alias('other')(x)))\n  gather(both[0].collect())", "run(body).output_for_node('gather') == ['a1', 'b1']"),
    S("def-2", "a collected list may be used several times", "def body():\n  c = many().collect()\n  gather(c)\n  gather.alias('again')(c)", "run(body).output_for_node('again') == ['a', 'b']"),
    S("def-2", "steps of a mapped graph have the key at the end", "g = graph(name='g')(lambda x: up(x))\ndef body(): many().map(g)", "{'g.up[a]', 'g.up[b]'} <= {e.step_key for e in run(body).all_events}"),
    S("def-2", "hooks of a graph invocation reach every op inside", "seen = []\n@success_hook\ndef h(context): seen.append(context.op.name)\ng = graph(name='g')(lambda: one())", "run(lambda: g.with_hooks({h})()).success and seen == ['one']"),
    S("def-2", "a retry policy on a graph invocation does nothing", "n = []\n@op\ndef f():\n  n.append(1)\n  raise ValueError\ng = graph(name='g')(lambda: f())\njob_of(lambda: g.with_retry_policy(RetryPolicy(max_retries=2))()).execute_in_process(raise_on_error=False)", "len(n) == 1"),
    S("def-3", "tags are put on runs", "", "run(lambda: one() and None, tags={'a': 1}).dagster_run.tags['a'] == '1'"),
    S("def-3", "with run_tags, even empty, they are not", "", "'a' not in run(lambda: one() and None, tags={'a': 1}, run_tags={}).dagster_run.tags"),
    S("def-3", "tags of the call win", "", "job_of(lambda: one() and None, tags={'a': '1'}).execute_in_process(tags={'a': '2'}).dagster_run.tags['a'] == '2'"),
    S("def-3", "empty loggers count as given, and work as the default", "j = job_of(lambda: one() and None, logger_defs={})", "j.has_specified_loggers and list(j.loggers) == ['console']"),
    S("def-3", "the retry policy of the invocation wins over the op's, that over the job's", "n = []\n@op(retry_policy=RetryPolicy(max_retries=5))\ndef f():\n  n.append(1)\n  raise ValueError\njob_of(lambda: f.with_retry_policy(RetryPolicy(max_retries=1))() and None, op_retry_policy=RetryPolicy(max_retries=9)).execute_in_process(raise_on_error=False)", "len(n) == 2"),
    S("def-3", "input values of the call win over the job's", "j = job(name='j', input_values={'x': 1})(lambda x: gather(x) and None)", "[j.execute_in_process(input_values=v).output_for_node('gather') for v in (None, {'x': 2})] == [1, 2]"),
    S("def-3", "resources of the call win over the job's", "@op(required_resource_keys={'r'})\ndef f(context): return context.resources.r\nj = job_of(lambda: f() and None, resource_defs={'r': ResourceDefinition.hardcoded_resource(1)})", "j.execute_in_process(resources={'r': 2}).output_for_node('f') == 2"),
    S("def-3", "a run config for one op keeps what the job's dict says of the others", "@op(config_schema={'n': Field(int, default_value=0), 'm': Field(int, default_value=0)})\ndef f(context): return dict(context.op_config)\nj = job_of(lambda: (f(), f.alias('g')()) and None, config={'ops': {'f': {'config': {'n': 1, 'm': 1}}, 'g': {'config': {'n': 2}}}})\nr = j.execute_in_process({'ops': {'f': {'config': {'n': 9}}}})", "(r.output_for_node('f'), r.output_for_node('g')) == ({'n': 9, 'm': 0}, {'n': 2, 'm': 0})"),
    S("def-3", "an empty section wipes nothing", "@op(config_schema={'n': int})\ndef f(context): return context.op_config['n']\nj = job_of(lambda: f() and None, config={'ops': {'f': {'config': {'n': 1}}}})", "j.execute_in_process({'ops': {}}).output_for_node('f') == 1"),
    S("def-3", "RunConfig for config is made a dict at once", "@op(config_schema={'n': int})\ndef f(context): ...\nj = job_of(lambda: f() and None, config=RunConfig(ops={'f': {'config': {'n': 1}}}))", "j.run_config['ops'] == {'f': {'config': {'n': 1}}}"),
    S("def-3", "unused resources are never made", "made = []\n@resource\ndef r(_): made.append(1)", "run(lambda: one() and None, resource_defs={'r': r}).success and made == []"),
    S("def-3", "copies do not change the job", "@success_hook\ndef h(context): ...\nj = job_of(lambda: one())\nk = j.with_hooks({h})", "(j.hook_defs, k.hook_defs) == (frozenset(), frozenset({h}))"),
    S("def-6", "an int is no float", "", "not check_dagster_type(Float, 1).success"),
    S("def-6", "a bool is an int", "", "check_dagster_type(Int, True).success"),
    S("def-6", "a subclass passes", "class A: ...\nclass B(A): ...", "check_dagster_type(A, B()).success"),
    S("def-6", "names of typed containers", "@op(ins={'x': In(typing.Optional[typing.List[int]]), 'y': In(Dict[String, Int])})\ndef f(x, y): ...", "[i.dagster_type.display_name for i in f.ins.values()] == ['[Int]?', 'Dict[String,Int]']"),
    S("def-6", "types are equal by key", "A, B = (DagjobType(lambda c, v: True, key='k', name=n) for n in 'ab')", "A == B and hash(A) == hash(B)"),
    S("def-6", "a tuple of classes is a union", "T = PythonObjectDagsterType((int, str))", "T.display_name == 'Union[int, str]' and check_dagster_type(T, 'a').success and not check_dagster_type(T, 1.5).success"),
    S("def-6", "the same registration twice is fine", "class A: ...\nT = DagjobType(lambda c, v: True, name='T')\nfor _ in 'ab': make_python_type_usable_as_dagster_type(A, T)\n@op\ndef f(x: A): ...", "f.ins['x'].dagster_type is T"),
    S("def-6", "a fan-in is checked as the whole list", "@op\ndef f(xs: typing.List[int]): return xs", "run(lambda: f([one(), one()])).output_for_node('f') == [1, 1]"),
    S("def-6", "an untyped input takes only the forms", "@op\ndef f(x): return x", "run(lambda: f() and None, {'ops': {'f': {'inputs': {'x': {'value': 3}}}}}).output_for_node('f') == 3"),
    S("def-4", "a run config leaves out what is None by default", "class C(Config):\n  n: typing.Optional[int] = None\n  m: typing.Optional[int] = 3\n  l: typing.List[int] = []", "(RunConfig(ops={'f': C()}).to_config_dict()['ops'], RunConfig(ops={'f': C(n=1, m=None)}).to_config_dict()['ops']) == ({'f': {'config': {'m': 3, 'l': []}}}, {'f': {'config': {'n': 1, 'm': None, 'l': []}}})"),
    S("def-4", "only a job has a run config to validate", "g = graph(name='g')(lambda: one())\ntry: validate_run_config(g, {})\nexcept CheckError as error: told = str(error)", "'job_def' in told"),
    S("def-5", "each part of a resource sees its own config", "told = {}\nclass A(ConfigurableResource):\n  url: str\n  def setup_for_execution(self, context): told['a'] = context.resource_config\nclass B(ConfigurableResource):\n  a: A\n  n: int = 1\n  def setup_for_execution(self, context): told['b'] = context.resource_config\n@op\ndef f(b: B): ...", "run(lambda: f() and None, resource_defs={'b': B(a=A(url='u'))}).success and told == {'a': {'url': 'u'}, 'b': {'n': 1}}"),
    S("def-5", "contexts for tests of IO managers have a log", "build_output_context(name='o').log.info('%s', 1)\nbuild_input_context().log.info('x')", "True"),
    S("def-5", "a hardcoded resource is a function of the context", "", "(ResourceDefinition.hardcoded_resource(3).resource_fn(None), ResourceDefinition.none_resource().resource_fn(None)) == (3, None)"),
    S("def-7", "hooks of an attempt before a retry are skipped, whatever raises at the end", "n = []\n@op(retry_policy=RetryPolicy(max_retries=1))\ndef f():\n  n.append(1)\n  if len(n) == 1: raise KeyError\n@success_hook\ndef h(context): ...\nkinds = [e.event_type_value for e in run(lambda: f() and None, hooks={h}).all_events]", "[k for k in kinds if 'HOOK' in k] == ['HOOK_SKIPPED', 'HOOK_COMPLETED']"),
    S("def-7", "handlers of a job's logger get finished text", "import logging\ntold = []\nclass Kept(logging.Handler):\n  def emit(self, record): told.append((record.msg, record.args))\n@logger\ndef own(context):\n  made = logging.Logger('own')\n  made.setLevel('INFO')\n  made.addHandler(Kept())\n  return made\n@op\ndef f(context):\n  context.log.info('hello %s', 'you')\n  context.log.info({'a': 1})", "run(lambda: f() and None, {'loggers': {'own': {}}}, logger_defs={'own': own}).success and told == [('hello you', ()), (\"{'a': 1}\", ())]"),
    S("exe-8", "retries are counted by node: all copies, all of a graph", "n = []\n@op(retry_policy=RetryPolicy(max_retries=2))\ndef f(x):\n  n.append(1)\n  if len(n) < 3: raise KeyError\n@op(out=DynamicOut())\ndef d(): yield DynamicOutput(1, 'a')\n@graph\ndef g(x): f(x)\n@job\ndef mapped(): d().map(f)\n@job\ndef nested(): g(one())\nr = mapped.execute_in_process()\nn.clear()\nq = nested.execute_in_process()", "(r.retry_attempts_for_node('f'), q.retry_attempts_for_node('g'), q.retry_attempts_for_node('g.f'), q.retry_attempts_for_node('one')) == (2, 2, 2, 0)"),
    S("exe-8", "an error as text has its cause", "@op\ndef f(): raise ValueError('why')\n@job\ndef j(): f()\nerror = j.execute_in_process(raise_on_error=False).failure_data_for_node('f').error", "'ValueError: why' in error.to_string()"),
    S("def-7", "hooks of node, graph and job run once each, by name", "seen = []\n@success_hook\ndef b(context): seen.append('b')\n@success_hook\ndef a(context): seen.append('a')\ng = graph(name='g')(lambda: one.with_hooks({b})())\nrun(lambda: g.with_hooks({a, b})() and None, hooks={a})", "seen == ['a', 'b']"),
    S("def-7", "a hook decorates a job", "@success_hook\ndef h(context): ...\n@h\n@job\ndef j(): one()", "isinstance(j, JobDefinition) and j.hook_defs == {h}"),
    S("def-7", "a failure hook may be named by its first argument", "@failure_hook('alarm')\ndef h(context): ...", "h.name == 'alarm'"),
    S("def-7", "metadata is wrapped by kind", "m = Output(1, metadata={'s': 'a', 'b': True, 'i': 1, 'f': 1.5, 'n': None, 'l': [1], 'd': {'a': 1}, 'k': AssetKey('a')}).metadata", "[type(v).__name__.removesuffix('MetadataValue') for v in m.values()] == ['Text', 'Bool', 'Int', 'Float', 'Null', 'Json', 'Json', 'DagjobAsset']"),
    S("def-7", "an asset key of text is one segment", "", "(AssetKey('a/b').path, AssetKey(['a', 'b']).path, AssetMaterialization('a/b').asset_key.path) == (['a/b'], ['a', 'b'], ['a', 'b'])"),
    S("def-7", "soft keywords are names", "@op\ndef match(): ...\n@op(name='1st')\ndef f(): ...", "(match.name, f.name) == ('match', '1st')"),
    S("def-7", "tags of any JSON are kept as JSON text", "@op(tags={'i': 1, 'n': None, 'd': {'a': [1]}})\ndef f(): ...", "f.tags == {'i': '1', 'n': 'null', 'd': '{\"a\": [1]}'}"),
]  # fmt: skip


@pytest.mark.parametrize("statement", STATEMENTS, ids=[f"{each.page} {each.says}" for each in STATEMENTS])
def test_the_statement_holds(statement: Statement) -> None:
    names: dict[str, Any] = {"__name__": "jobs"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for code in (BEFORE, textwrap.dedent(statement.code)):
            exec(compile(code, "jobs.py", "exec", dont_inherit=True), names)
        assert eval(statement.holds, names)
