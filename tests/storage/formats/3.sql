PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE dynamic_partitions (
    "number" INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    UNIQUE (name, key)
);
CREATE TABLE events (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    step TEXT,
    attempt INTEGER,
    body TEXT,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES(1,1,1.79604365350940966606e+09,'run.start',NULL,NULL,'{"run_id":"406286cf-3e9f-49c9-8785-8e4970db5c6c","job":"daily","target":"jobs.py:daily","executor":"multiprocess","slots":1,"pid":27013,"tags":{"team":"data"},"partition":null,"selection":[],"excluded":[],"selected":[],"start_method":"preloaded","isolated":true,"parent":null,"root":null,"config_hash":"a3a6bf430002","dagster":"RUN_START"}');
INSERT INTO "events" VALUES(1,2,1.7960436538486406803e+09,'run.plan',NULL,NULL,'{"ops":[{"key":"load","op":"load","upstream":[]},{"key":"split","op":"split","upstream":["load"]},{"key":"part[?]","op":"part","upstream":["split"],"mapped":true},{"key":"join","op":"join","upstream":["part[?]","split"]}]}');
INSERT INTO "events" VALUES(1,3,1.79604365387905859949e+09,'op.start','load',1,'{"pid":27138,"log":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/logs/load.1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,4,1.79604365388113403319e+09,'op.log','load',1,'{"level":"info","text":"loading","logger":"dagjob","offset":0,"stream":"log"}');
INSERT INTO "events" VALUES(1,5,1796043653.90122,'op.retry','load',1,'{"status":"retrying","error":{"type":"ValueError","module":"builtins","message":"not yet","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":7,"name":"load","text":"        raise ValueError(\"not yet\")","column":8,"end_column":35,"end_line":7}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 150, in run\n    self._do()\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 209, in _do\n    things = call_body(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 54, in raw_call\n    return op.compute_fn.decorated_fn(context, **keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 7, in load\n    raise ValueError(\"not yet\")\nValueError: not yet\n"},"seconds":0.004921542000374757,"wait":0,"max_retries":1,"cpu":0.012428999999999999,"max_rss":17047552,"dagster":"STEP_UP_FOR_RETRY"}');
INSERT INTO "events" VALUES(1,6,1.79604365392009377474e+09,'op.start','load',2,'{"pid":27143,"log":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/logs/load.2.out","dagster":"STEP_RESTARTED"}');
INSERT INTO "events" VALUES(1,7,1.79604365392188286779e+09,'op.log','load',2,'{"level":"info","text":"loading","logger":"dagjob","offset":0,"stream":"log"}');
INSERT INTO "events" VALUES(1,8,1.79604365392609500885e+09,'op.output_check','load',2,'{"output":"result","type":"Any","mapping_key":null,"success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,9,1.79604365393487668033e+09,'op.output','load',2,'{"output":"result","manager_key":"io_manager","mapping_key":null,"metadata":{},"path":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/out/load.result","bytes":5,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,10,1.79604365393892693517e+09,'op.end','load',2,'{"status":"success","seconds":0.014019177004229277,"cpu":0.006353,"max_rss":16523264,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,11,1.79604365395235896114e+09,'op.start','split',1,'{"pid":27144,"log":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/logs/split.1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,12,1.79604365396572780615e+09,'op.input','split',1,'{"input":"n","manager_key":"io_manager","upstream_step":"load","upstream_output":"result","mapping_key":null,"metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,13,1.79604365396592640874e+09,'op.input_check','split',1,'{"input":"n","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,14,1796043653.9664,'op.output_check','split',1,'{"output":"result","type":"Any","mapping_key":"a","success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,15,1.79604365397023391722e+09,'op.output','split',1,'{"output":"result","manager_key":"io_manager","mapping_key":"a","metadata":{},"path":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/out/split.result[a]","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,16,1.79604365397058129312e+09,'op.output_check','split',1,'{"output":"result","type":"Any","mapping_key":"b","success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,17,1.79604365397110152247e+09,'op.output','split',1,'{"output":"result","manager_key":"io_manager","mapping_key":"b","metadata":{},"path":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/out/split.result[b]","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,18,1.79604365397187972072e+09,'op.end','split',1,'{"status":"success","seconds":0.0068220940011087805,"cpu":0.007872,"max_rss":16310272,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,19,1.79604365397187972072e+09,'run.mapped',NULL,NULL,'{"template":"part[?]","steps":["part[a]","part[b]"]}');
INSERT INTO "events" VALUES(1,20,1.79604365399642419819e+09,'op.start','part[a]',1,'{"pid":27148,"log":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/logs/part[a].1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,21,1.79604365401134943966e+09,'op.input','part[a]',1,'{"input":"x","manager_key":"io_manager","upstream_step":"split","upstream_output":"result","mapping_key":"a","metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,22,1.7960436540114941597e+09,'op.input_check','part[a]',1,'{"input":"x","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,23,1.79604365401186680793e+09,'op.output_check','part[a]',1,'{"output":"result","type":"Any","mapping_key":null,"success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,24,1.7960436540124337673e+09,'op.output','part[a]',1,'{"output":"result","manager_key":"io_manager","mapping_key":null,"metadata":{},"path":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/out/part[a].result","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,25,1.796043654026791811e+09,'op.end','part[a]',1,'{"status":"success","seconds":0.002356972996494733,"cpu":0.005856,"max_rss":16453632,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,26,1.79604365403190612796e+09,'op.start','part[b]',1,'{"pid":27152,"log":"/home/ada/sales/.dagjob/runs/406286cf-3e9f-49c9-8785-8e4970db5c6c/logs/part[b].1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,27,1.79604365403618311883e+09,'op.input','part[b]',1,'{"input":"x","manager_key":"io_manager","upstream_step":"split","upstream_output":"result","mapping_key":"b","metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,28,1.79604365403646779064e+09,'op.input_check','part[b]',1,'{"input":"x","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,29,1.79604365406504225734e+09,'op.end','part[b]',1,'{"status":"failed","error":{"type":"ValueError","module":"builtins","message":"bad part","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":18,"name":"part","text":"        raise ValueError(\"bad part\")","column":8,"end_column":36,"end_line":18}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 150, in run\n    self._do()\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 209, in _do\n    things = call_body(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 55, in raw_call\n    return op.compute_fn.decorated_fn(**keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 18, in part\n    raise ValueError(\"bad part\")\nValueError: bad part\n"},"seconds":0.0021527520002564415,"source":"USER_CODE_ERROR","cpu":0.010754,"max_rss":16969728,"retries_used":0,"exhausted":null,"max_retries":null,"dagster":"STEP_FAILURE"}');
INSERT INTO "events" VALUES(1,30,1.79604365406504225734e+09,'op.end','join',NULL,'{"status":"not_run","because":["part[b]"]}');
INSERT INTO "events" VALUES(1,31,1.79604365410138034817e+09,'run.end',NULL,NULL,'{"status":"failed","seconds":0.591970682144165,"counts":{"success":3,"failed":1,"not_run":1},"failure_reason":"STEP_FAILURE","error":null,"failed_steps":["part[b]"],"stopped_by":null,"dagster":"RUN_FAILURE"}');
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    target TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    seconds REAL,
    "partition" TEXT,
    parent TEXT,
    root TEXT,
    tags TEXT NOT NULL,
    selection TEXT NOT NULL,
    config TEXT NOT NULL,
    resolved TEXT NOT NULL,
    pid INTEGER,
    host TEXT,
    executor TEXT,
    start_method TEXT,
    slots INTEGER,
    failure_reason TEXT,
    error TEXT,
    counts TEXT,
    version TEXT
);
INSERT INTO "runs" VALUES(1,'406286cf-3e9f-49c9-8785-8e4970db5c6c','daily','jobs.py:daily','failed',1.79604365350940966606e+09,1.79604365410138034817e+09,0.591970682144165,NULL,NULL,NULL,'{"team":"data"}','[]','{}','{}',27013,'adas-machine','multiprocess','preloaded',1,'STEP_FAILURE',NULL,'{"success":3,"failed":1,"not_run":1}','');
CREATE TABLE "steps" (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    op TEXT NOT NULL,
    pos INTEGER NOT NULL,
    copy INTEGER NOT NULL DEFAULT 0,
    mapped INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    started REAL,
    ended REAL,
    seconds REAL,
    cpu REAL,
    max_rss INTEGER,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;
INSERT INTO "steps" VALUES(1,'join','join',3,0,0,'not_run',0,NULL,1.79604365406504225734e+09,NULL,NULL,NULL);
INSERT INTO "steps" VALUES(1,'load','load',0,0,0,'success',2,1.79604365387905859949e+09,1.79604365393892693517e+09,1.40191770042292773723e-02,0.006353,16523264);
INSERT INTO "steps" VALUES(1,'part[a]','part',2,1,0,'success',1,1.79604365399642419819e+09,1.796043654026791811e+09,2.35697299649473279714e-03,0.005856,16453632);
INSERT INTO "steps" VALUES(1,'part[b]','part',2,2,0,'failed',1,1.79604365403190612796e+09,1.79604365406504225734e+09,2.15275200025644153356e-03,0.010754,16969728);
INSERT INTO "steps" VALUES(1,'split','split',1,0,0,'success',1,1.79604365395235896114e+09,1.79604365397187972072e+09,6.82209400110878050327e-03,0.007872,16310272);
CREATE INDEX runs_of_job ON runs (job);
CREATE INDEX runs_running ON runs (status) WHERE status = 'running';
COMMIT;
