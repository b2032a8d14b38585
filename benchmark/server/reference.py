"""Claims and frees slots of a server's pools by the reference's wheel, one thread for each caller; prints JSON."""

import json
import os
import sys
import threading
import time

# Whatever the wheel prints must not get between the answer.
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import rivers  # noqa: E402

endpoint, database = sys.argv[1:3]
pools, limit, callers, warm_up_ms, slice_ms = map(int, sys.argv[3:])

storage = rivers.Storage.connect(endpoint, database=database)
for pool in range(pools):
    storage.set_pool_limit(f"pool{pool}", limit)

begin = time.perf_counter() + warm_up_ms / 1000
end = begin + slice_ms / 1000
counts = [0] * callers
errors = []


def run(caller):
    asked = [(f"pool{caller % pools}", 1)]
    step = 0
    while time.perf_counter() < end:
        step += 1
        try:
            claim = storage._claim_concurrency_slots(asked, f"run{caller}", f"step{step}")
            if not claim.is_claimed:
                raise AssertionError("a claim on a pool with free slots was not granted")
            storage._free_concurrency_slots(f"run{caller}", f"step{step}")
            if begin <= time.perf_counter() < end:
                counts[caller] += 1
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")


for caller in range(callers):
    threading.Thread(target=run, args=(caller,), daemon=True).start()
time.sleep(end - time.perf_counter())
json.dump({"calls": sum(counts), "errors": len(errors), "error": errors[0] if errors else None}, answer)
answer.flush()
# Without waiting for calls under way: their retries may take many seconds, and count no more.
os._exit(0)
