// wss:// in front of a server, with a certificate of a private authority.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0

export interface Certificates {
  /** The file of the authority. */
  authority: string
  key: Buffer
  certificate: Buffer
}

/** Makes an authority in the folder, and a certificate for `localhost`. */
export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=rivers test')
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost\n')
  const ofAuthority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'server.csr', ...ofAuthority, '-out', 'server.pem')
  return {
    authority: join(folder, 'ca.pem'),
    key: readFileSync(join(folder, 'server.key')),
    certificate: readFileSync(join(folder, 'server.pem')),
  }
}

/** Gives the endpoint of a proxy that speaks TLS to clients. */
export async function startTls(
  server: string,
  { key, certificate }: Certificates,
): Promise<{ endpoint: string; stop(): void }> {
  const port = Number(new URL(server).port)
  const listener = createServer({ key, cert: certificate }, client => {
    const upstream = connect(port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  // Clients that refuse the certificate.
  listener.on('tlsClientError', () => {})
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    endpoint: `wss://localhost:${(listener.address() as AddressInfo).port}`,
    stop: () => void listener.close(),
  }
}
