/** A value of the key-value store, as plans name it: short enough to be written to a pipe with every operation. */
export interface Bytes {
  /** Its first bytes. The rest follows from it, and does not compress. */
  text: string
  size: number
}

/** What a reader says about the bytes that it found. */
export interface Digest {
  head: string
  size: number
  sha1: string
}

// Both functions are copied into child processes as source text, so they use nothing but `require` and globals.

export function bytesOf({ text, size }: Bytes): Buffer {
  const { createCipheriv } = require('node:crypto') as typeof import('node:crypto')
  const key = Buffer.alloc(16, text)
  const rest = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
  rest.write(text)
  return rest
}

export function digestOf(bytes: Uint8Array): Digest {
  const { createHash } = require('node:crypto') as typeof import('node:crypto')
  const head = Buffer.from(bytes.subarray(0, 24)).toString('latin1')
  return { head, size: bytes.length, sha1: createHash('sha1').update(bytes).digest('hex') }
}
