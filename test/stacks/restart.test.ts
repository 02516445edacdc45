// What outlives the server: everything that a person was told. A stack of its own, stopped in every way; each
// test goes on from the state of the one before.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { findFreePort, isPortFree } from '../../local/ports.ts'
import {
  Agent,
  bytesBody,
  consoleOf,
  decide,
  decideAt,
  errorOf,
  linkOf,
  textOf,
} from '../support/agent.ts'
import { constants } from '../support/components.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import { raw } from '../support/raw-http.ts'
import { events, modern, Wire } from '../support/wire.ts'

const HELLO = { url: 'http://demo.test/hello' }
const EVERY_SCOPE = 'tools:call components:manage console'
const KNOWLEDGE = 'wassette-edge_memory_knowledge-graph_0_1_0_'
const run = promisify(execFile)

let stack: Stack
let alice: Agent
let person: Browser
/** The session of a client of the sessionful era. */
let session: string
beforeAll(async () => {
  stack = await startStack({ asPerson: true })
  alice = await Agent.of(stack.url, 'alice', { scope: EVERY_SCOPE })
  person = await consoleOf(stack.url, 'alice')
  const legacy = await Agent.with(stack.url, alice.signedIn, { mode: 'legacy' })
  session = legacy.transport.sessionId ?? ''
  await legacy.close()
})
afterAll(async () => {
  await alice.close()
  await stack.stop()
  rmSync(stack.stateDir, { recursive: true, force: true })
})

async function startAgain(asPerson = false): Promise<void> {
  const { stateDir, ports } = stack
  stack = await startStack({ stateDir, ports, asPerson })
}

async function record(): Promise<{ id: string; tool: string }[]> {
  const answer = (await (await alice.api('/api/calls?limit=200')).json()) as {
    calls: { id: string; tool: string }[]
  }
  return answer.calls
}

async function listInSession(): Promise<number> {
  const answer = await raw(`${stack.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${alice.token}`,
      'mcp-session-id': session,
      'mcp-protocol-version': '2025-11-25',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  })
  return answer.status
}

describe('a server that is stopped with Ctrl-C', () => {
  let before: { id: string; tool: string }[]

  it('ends with exit code 0 and frees its ports', async () => {
    const host = await Agent.of(stack.url, 'host', { scope: 'console' })
    const body = bytesBody(await constants({ nine: 9 }))
    const path = '/api/catalogue/nine?description=Always%20nine.'
    expect((await host.api(path, { method: 'PUT', body })).status).toBe(200)
    await host.close()

    await alice.load('fetch')
    await alice.load('nine')
    await decide(person, await alice.call('fetch', HELLO), 'allow')
    expect((await alice.call('fetch', HELLO)).isError).not.toBe(true)
    expect(await listInSession()).toBe(200)
    before = await record()

    expect(await stack.stop()).toBe(0)
    for (const port of Object.values(stack.ports)) expect(await isPortFree(Number(port))).toBe(true)
  })

  it('has everything when it starts again: tokens, sessions, tools, permissions, the record', async () => {
    await startAgain(true)
    expect(await alice.toolNames()).toEqual(expect.arrayContaining(['fetch', 'nine']))
    expect((await person.fetch(`${stack.url}/console`)).status).toBe(200)
    expect(await listInSession()).toBe(200)
    const after = await record()
    expect(after).toEqual(before)
    expect((await alice.call('fetch', HELLO)).isError).not.toBe(true)
    expect(await alice.result('nine')).toBe(9)
    const [newest, next] = await record()
    expect([newest?.tool, next?.tool]).toEqual(['nine', 'fetch'])
  })
})

describe('a server that is killed', () => {
  it('has kept what it answered last: the call, the permission, the component', async () => {
    await alice.upload('seven', await constants({ seven: 7 }))
    const elsewhere = { url: 'http://demo.test:81/' }
    await decide(person, await alice.call('fetch', elsewhere), 'allow')
    expect(await alice.result('seven')).toBe(7)
    stack.process.kill('SIGKILL')
    await once(stack.process, 'exit')
    await startAgain()

    const [newest] = await record()
    expect(newest?.tool).toBe('seven')
    expect(await alice.result('seven')).toBe(7)
    expect(await alice.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      permissions: {
        network: {
          allow: [{ host: 'GET http://demo.test/hello/' }, { host: 'GET http://demo.test:81/' }],
        },
        storage: { allow: [] },
      },
    })
    expect((await alice.call('fetch', HELLO)).isError).not.toBe(true)
    expect((await person.fetch(`${stack.url}/console`)).status).toBe(200)
    expect(await listInSession()).toBe(200)
  })

  it('has kept the graph of the memory component, and takes what is new', async () => {
    const bob = await Agent.of(stack.url, 'bob')
    const hand = await consoleOf(stack.url, 'bob')
    await bob.load('memory')
    const details = { uri: 'fs://memory', access: ['read', 'write'] }
    const asked = await bob.value('grant-storage-permission', { component_id: 'memory', details })
    await decideAt(hand, String(asked['approval_url']), 'allow', { life: 'always' })
    const gone = new AbortController()
    const answered: string[] = []
    const create = async (name: string): Promise<void> => {
      const entities = [{ name, 'entity-type': 'thing', observations: [] }]
      const made = await bob.call(
        `${KNOWLEDGE}create-entities`,
        { entities },
        { signal: gone.signal },
      )
      expect(made.isError, textOf(made)).not.toBe(true)
      answered.push(name)
      // Between the second answer and the last; what fails then fails for that.
      if (answered.length === 2) stack.process.kill('SIGKILL')
    }
    const killed = once(stack.process, 'exit')
    const names = Array.from({ length: 12 }, (_, n) => `thing ${n}`)
    const failures: unknown[] = []
    const making = names.map((name) => create(name).catch((error) => failures.push(error)))
    await Promise.race([killed, Promise.all(making)])
    expect(answered.length, String(failures[0])).toBeGreaterThan(1)
    await killed
    gone.abort()
    await Promise.all(making)
    expect(answered.length).toBeLessThan(names.length)
    await startAgain()

    const { entities } = z
      .object({ ok: z.object({ entities: z.array(z.object({ name: z.string() })) }) })
      .parse(await bob.result(`${KNOWLEDGE}read-graph`)).ok
    expect(entities.map(({ name }) => name)).toEqual(expect.arrayContaining(answered))
    const added = { entities: [{ name: 'after', 'entity-type': 'thing', observations: [] }] }
    expect(await bob.result(`${KNOWLEDGE}create-entities`, added)).toEqual({ ok: added.entities })
    await bob.close()
  })

  it('ends the call that held a question open at its client: the question is void, its page is not', async () => {
    const asked = { name: 'fetch', arguments: { url: 'http://demo.test:82/' } }
    const wire = await Wire.open(stack.url, alice.token)
    const running = events(await wire.send({ id: 5, method: 'tools/call', params: asked }))
    const start = (await running.next()).value
    const question = (await running.next()).value?.message
    expect(question).toMatchObject({ method: 'elicitation/create' })
    const [link = ''] = /https?:\S+\/approvals\/[0-9a-f-]+/.exec(JSON.stringify(question)) ?? []
    const broken = expect(running.next()).rejects.toThrow()
    stack.process.kill('SIGKILL')
    await once(stack.process, 'exit')
    await broken
    await startAgain()

    const missed: unknown[] = []
    for await (const { message } of events(await wire.stream(start?.id))) missed.push(message)
    expect(missed).toMatchObject([question, { id: 5, error: { code: -32000 } }])
    const answer = { action: 'accept', content: { answer: 'I have decided' } }
    expect((await wire.send({ id: question?.['id'], result: answer })).status).toBe(202)
    const code = async () => errorOf(await alice.call(asked.name, asked.arguments))?.['code']
    expect(await code()).toBe('permission-denied')
    await decideAt(person, link, 'allow', { life: 'always' })
    expect(await code()).not.toBe('permission-denied')
    await wire.end()
  })

  it('takes the listen streams with it: who listens again hears what comes', async () => {
    const filter = { notifications: { toolsListChanged: true } }
    const listen = async () => {
      const stream = events(await modern(stack.url, alice.token, 'subscriptions/listen', filter))
      expect((await stream.next()).value?.message).toMatchObject({ params: filter })
      return stream
    }
    const before = await listen()
    const broken = expect(before.next()).rejects.toThrow()
    stack.process.kill('SIGKILL')
    await once(stack.process, 'exit')
    await broken
    await startAgain()

    const after = await listen()
    await alice.upload('heard', await constants({ heard: 1 }))
    expect((await after.next()).value?.message).toMatchObject({
      method: 'notifications/tools/list_changed',
    })
    await after.return(undefined)
    await alice.value('unload-component', { id: 'heard' })
  })

  it('has kept what was taken back', async () => {
    await alice.value('reset-permission', { component_id: 'fetch' })
    await alice.value('unload-component', { id: 'seven' })
    const refused = await alice.call('fetch', HELLO)
    stack.process.kill('SIGKILL')
    await once(stack.process, 'exit')
    await startAgain()
    expect(await alice.toolNames()).not.toContain('seven')
    // The question that was open then is the one that is open now.
    expect(linkOf(await alice.call('fetch', HELLO))).toBe(linkOf(refused))
    expect((await person.open(linkOf(refused))).status).toBe(200)
  })
})

describe('a port that is taken', () => {
  it('is named, with the variable to set, and the start ends with 1', async () => {
    const port = await findFreePort()
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    const env = {
      ...process.env,
      PORT: String(port),
      IDENTITY_PORT: String(await findFreePort()),
      ORIGIN_PORT: String(await findFreePort()),
      WASSETTE_EDGE_STATE: `${stack.stateDir}-other`,
    }
    await expect(run(process.execPath, ['local/start.ts'], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`Port ${port} .*taken.*PORT=\\d+ npm start`)),
    })
    other.close()
    rmSync(`${stack.stateDir}-other`, { recursive: true, force: true })
  })
})

describe('npm run reset', () => {
  it('waits for the server to end, then empties everything', async () => {
    const env = { ...process.env, WASSETTE_EDGE_STATE: stack.stateDir }
    const reset = () => run(process.execPath, ['local/reset.ts'], { env })
    await expect(reset()).rejects.toMatchObject({ code: 1 })
    expect((await alice.call('list-components')).isError).not.toBe(true)

    expect(await stack.stop()).toBe(0)
    await reset()
    expect(existsSync(stack.stateDir)).toBe(false)
    await startAgain(true)
    expect((await alice.api('/api/components')).status).toBe(401)
    const anew = await Agent.of(stack.url, 'alice', { scope: EVERY_SCOPE })
    expect(await anew.components()).toEqual([])
    const { components } = await anew.value('search-components')
    expect(JSON.stringify(components)).not.toContain('"nine"')
    await anew.close()
  })
})
