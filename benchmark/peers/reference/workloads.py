"""What the reference's wheel does for each workload. It offers no way to store an event: runs are materialized."""

import rivers

VALUE = b"\x07" * 256
KEYS = 100
POOLS = ["db", "api", "gpu"]
STEPS = 34


def kv_get(storage):
    for i in range(KEYS):
        storage.kv_set(f"key{i}", VALUE)
    keys = cycle(KEYS)
    return lambda: storage.kv_get(f"key{next(keys)}")


def kv_set(storage):
    keys = cycle(KEYS)
    return lambda: storage.kv_set(f"key{next(keys)}", VALUE)


def claim_and_free(pools):
    def prepare(storage):
        with_room(storage)
        asked = [(pool, 1) for pool in pools]
        expect(storage._claim_concurrency_slots(asked, "run", "first").is_claimed, True)
        steps = cycle(1 << 30)

        def call():
            step = f"step{next(steps)}"
            storage._claim_concurrency_slots(asked, "run", step)
            storage._free_concurrency_slots("run", step)

        return call

    return prepare


def renew(storage):
    with_room(storage)
    storage._claim_concurrency_slots([("db", 1)], "run", "step")
    return lambda: storage._renew_slot_lease("run", "step")


def callers_claim_and_free(storage):
    with_room(storage)

    def call(caller):
        storage._claim_concurrency_slots([("db", 1)], "run", f"step{caller}")
        storage._free_concurrency_slots("run", f"step{caller}")

    return call


def events_for_run(storage):
    run = materialize(storage, STEPS)
    expect(len(storage.get_events_for_run(run)), 3 * STEPS)
    return lambda: storage.get_events_for_run(run)


def events_for_asset(storage):
    materialize_again(storage)
    return lambda: storage.get_events_for_asset("asset0", limit=100)


def latest_materialization(storage):
    materialize_again(storage)
    return lambda: storage.get_latest_materialization("asset0")


def asset_record(storage):
    materialize(storage, STEPS)
    assets = cycle(STEPS)
    return lambda: storage.get_asset_record(f"asset{next(assets)}")


def staleness(storage):
    materialize(storage, 1000)
    expect(len(storage.compute_staleness()), 1000)
    return storage.compute_staleness


LATENCY = {
    "kvGet, 256 bytes": kv_get,
    "kvSet, 256 bytes": kv_set,
    "claim + free": claim_and_free(["db"]),
    "claim + free, 3 pools": claim_and_free(POOLS),
    "renew": renew,
    "getEventsForRun of 102": events_for_run,
    "getEventsForAsset, newest 100": events_for_asset,
    "getLatestMaterialization": latest_materialization,
    "getAssetRecord": asset_record,
    "computeStaleness of 1000 assets": staleness,
}
THROUGHPUT = {
    "claim + free, 1 caller": callers_claim_and_free,
    "claim + free, 16 callers": callers_claim_and_free,
    "claim + free, 64 callers": callers_claim_and_free,
    "claim + free, 256 callers": callers_claim_and_free,
}


def with_room(storage):
    for pool in POOLS:
        storage.set_pool_limit(pool, 1000)


def materialize_again(storage):
    for _ in range(STEPS):
        materialize(storage, 1)
    expect(len(storage.get_events_for_asset("asset0", limit=1000)), 3 * STEPS)


def materialize(storage, count):
    """A run of that many assets, a tree as the workloads have it: three events of each."""
    repository = rivers.CodeRepository(
        assets=[asset(i) for i in range(count)], default_executor=rivers.Executor.in_process()
    )
    repository.resolve(storage)
    result = repository.materialize()
    expect(result.success, True)
    return result.run_id


def asset(i):
    deps = [rivers.AssetDef.dep(f"asset{i // 2}")] if i else []

    @rivers.Asset(name=f"asset{i}", deps=deps, code_version="1")
    def made() -> int:
        return 1

    return made


def cycle(count):
    while True:
        yield from range(count)


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found} instead of {wanted}")
