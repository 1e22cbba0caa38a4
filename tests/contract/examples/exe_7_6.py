"""exe-7, example 6: Windows, now, offsets"""
from datetime import datetime, timezone
from dagjob import DailyPartitionsDefinition, HourlyPartitionsDefinition, PartitionKeyRange, TimeWindowPartitionsDefinition
now = datetime(2024, 1, 4, 6, tzinfo=timezone.utc)
print(DailyPartitionsDefinition("2024-01-01").get_partition_keys(now), DailyPartitionsDefinition("2024-01-01", end_offset=1).get_partition_keys(current_time=now)[-1])
h = HourlyPartitionsDefinition("2024-11-03-00:00", timezone="America/New_York")
print(h.get_partition_keys(datetime(2024, 11, 3, 8, 30, tzinfo=timezone.utc)))
print(*[x.isoformat() for x in h.time_window_for_partition_key("2024-11-03-01:00-0500")])
work = TimeWindowPartitionsDefinition(start="2024-01-01", fmt="%Y-%m-%d", cron_schedule="0 9 * * 1-5")
print(work.get_partition_keys_in_range(PartitionKeyRange("2024-01-04", "2024-01-09")))
