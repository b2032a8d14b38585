/** As Promise.all, but waits until all have ended, also when one fails: nothing goes on behind the caller's back. */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
