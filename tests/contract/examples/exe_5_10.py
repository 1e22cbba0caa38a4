"""exe-5, 10: Definition errors"""
from dagjob import Backoff, DagjobInvalidDefinitionError, Jitter, RetryPolicy
for kw in ({"backoff": Backoff.LINEAR}, {"jitter": Jitter.FULL}, {"max_retries": "3"}, {"delay": "1"}):
    try: RetryPolicy(**kw)
    except Exception as e: print(kw, type(e).__name__)
