// SurrealDB's own server, as crates/server builds it, for tests and examples of stores on servers.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { targetDir } from './workspace.js'

/** It is there once `npm run server` has built it. */
export const serverBinary = join(targetDir, 'debug', 'rivers-storage-server')

export const hasServer = (): boolean => existsSync(serverBinary)

export interface Server {
  /** `ws://127.0.0.1:PORT` */
  endpoint: string
  process: ChildProcess
  stop(): Promise<void>
}

export interface ServerOptions {
  /** `memory`, or `rocksdb:` and a path. */
  store?: string
  port?: number
  /** Without a root user, whoever connects may do everything. */
  root?: { username: string; password: string }
}

/** Starts a server on a free port of the loopback, and waits until it answers. */
export async function startServer({ store = 'memory', port, root }: ServerOptions = {}): Promise<Server> {
  const bound = port ?? (await freePort())
  const users = root ? ['--user', root.username, '--pass', root.password] : ['--unauthenticated']
  const args = ['start', ...users, '--bind', `127.0.0.1:${bound}`, '--log', 'error', '--no-banner', store]
  const child = spawn(serverBinary, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  const deadline = Date.now() + 30_000
  while (!(await isReady(bound))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new Error(`the server did not start on port ${bound}`)
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return { endpoint: `ws://127.0.0.1:${bound}`, process: child, stop }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
