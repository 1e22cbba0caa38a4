# file: rx6.py
from rxj import *
from dagjob import graph
@graph
def gr(): a()
made_var = gr.to_job(name="made_var")
lam = lambda: gr.to_job()
def made(): return gr.to_job(name="made")
if __name__ == "__main__":
    def local():
        @job
        def inner(): a()
        return inner
    for name, target in (("graph", gr), ("variable", made_var), ("lambda", lam), ("nested", local()), ("number", 5), ("function", made)):
        try: print(name, reconstructable(target).get_definition().name)
        except Exception as e: print(name, type(e).__name__)
