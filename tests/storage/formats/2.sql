PRAGMA user_version = 2;
BEGIN TRANSACTION;
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
INSERT INTO "events" VALUES(1,1,1.79604365085809755328e+09,'run.start',NULL,NULL,'{"run_id":"6154aa53-d2cf-44fe-bbdb-5820e8e09db7","job":"daily","target":"jobs.py:daily","executor":"multiprocess","slots":1,"pid":26820,"tags":{"team":"data"},"partition":null,"selection":[],"excluded":[],"selected":[],"start_method":"preloaded","isolated":true,"parent":null,"root":null,"config_hash":"a3a6bf430002","dagster":"RUN_START"}');
INSERT INTO "events" VALUES(1,2,1.79604365115787100795e+09,'run.plan',NULL,NULL,'{"ops":[{"key":"load","op":"load","upstream":[]},{"key":"split","op":"split","upstream":["load"]},{"key":"part[?]","op":"part","upstream":["split"],"mapped":true},{"key":"join","op":"join","upstream":["part[?]","split"]}]}');
INSERT INTO "events" VALUES(1,3,1.7960436512035813331e+09,'op.start','load',1,'{"pid":26932,"log":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/logs/load.1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,4,1.79604365120489454276e+09,'op.log','load',1,'{"level":"info","text":"loading","logger":"dagjob","offset":0,"stream":"log"}');
INSERT INTO "events" VALUES(1,5,1.79604365122085165976e+09,'op.retry','load',1,'{"status":"retrying","error":{"type":"ValueError","module":"builtins","message":"not yet","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":7,"name":"load","text":"        raise ValueError(\"not yet\")","column":8,"end_column":35,"end_line":7}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 145, in run\n    self._do()\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 205, in _do\n    thing = next(things, _NO_MORE)\n            ^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 51, in raw_call\n    return op.compute_fn.decorated_fn(context, **keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 7, in load\n    raise ValueError(\"not yet\")\nValueError: not yet\n"},"seconds":0.0011349249980412424,"wait":0,"max_retries":1,"cpu":0.010832999999999999,"max_rss":16969728,"dagster":"STEP_UP_FOR_RETRY"}');
INSERT INTO "events" VALUES(1,6,1.79604365122976326937e+09,'op.start','load',2,'{"pid":26934,"log":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/logs/load.2.out","dagster":"STEP_RESTARTED"}');
INSERT INTO "events" VALUES(1,7,1.79604365124278116225e+09,'op.log','load',2,'{"level":"info","text":"loading","logger":"dagjob","offset":0,"stream":"log"}');
INSERT INTO "events" VALUES(1,8,1.79604365124396848679e+09,'op.output_check','load',2,'{"output":"result","type":"Any","mapping_key":null,"success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,9,1.79604365124563837051e+09,'op.output','load',2,'{"output":"result","manager_key":"io_manager","mapping_key":null,"metadata":{},"path":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/out/load.result","bytes":5,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,10,1.79604365124654698367e+09,'op.end','load',2,'{"status":"success","seconds":0.004214664993924089,"cpu":0.006861,"max_rss":16248832,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,11,1.79604365125407505038e+09,'op.start','split',1,'{"pid":26935,"log":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/logs/split.1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,12,1.79604365126752448088e+09,'op.input','split',1,'{"input":"n","manager_key":"io_manager","upstream_step":"load","upstream_output":"result","mapping_key":null,"metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,13,1.79604365126770567891e+09,'op.input_check','split',1,'{"input":"n","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,14,1.79604365126804113388e+09,'op.output_check','split',1,'{"output":"result","type":"Any","mapping_key":"a","success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,15,1.7960436512688305378e+09,'op.output','split',1,'{"output":"result","manager_key":"io_manager","mapping_key":"a","metadata":{},"path":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/out/split.result[a]","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,16,1.79604365126898074152e+09,'op.output_check','split',1,'{"output":"result","type":"Any","mapping_key":"b","success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,17,1.79604365126954197877e+09,'op.output','split',1,'{"output":"result","manager_key":"io_manager","mapping_key":"b","metadata":{},"path":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/out/split.result[b]","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,18,1.79604365127030086513e+09,'op.end','split',1,'{"status":"success","seconds":0.007838618003006559,"cpu":0.0073869999999999995,"max_rss":16248832,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,19,1.79604365127030086513e+09,'run.mapped',NULL,NULL,'{"template":"part[?]","steps":["part[a]","part[b]"]}');
INSERT INTO "events" VALUES(1,20,1.7960436512883517742e+09,'op.start','part[a]',1,'{"pid":26937,"log":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/logs/part[a].1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,21,1.79604365129611635203e+09,'op.input','part[a]',1,'{"input":"x","manager_key":"io_manager","upstream_step":"split","upstream_output":"result","mapping_key":"a","metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,22,1.79604365129627585413e+09,'op.input_check','part[a]',1,'{"input":"x","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,23,1.79604365129663753504e+09,'op.output_check','part[a]',1,'{"output":"result","type":"Any","mapping_key":null,"success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,24,1.7960436512975342274e+09,'op.output','part[a]',1,'{"output":"result","manager_key":"io_manager","mapping_key":null,"metadata":{},"path":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/out/part[a].result","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,25,1.79604365129883813858e+09,'op.end','part[a]',1,'{"status":"success","seconds":0.0030944380050641485,"cpu":0.0066489999999999995,"max_rss":16248832,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,26,1.79604365133093500138e+09,'op.start','part[b]',1,'{"pid":26940,"log":"/home/ada/sales/.dagjob/runs/6154aa53-d2cf-44fe-bbdb-5820e8e09db7/logs/part[b].1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,27,1.79604365133232545849e+09,'op.input','part[b]',1,'{"input":"x","manager_key":"io_manager","upstream_step":"split","upstream_output":"result","mapping_key":"b","metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,28,1.796043651332431078e+09,'op.input_check','part[b]',1,'{"input":"x","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,29,1.79604365134989666938e+09,'op.end','part[b]',1,'{"status":"failed","error":{"type":"ValueError","module":"builtins","message":"bad part","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":18,"name":"part","text":"        raise ValueError(\"bad part\")","column":8,"end_column":36,"end_line":18}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 145, in run\n    self._do()\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 205, in _do\n    thing = next(things, _NO_MORE)\n            ^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 52, in raw_call\n    return op.compute_fn.decorated_fn(**keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 18, in part\n    raise ValueError(\"bad part\")\nValueError: bad part\n"},"seconds":0.0014018529982422478,"source":"USER_CODE_ERROR","cpu":0.011498,"max_rss":16904192,"retries_used":0,"exhausted":null,"max_retries":null,"dagster":"STEP_FAILURE"}');
INSERT INTO "events" VALUES(1,30,1.79604365134989666938e+09,'op.end','join',NULL,'{"status":"not_run","because":["part[b]"]}');
INSERT INTO "events" VALUES(1,31,1.79604365135783290859e+09,'run.end',NULL,NULL,'{"status":"failed","seconds":0.49973535537719727,"counts":{"success":3,"failed":1,"not_run":1},"failure_reason":"STEP_FAILURE","error":null,"failed_steps":["part[b]"],"stopped_by":null,"dagster":"RUN_FAILURE"}');
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
INSERT INTO "runs" VALUES(1,'6154aa53-d2cf-44fe-bbdb-5820e8e09db7','daily','jobs.py:daily','failed',1.79604365085809755328e+09,1.79604365135783290859e+09,4.99735355377197265625e-01,NULL,NULL,NULL,'{"team":"data"}','[]','{}','{}',26820,'adas-machine','multiprocess','preloaded',1,'STEP_FAILURE',NULL,'{"success":3,"failed":1,"not_run":1}','');
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
INSERT INTO "steps" VALUES(1,'join','join',3,0,0,'not_run',0,NULL,1.79604365134989666938e+09,NULL,NULL,NULL);
INSERT INTO "steps" VALUES(1,'load','load',0,0,0,'success',2,1.7960436512035813331e+09,1.79604365124654698367e+09,4.21466499392408877611e-03,0.006861,16248832);
INSERT INTO "steps" VALUES(1,'part[a]','part',2,1,0,'success',1,1.7960436512883517742e+09,1.79604365129883813858e+09,3.09443800506414845585e-03,6.64899999999999952865e-03,16248832);
INSERT INTO "steps" VALUES(1,'part[b]','part',2,2,0,'failed',1,1.79604365133093500138e+09,1.79604365134989666938e+09,1.4018529982422478497e-03,0.011498,16904192);
INSERT INTO "steps" VALUES(1,'split','split',1,0,0,'success',1,1.79604365125407505038e+09,1.79604365127030086513e+09,7.8386180030065588653e-03,7.38699999999999946942e-03,16248832);
CREATE INDEX runs_of_job ON runs (job);
CREATE INDEX runs_running ON runs (status) WHERE status = 'running';
COMMIT;
