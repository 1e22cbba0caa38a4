"""exe-5, 1: Delays"""
from dagjob import Backoff, Jitter, RetryPolicy
print([RetryPolicy(max_retries=4, delay=2).calculate_delay(n) for n in (1, 2, 3, 4)])
print([RetryPolicy(max_retries=4, delay=2, backoff=Backoff.LINEAR).calculate_delay(n) for n in (1, 2, 3, 4)])
print([RetryPolicy(max_retries=4, delay=2, backoff=Backoff.EXPONENTIAL).calculate_delay(n) for n in (1, 2, 3, 4)])
xs = [RetryPolicy(delay=2, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS).calculate_delay(3) for _ in range(2000)]
ys = [RetryPolicy(delay=2, backoff=Backoff.EXPONENTIAL, jitter=Jitter.FULL).calculate_delay(3) for _ in range(2000)]
print(all(12 <= x < 16 for x in xs), all(0 <= y < 14 for y in ys))
print(RetryPolicy(), RetryPolicy() == RetryPolicy(max_retries=1))
