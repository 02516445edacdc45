// The stack for real, ended in every way it can end. Every test goes on with the state and the ports of the one before.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { signInHeadless } from '../../local/oauth.ts'
import { REPOSITORY } from '../../local/state.ts'
import {
  createProject,
  runs,
  startStandIn,
  until,
  type Project,
  type Running,
  type StartOptions,
} from './support/stand-in.ts'

const run = promisify(execFile)
const Held = z.looseObject({ visits: z.number(), upstreams: z.string(), publicUrl: z.string() })

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** Milliseconds: a runtime alone takes seconds to start, and many on a busy machine. */
const LATER_MS = 40_000

let project: Project
let stack: Running | undefined
let visits = 0

beforeAll(async () => {
  project = await createProject()
})
afterEach(async () => {
  if (stack) await end(stack, 'SIGTERM')
  stack = undefined
})
afterAll(() => project.remove())

async function serve(options: StartOptions = {}): Promise<Running> {
  stack = startStandIn(project, options)
  await stack.serving()
  return stack
}

async function end({ pid, ended }: Running, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {} // It has ended already.
  return ended
}

/** What the Worker holds. Every look is counted in D1: a lower count would be lost state. */
async function look({ url }: Running) {
  const held = Held.parse(await (await fetch(`${url}/held`)).json())
  expect(held.visits).toBe(++visits)
  return held
}

function kill(running: Running, part: string): void {
  const victims = running.workerProcesses().filter(({ command }) => command.includes(part))
  expect(victims.length).toBeGreaterThan(0)
  for (const { pid } of victims) process.kill(pid, 'SIGKILL')
}

async function healthy({ url }: Running): Promise<boolean> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => null,
  )
  return response?.ok ?? false
}

async function script(name: string, args: string[]) {
  const env = { ...process.env, WASSETTE_EDGE_STATE: project.state.root }
  return run(process.execPath, [path.join(REPOSITORY, 'local', name), ...args], { env })
}

describe('npm start', () => {
  it('serves, configured for this machine, and says where', async () => {
    const env = { EGRESS_UPSTREAMS: 'api.test=http://127.0.0.1:5', OIDC_ISSUER: 'http://evil.test' }
    const running = await serve({ env })
    const { PORT, ORIGIN_PORT } = project.ports
    expect(running.said()).toContain(`${running.url}/mcp`)
    expect(await look(running)).toMatchObject({
      publicUrl: `http://127.0.0.1:${PORT}`,
      upstreams: `demo.test=http://127.0.0.1:${ORIGIN_PORT},api.test=http://127.0.0.1:5`,
      catalogue: [{ name: 'greeter' }],
    })
    expect(readFileSync(project.state.workerEnv, 'utf8')).toContain('OIDC_CLIENT_SECRET=')
  })

  it('gives a token through the whole flow', async () => {
    const { url } = await serve()
    const args = ['--user', 'alice', '--scope', 'tools:call', '--url', url]
    const { stdout } = await script('token.ts', args)
    const authorization = `Bearer ${stdout.trim()}`
    const answer = await fetch(`${url}/mcp`, { headers: { authorization } })
    expect(await answer.json()).toEqual({ you: 'alice' })

    const refused = (more: string[]) => script('token.ts', [...args, ...more])
    await expect(refused(['--user', 'mallory'])).rejects.toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('people: alice, bob, host'),
    })
    await expect(refused(['--scope', 'root'])).rejects.toMatchObject({
      stderr: expect.stringContaining('scopes: tools:call, components:manage'),
    })
    const denied = signInHeadless({
      serverUrl: url,
      user: 'bob',
      scope: 'tools:call',
      decision: 'deny',
    })
    await expect(denied).rejects.toMatchObject({ error: 'access_denied' })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops everything on %s, and exits with 0',
    async (signal) => {
      const running = await serve()
      await look(running)
      const workers = running.workerProcesses()
      expect(workers.length).toBeGreaterThan(3)
      expect(await end(running, signal)).toBe(0)
      expect(workers.filter(runs)).toEqual([])
      expect(existsSync(project.state.lock)).toBe(false)
    },
  )

  it('leaves nothing running after kill -9, and starts again at once with its state', async () => {
    const running = await serve()
    await look(running)
    const workers = running.workerProcesses()
    await end(running, 'SIGKILL')
    const next = await serve()
    await look(next)
    await until(() => !workers.some(runs), LATER_MS)
  })

  it('cleans up on the next start when kill -9 took the guard as well', async () => {
    const running = await serve()
    await look(running)
    const workers = running.workerProcesses()
    const guard = workers.find(({ pid }) => pid === workers[0]?.group)?.parent ?? 0
    process.kill(running.pid, 'SIGKILL')
    process.kill(guard, 'SIGKILL')
    await running.ended
    expect(workers.some(runs)).toBe(true)
    await look(await serve())
    expect(workers.some(runs)).toBe(false)
  })

  it('ends with the npm that started it, also when that is killed', async () => {
    const running = await serve({ throughNpm: true })
    await look(running)
    const workers = running.workerProcesses()
    process.kill(running.pid, 'SIGKILL')
    await until(() => !workers.some(runs), LATER_MS)
    await until(() => !existsSync(project.state.lock), LATER_MS)
  })

  it.each([
    ['wrangler', () => 'wrangler-dist/cli.js'],
    ['every runtime', () => 'workerd serve'],
    ['the runtime in front', () => `entry=127.0.0.1:${project.ports.PORT}`],
  ])('brings the Worker back when %s is killed', async (_, victim) => {
    const running = await serve()
    await look(running)
    kill(running, victim())
    await until(() => running.said().includes('starting it again'), LATER_MS)
    await until(() => healthy(running), LATER_MS)
    await look(running)
  })

  it('leaves it to wrangler to bring back the runtime of our code', async () => {
    const running = await serve()
    await look(running)
    kill(running, 'entry=127.0.0.1:0')
    await until(() => healthy(running), LATER_MS)
    await look(running)
    expect(running.said()).not.toContain('starting it again')
  })

  it('refuses to share its state with another one, and reset waits for the end', async () => {
    await serve()
    const other = { PORT: '1', IDENTITY_PORT: '2', ORIGIN_PORT: '3' }
    const second = startStandIn(project, { env: other })
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain('already runs with this state')
    await expect(script('reset.ts', [])).rejects.toMatchObject({
      stderr: expect.stringContaining('already runs'),
    })
  })

  it('names the port that is taken and the variable to set, and exits with 1', async () => {
    const port = project.ports.IDENTITY_PORT
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const refused = startStandIn(project)
    expect(await refused.ended).toBe(1)
    expect(refused.said()).toMatch(new RegExp(`Port ${port} .*is taken.*IDENTITY_PORT`))
    await new Promise((resolve) => server.close(resolve))
  })

  it('forgets everything on reset', async () => {
    await script('reset.ts', [])
    expect(existsSync(project.state.root)).toBe(false)
    visits = 0
    await look(await serve())
  })
})
