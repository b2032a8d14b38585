// Cuts the bytes of a WebSocket connection into units that may be dropped, held back or repeated alone.

export interface Unit {
  /** The HTTP head that opens the connection, a frame of data, or a frame of control (ping, pong, close). */
  kind: 'head' | 'data' | 'control'
  /** As it is on the wire. */
  bytes: Buffer
}

const HEAD_END = '\r\n\r\n'

/** Gives the units that each chunk of one direction completes. */
export function splitter(): (chunk: Buffer) => Unit[] {
  let buffered: Buffer = Buffer.alloc(0)
  let isOpen = false
  return chunk => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    const units: Unit[] = []
    if (!isOpen) {
      const end = buffered.indexOf(HEAD_END)
      if (end < 0) return units
      isOpen = true
      units.push({ kind: 'head', bytes: buffered.subarray(0, end + HEAD_END.length) })
      buffered = buffered.subarray(end + HEAD_END.length)
    }
    for (let size = frameSize(buffered); size !== null && size <= buffered.length; size = frameSize(buffered)) {
      const isControl = (buffered[0]! & 0x08) !== 0
      units.push({ kind: isControl ? 'control' : 'data', bytes: buffered.subarray(0, size) })
      buffered = buffered.subarray(size)
    }
    return units
  }
}

/** With its header. Null as long as the header is not complete. */
function frameSize(bytes: Buffer): number | null {
  const header = headerOf(bytes)
  return header && header.size + header.payload
}

function headerOf(bytes: Buffer): { size: number; payload: number; isMasked: boolean } | null {
  if (bytes.length < 2) return null
  const isMasked = (bytes[1]! & 0x80) !== 0
  const short = bytes[1]! & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 2 + extra) return null
  const payload = extra === 2 ? bytes.readUInt16BE(2) : extra === 8 ? Number(bytes.readBigUInt64BE(2)) : short
  return { size: 2 + extra + (isMasked ? 4 : 0), payload, isMasked }
}

/** What a frame carries. */
export function payloadOf(frame: Buffer): Buffer {
  const header = headerOf(frame)!
  const payload = Buffer.from(frame.subarray(header.size))
  if (header.isMasked) {
    const mask = frame.subarray(header.size - 4, header.size)
    for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i % 4]!
  }
  return payload
}
