/**
 * So many callers at once, each calling again when it was answered; gives the calls a second of all together. The
 * library's concurrent mode times calls one by one, and its scheduling costs as much as a claim.
 */
export async function sampleThroughput(
  call: (caller: number) => unknown,
  callers: number,
  ms: number,
): Promise<number> {
  let calls = 0
  const start = performance.now()
  const end = start + ms
  const callAgain = async (caller: number): Promise<void> => {
    while (performance.now() < end) {
      await call(caller)
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => callAgain(caller)))
  return (calls * 1000) / (performance.now() - start)
}
