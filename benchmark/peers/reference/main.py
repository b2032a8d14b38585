"""Measures the reference's storage in a process of its own: each request is a line of JSON, and so is each answer."""

import gc
import json
import os
import sys
import threading
import time
import timeit

# Whatever the wheel prints must not get between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import rivers  # noqa: E402
from workloads import LATENCY, THROUGHPUT  # noqa: E402

trials = {}


def start(request):
    """Makes a store for a workload; a slice of it is measured whenever it is asked for."""
    name, tier = request["workload"], request["tier"]
    prepare = LATENCY.get(name) or THROUGHPUT.get(name)
    if tier == "relaxed":
        return {"missing": "each write of its embedded store is synced: see commit"}
    if prepare is None:
        return {"missing": "not offered by its Python wheel"}
    storage = rivers.Storage.memory() if tier == "memory" else rivers.Storage.embedded(request["path"])
    call = prepare(storage)
    callers = request.get("callers")
    sample = (lambda ms: latency(call, ms)) if callers is None else (lambda ms: throughput(call, callers, ms))
    trials[request["trial"]] = sample
    return {}


def measure(request):
    return {"samples": trials[request["trial"]](request["ms"])}


def end(request):
    trials.pop(request["trial"], None)
    gc.collect()
    return {}


def latency(call, ms):
    """Microseconds of each call, timed by the standard library."""
    samples = []
    until = time.perf_counter_ns() + ms * 1_000_000
    while not samples or time.perf_counter_ns() < until:
        samples += timeit.repeat(call, number=1, repeat=1, timer=time.perf_counter_ns)
    return [nanoseconds / 1000 for nanoseconds in samples]


def throughput(call, callers, ms):
    """Calls a second of so many threads."""
    counts = [0] * callers
    begin = time.perf_counter()
    until = begin + ms / 1000

    def run(caller):
        while time.perf_counter() < until:
            call(caller)
            counts[caller] += 1

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [sum(counts) / (time.perf_counter() - begin)]


REQUESTS = {"start": start, "measure": measure, "end": end}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = REQUESTS[request["do"]](request)
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
