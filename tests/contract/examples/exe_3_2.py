"""exe-3, 2: Persisted values of run events"""
from dagjob import DagjobEventType
print(DagjobEventType.RUN_START.value, DagjobEventType.RUN_SUCCESS.value, DagjobEventType.PIPELINE_START is DagjobEventType.RUN_START, DagjobEventType.STEP_START.value)
