// npm run clients: clients that are too large to be installed with this project, each signed in through its own
// OAuth and its own callback: the Inspector's command line; mcp-remote, which is a server over stdio to other
// clients; and a Worker of Cloudflare's agents (agents/). They are installed into a folder of their own, at the
// versions below.

import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import * as z from 'zod'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { Browser } from '../../local/browser.ts'
import { findFreePort } from '../../local/ports.ts'
import { passSignIn } from '../../local/sign-in.ts'
import { createState, stateDirectory } from '../../local/state.ts'
import { startWorker, writeWorkerEnv } from '../../local/worker.ts'
import { Agent } from '../support/agent.ts'
import { read } from '../support/components.ts'
import { startStack } from '../support/stack.ts'

const VERSIONS = {
  'mcp-remote': '0.15.1',
  '@modelcontextprotocol/inspector': '2.12.0',
  // With the client of MCP that it is built for.
  agents: '0.32.0',
  '@modelcontextprotocol/client': '2.4.0',
} as const
const TOOL = 'test-simple-text'
const TEXT = 'This is a simple text response for testing.'
const CALL_MS = 60_000

const run = promisify(execFile)

/** Nobody is to open a window here: the person walks the pages below. */
const NO_BROWSER = {
  ...process.env,
  BROWSER: '/bin/true',
  DISPLAY: '',
  MCP_AUTO_OPEN_ENABLED: 'true',
}

/** Walks the first authorization page that a client asks its person to open, and comes back to the client. */
function signInWhenAsked(streams: readonly Readable[], user: string): void {
  let said = ''
  let isDone = false
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const [address] = /https?:\/\/\S+\/authorize\?\S+(?=\s)/.exec(said) ?? []
      if (isDone || address === undefined) return
      isDone = true
      void walk(new URL(address), user)
    })
  }
}

/** To the answer of the client's callback. */
async function walk(address: URL, user: string): Promise<string> {
  const { origin } = new URL(address.searchParams.get('redirect_uri') ?? '')
  const browser = new Browser({ stopAt: (url) => url.origin === origin })
  const page = await passSignIn(browser, await browser.open(address), { user })
  return await (await fetch(page.url.href)).text()
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
  console.log(`ok    ${what}`)
}

async function output(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const timer = setTimeout(() => child.kill('SIGKILL'), CALL_MS)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearTimeout(timer)
  if (code !== 0) throw new Error(`ended with ${code}:\n${errors}`)
  return text
}

async function inspector(folder: string, serverUrl: string, era: string): Promise<void> {
  const home = mkdtempSync(join(folder, 'home-'))
  const ask = async (...args: string[]): Promise<string> => {
    const callback = `http://127.0.0.1:${await findFreePort()}/oauth/callback`
    const child = spawn(
      process.execPath,
      [
        join(folder, 'node_modules/.bin/mcp-inspector'),
        ...['--cli', `${serverUrl}/mcp`, '--transport', 'http', '--protocol-era', era],
        ...['--callback-url', callback, ...args],
      ],
      { env: { ...NO_BROWSER, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    signInWhenAsked([child.stdout, child.stderr], 'alice')
    return await output(child)
  }
  expect((await ask('--method', 'tools/list')).includes(TOOL), `Inspector, ${era}: lists tools`)
  const called = await ask('--method', 'tools/call', '--tool-name', TOOL)
  expect(called.includes(TEXT), `Inspector, ${era}: calls one`)
}

async function mcpRemote(folder: string, serverUrl: string): Promise<void> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      join(folder, 'node_modules/.bin/mcp-remote'),
      `${serverUrl}/mcp`,
      String(await findFreePort()),
      '--allow-http',
    ],
    env: {
      ...(NO_BROWSER as Record<string, string>),
      MCP_REMOTE_CONFIG_DIR: mkdtempSync(join(folder, 'remote-')),
    },
    stderr: 'pipe',
  })
  if (transport.stderr !== null) signInWhenAsked([transport.stderr as Readable], 'alice')
  const client = new Client({ name: 'behind mcp-remote', version: '1.0.0' })
  await client.connect(transport, { timeout: CALL_MS })
  const { tools } = await client.listTools()
  expect(
    tools.some(({ name }) => name === TOOL),
    'mcp-remote: lists tools',
  )
  const { content } = await client.callTool({ name: TOOL, arguments: {} })
  expect(JSON.stringify(content).includes(TEXT), 'mcp-remote: calls one')
  await client.close()
}

const Added = z.looseObject({ id: z.string(), state: z.string(), authUrl: z.string().optional() })
const Tools = z.looseObject({ state: z.string().optional(), tools: z.array(z.string()) })

/** A Worker of its own under `wrangler dev`: it is the client, and its person comes back to its callback. */
async function agents(folder: string, serverUrl: string): Promise<void> {
  cpSync(join(import.meta.dirname, 'agents'), folder, { recursive: true })
  const port = await findFreePort()
  const state = stateDirectory({ WASSETTE_EDGE_STATE: join(folder, 'agents-state') })
  createState(state)
  writeWorkerEnv(state, {})
  let said = ''
  const settings = { project: folder, state, port, variables: {} }
  const worker = await startWorker(settings, (line) => (said += `${line}\n`))
  const ask = async (path: string, asked: Record<string, string>): Promise<unknown> => {
    const response = await fetch(
      `http://127.0.0.1:${port}${path}?${new URLSearchParams(asked).toString()}`,
    )
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  try {
    await until(() => answers(port), 'the Worker of agents serves')
    const added = Added.parse(await ask('/add', { url: `${serverUrl}/mcp` }))
    expect(added.state === 'authenticating', 'agents: sends its person to sign in')
    const answer = await walk(new URL(added.authUrl ?? ''), 'alice')
    expect(answer.includes('"authSuccess":true'), 'agents: has its token at its callback')
    const { id } = added
    await until(
      async () => Tools.parse(await ask('/tools', { id })).tools.includes(TOOL),
      'agents: lists tools',
    )
    const called = JSON.stringify(await ask('/call', { id, name: TOOL }))
    expect(called.includes(TEXT), 'agents: calls one')
  } catch (cause) {
    throw new Error(`agents:\n${said}`, { cause })
  } finally {
    await worker.stop()
  }
}

async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => null)
  await response?.body?.cancel()
  return response !== null
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + CALL_MS
  while (!(await holds())) {
    if (Date.now() > deadline) expect(false, what)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  expect(true, what)
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-clients-'))
  const stack = await startStack({ asPerson: true })
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: VERSIONS }))
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder })
    const alice = await Agent.of(stack.url, 'alice')
    const bytes = read('test/fixtures/conformance/conformance.wasm')
    if (!(await alice.upload('conformance', bytes)).ok) throw new Error('not loaded')
    await alice.close()
    await mcpRemote(folder, stack.url)
    await agents(folder, stack.url)
    for (const era of ['legacy', 'modern']) {
      // oxlint-disable-next-line no-await-in-loop -- one window at a time
      await inspector(folder, stack.url, era)
    }
  } finally {
    await stack.stop()
    rmSync(stack.stateDir, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
