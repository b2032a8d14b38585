"""Prints how much resident memory opening a store of the reference takes, in bytes."""

import os
import sys


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


before = resident()

import rivers  # noqa: E402

tier, path = sys.argv[1:]
storage = rivers.Storage.memory() if tier == "memory" else rivers.Storage.embedded(path)
storage.kv_set("key", b"value")
print(resident() - before)
