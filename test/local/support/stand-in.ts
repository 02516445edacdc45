// The local stack around the stand-in Worker, as a process of its own that a test can end in every way there is.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { findFreePort, type Ports } from '../../../local/ports.ts'
import { runningProcesses, type RunningProcess } from '../../../local/processes.ts'
import { REPOSITORY, stateIn, type StateDirectory } from '../../../local/state.ts'

const STARTER = fileURLToPath(new URL('start-stand-in.ts', import.meta.url))
const FIXTURE = fileURLToPath(new URL('../fixture', import.meta.url))

export type Project = { directory: string; state: StateDirectory; ports: Ports; remove(): void }

/** A fresh copy of the stand-in with an empty state and ports nobody uses. */
export async function createProject(): Promise<Project> {
  const directory = mkdtempSync(path.join(tmpdir(), 'wassette-edge-local-'))
  cpSync(FIXTURE, directory, { recursive: true })
  symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(directory, 'node_modules'))
  return {
    directory,
    state: stateIn(path.join(directory, '.local')),
    ports: {
      PORT: await findFreePort(),
      IDENTITY_PORT: await findFreePort(),
      ORIGIN_PORT: await findFreePort(),
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export type Running = {
  pid: number
  url: string
  /** Everything it printed so far. */
  said(): string
  ended: Promise<number | null>
  serving(): Promise<void>
  /** The processes of the Worker: wrangler, esbuild and the runtimes. */
  workerProcesses(): RunningProcess[]
}

export type StartOptions = {
  env?: NodeJS.ProcessEnv
  /** Run by npm, with a shell between, as a person does. Then `pid` is npm's. */
  throughNpm?: boolean
}

export function startStandIn(
  project: Project,
  { env, throughNpm = false }: StartOptions = {},
): Running {
  const { npm_lifecycle_event: _, ...inherited } = process.env
  const ports = Object.entries(project.ports).map(([name, port]) => [name, String(port)])
  const bin = path.join(REPOSITORY, 'node_modules/.bin')
  const node = `node "${STARTER}" "${project.directory}"`
  const manifest = { type: 'module', scripts: { start: `${node} && echo bye` } }
  writeFileSync(path.join(project.directory, 'package.json'), JSON.stringify(manifest))
  const [command, args] = throughNpm
    ? ['npm', ['start']]
    : [process.execPath, [STARTER, project.directory]]
  const child = spawn(command, args, {
    cwd: project.directory,
    env: {
      ...inherited,
      PATH: [bin, inherited.PATH].join(path.delimiter),
      ...Object.fromEntries(ports),
      WASSETTE_EDGE_STATE: project.state.root,
      ...env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const serving = async () => {
    const stopped = ended.then((code) => `ended with ${code}`)
    for (;;) {
      if (output.includes('Ctrl-C')) return
      const end = await Promise.race([stopped, new Promise((done) => setTimeout(done, 50))])
      if (typeof end === 'string') throw new Error(`the stack ${end}: ${output}`)
    }
  }
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${project.ports.PORT}`,
    said: () => output,
    ended,
    serving,
    workerProcesses: () => {
      const { group } = Lock.parse(JSON.parse(readFileSync(project.state.lock, 'utf8')))
      return runningProcesses().filter((process) => process.group === group)
    },
  }
}

const Lock = z.object({ group: z.number() })

/** Waits until a condition holds, and fails when it does not within the time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Whether a process with this pid still runs (one nobody has collected yet does not). */
export function runs({ pid, startedAt }: RunningProcess): boolean {
  return runningProcesses().some((each) => each.pid === pid && each.startedAt === startedAt)
}
