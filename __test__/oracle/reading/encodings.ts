import { createHash } from 'node:crypto'

// What JSON cannot say is written as an object with one name that begins with '$'. Decoded, a value is what a test would
// write: bytes are Buffers, integers beyond 2^53 are bigints, and only placeholders and `$one_of` are left.

type Encoded = Record<string, unknown>

const DECODERS: Record<string, (content: never) => unknown> = {
  $bytes: (base64: string) => Buffer.from(base64, 'base64'),
  $bytes_pattern: (pattern: BytesPattern) => patternBytes(pattern),
  $str_repeat: ([character, times]: [string, number]) => character.repeat(times),
  $int: (digits: string) => BigInt(digits),
  // What an asynchronous write gave: nothing.
  $tuple: (items: unknown[]) => (items.length === 0 ? null : items.map(decode)),
  $one_of: (items: unknown[]) => ({ $one_of: items.map(decode) }),
}

export function decode(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^\w+:String\("(\$id\d+)"\)$/, '$1')
  if (Array.isArray(value)) return value.map(decode)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Encoded)
  const decoder = entries.length === 1 ? DECODERS[entries[0]![0]] : undefined
  if (decoder) return decoder(entries[0]![1] as never)
  if ((value as Encoded)['$type'] === 'StorageType') return (value as Encoded)['name']
  return Object.fromEntries(entries.filter(saysSomething).map(([name, field]) => [name, decode(field)]))
}

/** D24: nothing is lost where a run has none. `repr` is what Python makes of the other fields. */
const saysSomething = ([name, field]: [string, unknown]): boolean =>
  !['$type', 'repr'].includes(name) && !(['action', 'config'].includes(name) && field === null)

interface BytesPattern {
  len: number
  mul: number
  add: number
  sha256: string
}

function patternBytes({ len, mul, add, sha256 }: BytesPattern): Buffer {
  const period = Buffer.from(Array.from({ length: 256 }, (_, i) => (i * mul + add) % 256))
  const bytes = Buffer.alloc(len, period)
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('bytes of an unknown pattern')
  return bytes
}
