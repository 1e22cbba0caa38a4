from dagjob import job, op
@op
def n1(): return 1
@op
def n2(): return 2
@op
def n3(): return 3
@op
def add(xs): return xs
@job
def j(): add([n3(), n1(), n2()])
print(j.execute_in_process(op_selection=["n1", "n3", "add"]).output_for_node("add"))
