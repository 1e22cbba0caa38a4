PRAGMA user_version = 1;
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
INSERT INTO "events" VALUES(1,1,1.7960436485129330158e+09,'run.start',NULL,NULL,'{"run_id":"b679bc80-2311-4ed4-b55a-a31dec4b731f","job":"daily","target":"jobs.py:daily","executor":"multiprocess","slots":1,"pid":26611,"tags":{"team":"data"},"partition":null,"selection":[],"start_method":"preloaded","isolated":true,"parent":null,"root":null,"config_hash":"a3a6bf430002","dagster":"RUN_START"}');
INSERT INTO "events" VALUES(1,2,1.79604364874930381773e+09,'run.plan',NULL,NULL,'{"ops":[{"key":"load","op":"load","upstream":[]},{"key":"split","op":"split","upstream":["load"]},{"key":"part[?]","op":"part","upstream":["split"],"mapped":true},{"key":"join","op":"join","upstream":["part[?]","split"]}]}');
INSERT INTO "events" VALUES(1,3,1.79604364877173089984e+09,'op.start','load',1,'{"pid":26703,"log":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/logs/load.1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,4,1.79604364877322888374e+09,'op.log','load',1,'{"level":"info","text":"loading","logger":"dagjob","offset":0,"stream":"log"}');
INSERT INTO "events" VALUES(1,5,1.79604364881239151954e+09,'op.retry','load',1,'{"status":"retrying","error":{"type":"ValueError","module":"builtins","message":"not yet","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":7,"name":"load","text":"        raise ValueError(\"not yet\")","column":8,"end_column":35,"end_line":7}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 126, in run\n    made = self._do()\n           ^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 148, in _do\n    thing = next(things, _NO_MORE)\n            ^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 48, in raw_call\n    return op.compute_fn.decorated_fn(context, **keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 7, in load\n    raise ValueError(\"not yet\")\nValueError: not yet\n"},"seconds":0.002124359001754783,"wait":0,"max_retries":1,"cpu":0.014934999999999999,"max_rss":15572992,"dagster":"STEP_UP_FOR_RETRY"}');
INSERT INTO "events" VALUES(1,6,1.79604364884715223308e+09,'op.start','load',2,'{"pid":26709,"log":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/logs/load.2.out","dagster":"STEP_RESTARTED"}');
INSERT INTO "events" VALUES(1,7,1.796043648848845005e+09,'op.log','load',2,'{"level":"info","text":"loading","logger":"dagjob","offset":0,"stream":"log"}');
INSERT INTO "events" VALUES(1,8,1.79604364885130286214e+09,'op.output_check','load',2,'{"output":"result","type":"Any","mapping_key":null,"success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,9,1.79604364885293722158e+09,'op.output','load',2,'{"output":"result","manager_key":"io_manager","mapping_key":null,"metadata":{},"path":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/load/result","bytes":5,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,10,1.79604364885893774033e+09,'op.end','load',2,'{"status":"success","seconds":0.005666691002261359,"cpu":0.007716,"max_rss":15298560,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,11,1.79604364888395071032e+09,'op.start','split',1,'{"pid":26710,"log":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/logs/split.1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,12,1.79604364888786721234e+09,'op.input','split',1,'{"input":"n","manager_key":"io_manager","upstream_step":"load","upstream_output":"result","mapping_key":null,"metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,13,1796043648.88801,'op.input_check','split',1,'{"input":"n","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,14,1.79604364888830637936e+09,'op.output_check','split',1,'{"output":"result","type":"Any","mapping_key":"a","success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,15,1.79604364888945508007e+09,'op.output','split',1,'{"output":"result","manager_key":"io_manager","mapping_key":"a","metadata":{},"path":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/split/result/a","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,16,1.79604364888957285881e+09,'op.output_check','split',1,'{"output":"result","type":"Any","mapping_key":"b","success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,17,1.79604364888994455333e+09,'op.output','split',1,'{"output":"result","manager_key":"io_manager","mapping_key":"b","metadata":{},"path":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/split/result/b","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,18,1.79604364889078569407e+09,'op.end','split',1,'{"status":"success","seconds":0.003403734001039993,"cpu":0.006588,"max_rss":14917632,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,19,1.79604364889078569407e+09,'run.mapped',NULL,NULL,'{"template":"part[?]","steps":["part[a]","part[b]"]}');
INSERT INTO "events" VALUES(1,20,1.79604364892510890957e+09,'op.start','part[a]',1,'{"pid":26717,"log":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/logs/part[a].1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,21,1.79604364894018387797e+09,'op.input','part[a]',1,'{"input":"x","manager_key":"io_manager","upstream_step":"split","upstream_output":"result","mapping_key":"a","metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,22,1.79604364894036436076e+09,'op.input_check','part[a]',1,'{"input":"x","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,23,1.79604364894076609614e+09,'op.output_check','part[a]',1,'{"output":"result","type":"Any","mapping_key":null,"success":true,"description":null,"check_metadata":{},"metadata":{},"dagster":"STEP_OUTPUT"}');
INSERT INTO "events" VALUES(1,24,1.79604364894188356406e+09,'op.output','part[a]',1,'{"output":"result","manager_key":"io_manager","mapping_key":null,"metadata":{},"path":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/part[a]/result","bytes":16,"dagster":"HANDLED_OUTPUT"}');
INSERT INTO "events" VALUES(1,25,1.79604364894281649592e+09,'op.end','part[a]',1,'{"status":"success","seconds":0.016602521005552262,"cpu":0.007169999999999999,"max_rss":14917632,"dagster":"STEP_SUCCESS"}');
INSERT INTO "events" VALUES(1,26,1.79604364896004152301e+09,'op.start','part[b]',1,'{"pid":26720,"log":"/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/logs/part[b].1.out","dagster":"STEP_START"}');
INSERT INTO "events" VALUES(1,27,1.79604364896807861332e+09,'op.input','part[b]',1,'{"input":"x","manager_key":"io_manager","upstream_step":"split","upstream_output":"result","mapping_key":"b","metadata":{},"dagster":"LOADED_INPUT"}');
INSERT INTO "events" VALUES(1,28,1.79604364896828436852e+09,'op.input_check','part[b]',1,'{"input":"x","type":"Any","success":true,"description":null,"metadata":{},"dagster":"STEP_INPUT"}');
INSERT INTO "events" VALUES(1,29,1.79604364899387526511e+09,'op.end','part[b]',1,'{"status":"failed","error":{"type":"ValueError","module":"builtins","message":"bad part","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":18,"name":"part","text":"        raise ValueError(\"bad part\")","column":8,"end_column":36,"end_line":18}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 126, in run\n    made = self._do()\n           ^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 148, in _do\n    thing = next(things, _NO_MORE)\n            ^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 49, in raw_call\n    return op.compute_fn.decorated_fn(**keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 18, in part\n    raise ValueError(\"bad part\")\nValueError: bad part\n"},"seconds":0.0019686890009324998,"source":"USER_CODE_ERROR","cpu":0.014785999999999999,"max_rss":15310848,"retries_used":0,"exhausted":null,"max_retries":null,"dagster":"STEP_FAILURE"}');
INSERT INTO "events" VALUES(1,30,1.79604364899387526511e+09,'op.end','join',NULL,'{"status":"not_run","because":["part[b]"]}');
INSERT INTO "events" VALUES(1,31,1796043649.01473,'run.end',NULL,NULL,'{"status":"failed","seconds":0.5017969608306885,"counts":{"success":3,"failed":1,"not_run":1},"failure_reason":"STEP_FAILURE","error":null,"failed_steps":["part[b]"],"dagster":"RUN_FAILURE"}');
CREATE TABLE outputs (
    run INTEGER NOT NULL,
    step TEXT NOT NULL,
    output TEXT NOT NULL,
    mapping_key TEXT NOT NULL DEFAULT '',
    stored INTEGER NOT NULL,
    manager TEXT,
    path,
    bytes INTEGER,
    type TEXT,
    metadata TEXT,
    PRIMARY KEY (run, step, output, mapping_key)
) WITHOUT ROWID;
INSERT INTO "outputs" VALUES(1,'load','result','',1,'io_manager','/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/load/result',5,'Any',NULL);
INSERT INTO "outputs" VALUES(1,'part[a]','result','',1,'io_manager','/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/part[a]/result',16,'Any',NULL);
INSERT INTO "outputs" VALUES(1,'split','result','a',1,'io_manager','/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/split/result/a',16,'Any',NULL);
INSERT INTO "outputs" VALUES(1,'split','result','b',1,'io_manager','/home/ada/sales/.dagjob/runs/b679bc80-2311-4ed4-b55a-a31dec4b731f/out/split/result/b',16,'Any',NULL);
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
INSERT INTO "runs" VALUES(1,'b679bc80-2311-4ed4-b55a-a31dec4b731f','daily','jobs.py:daily','failed',1.7960436485129330158e+09,1796043649.01473,5.01796960830688476562e-01,NULL,NULL,NULL,'{"team":"data"}','[]','{}','{}',26611,'adas-machine','multiprocess','preloaded',1,'STEP_FAILURE',NULL,'{"success":3,"failed":1,"not_run":1}','');
CREATE TABLE steps (
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
    wait REAL,
    error TEXT,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;
INSERT INTO "steps" VALUES(1,'join','join',3,0,0,'not_run',0,NULL,1.79604364899387526511e+09,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "steps" VALUES(1,'load','load',0,0,0,'success',2,1.79604364877173089984e+09,1.79604364885893774033e+09,5.66669100226135924458e-03,0.007716,15298560,0.0,NULL);
INSERT INTO "steps" VALUES(1,'part[a]','part',2,1,0,'success',1,1.79604364892510890957e+09,1.79604364894281649592e+09,1.66025210055522620677e-02,7.16999999999999929056e-03,14917632,NULL,NULL);
INSERT INTO "steps" VALUES(1,'part[b]','part',2,2,0,'failed',1,1.79604364896004152301e+09,1.79604364899387526511e+09,1.96868900093249976634e-03,1.47859999999999987968e-02,15310848,NULL,'{"type":"ValueError","module":"builtins","message":"bad part","code":"DJ401","frames":[{"file":"/home/ada/sales/jobs.py","line":18,"name":"part","text":"        raise ValueError(\"bad part\")","column":8,"end_column":36,"end_line":18}],"cause":null,"context":null,"notes":[],"members":[],"text":"Traceback (most recent call last):\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 126, in run\n    made = self._do()\n           ^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/step.py\", line 148, in _do\n    thing = next(things, _NO_MORE)\n            ^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 26, in call_body\n    handed = raw_call(op, context, inputs, config, resources)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/dagjob/dagjob/engine/calls.py\", line 49, in raw_call\n    return op.compute_fn.decorated_fn(**keywords)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/home/ada/sales/jobs.py\", line 18, in part\n    raise ValueError(\"bad part\")\nValueError: bad part\n"}');
INSERT INTO "steps" VALUES(1,'split','split',1,0,0,'success',1,1.79604364888395071032e+09,1.79604364889078569407e+09,3.40373400103999301791e-03,0.006588,14917632,NULL,NULL);
CREATE INDEX runs_of_job ON runs (job);
CREATE INDEX runs_running ON runs (status) WHERE status = 'running';
COMMIT;
