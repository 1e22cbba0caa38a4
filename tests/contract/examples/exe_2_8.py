from dagjob import job, op
class Row: ...
@op
def first() -> Row: return Row()
@op
def last(x: Row): ...
@job
def j(): last(first())
for sel in (["nope"], ["first", "nope"], ["first.last"], ["last"], ["+*first"]):
    try:
        j.execute_in_process(op_selection=sel)
    except Exception as err:
        print(sel, type(err).__name__, [n for n in ("first", "last", "nope", "+*first") if n in str(err)], type(err.__cause__).__name__)
