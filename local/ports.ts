// The three ports of the local stack: read from the environment, and checked before anything starts.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { UsageError } from './usage-error.ts'

export type PortVariable = 'PORT' | 'IDENTITY_PORT' | 'ORIGIN_PORT'
export type Ports = Record<PortVariable, number>

const DEFAULT_PORTS: Readonly<Ports> = { PORT: 8787, IDENTITY_PORT: 8788, ORIGIN_PORT: 8789 }
const SERVES: Readonly<Record<PortVariable, string>> = {
  PORT: 'the Worker',
  IDENTITY_PORT: 'the identity provider',
  ORIGIN_PORT: 'the demo origin',
}

export function readPorts(env: NodeJS.ProcessEnv): Ports {
  const ports = { ...DEFAULT_PORTS }
  for (const variable of portVariables()) {
    const text = env[variable]
    if (text === undefined || text === '') continue
    if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) {
      throw new UsageError(`${variable} is ${JSON.stringify(text)}; it must be a port, 1 to 65535`)
    }
    ports[variable] = Number(text)
  }
  for (const variable of portVariables()) {
    const other = portVariables().find(
      (name) => name !== variable && ports[name] === ports[variable],
    )
    if (other) throw new UsageError(`${variable} and ${other} are both ${ports[variable]}`)
  }
  return ports
}

/** Throws a message that names the first taken port and how to choose another. */
export async function requireFreePorts(ports: Ports, patienceMs = 0): Promise<void> {
  for (const variable of portVariables()) {
    if (await isPortFree(ports[variable], patienceMs)) continue
    throw new UsageError(
      `Port ${ports[variable]} for ${SERVES[variable]} is taken by another program. ` +
        `Set ${variable} to a free one, for example: ${variable}=${ports[variable] + 10} npm start`,
    )
  }
}

export async function isPortFree(port: number, patienceMs = 0): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    if (await canListen(port)) return true
    if (Date.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Below what systems give to connections of their own accord (Linux: 32768 and up): such a port may be taken again at once. */
const FREE_PORTS = { FIRST: 10_000, COUNT: 22_000 } as const

/** A port nobody listens on at this moment, drawn so that two who ask at once hardly get the same. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = FREE_PORTS.FIRST + randomInt(FREE_PORTS.COUNT)
    // oxlint-disable-next-line no-await-in-loop -- one at a time
    if (await canListen(port)) return port
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      probe.close(() => resolve(true)),
    )
  })
}

function portVariables(): PortVariable[] {
  return ['PORT', 'IDENTITY_PORT', 'ORIGIN_PORT']
}
