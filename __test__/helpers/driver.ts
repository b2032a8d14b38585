import type { Storage } from 'rivers-storage'

type PromiseOnly = 'acquireSlots' | 'withSlots'

/** The operations that have both forms, as the promise form declares them. */
export type Driver = {
  [
    K in keyof Storage as K extends string
      ? Storage[K] extends (...args: any[]) => Promise<any>
        ? K extends PromiseOnly
          ? never
          : K
        : never
      : never
  ]: Storage[K]
}

export type Form = 'promise' | 'sync'

/** Calls go to the promise methods as they are, or to their `Sync` twins wrapped in a promise. */
export function drive(storage: Storage, form: Form): Driver {
  const target = storage as unknown as Record<string, (...args: unknown[]) => unknown>
  return new Proxy({} as Driver, {
    get(_, name) {
      // A driver is handed through promises: it must not look like one itself.
      if (typeof name !== 'string' || name === 'then') return undefined
      const method = form === 'promise' ? name : `${name}Sync`
      if (typeof target[method] !== 'function') throw new TypeError(`Storage has no method ${method}`)
      // The promise form is not awaited here, so that a method that throws instead of rejecting is seen.
      if (form === 'promise') return (...args: unknown[]) => target[method]!(...args)
      return async (...args: unknown[]) => target[method]!(...args)
    },
  })
}
