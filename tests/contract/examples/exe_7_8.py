"""exe-7, example 8: Definition errors"""
from dagjob import DailyPartitionsDefinition, DynamicPartitionsDefinition, MultiPartitionsDefinition, StaticPartitionsDefinition, TimeWindowPartitionsDefinition
S = StaticPartitionsDefinition
for f in (lambda: S(["a", "a"]), lambda: S(["a...b"]), lambda: DailyPartitionsDefinition("01/02/2024"), lambda: DailyPartitionsDefinition("2024-01-01", timezone="Mars/X"),
          lambda: TimeWindowPartitionsDefinition(start="2024-01-01", fmt="%Y-%m-%d", cron_schedule="nope"), lambda: DynamicPartitionsDefinition(),
          lambda: MultiPartitionsDefinition({"a": S(["1"])}), lambda: MultiPartitionsDefinition({"a": S(["1|2"]), "b": S(["x"])})):
    try: f(); print("accepted")
    except Exception as e: print(type(e).__name__)
