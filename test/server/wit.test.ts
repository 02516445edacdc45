// What stands beside a component, a WIT text and an icon: who may give it, what an agent sees of it, and what it can
// never do.

import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { custom } from '../component/support/binary.ts'
import { withIcon } from '../../src/component/icon-section.ts'
import { Agent, bytesBody, consoleOf } from '../support/agent.ts'
import { constants, fromWit, sha256, withCustomSection } from '../support/components.ts'
import { connect1 } from '../support/mcp-clients.ts'
import { squarePng } from '../support/png.ts'

const { url } = inject('server')

const WORLD = `package a:b@1.0.0;
  interface draw {
    enum color { red, green }
    paint: func(name: string, color: option<color>) -> u32;
    clear: func(all: bool);
  }
  world w { export draw; }`
const TEXT = WORLD.replace('paint:', '/// Paints a thing.\n paint:')
  .replace('name:', '\n/// Which thing.\n name:')
  .replace('red,', '/// Like blood.\n red,')
const PAINT = 'a_b_draw_1_0_0_paint'
const CLEAR = 'a_b_draw_1_0_0_clear'

let alice: Agent
let bob: Agent
let host: Agent
let component: Uint8Array
beforeAll(async () => {
  component = await fromWit(WORLD)
  alice = await Agent.of(url, 'alice')
  bob = await Agent.of(url, 'bob')
  host = await Agent.of(url, 'host', { scope: 'tools:call components:manage console' })
  for (const agent of [alice, bob, host]) await agent.startFresh()
})
afterAll(async () => {
  for (const agent of [alice, bob, host]) {
    await agent.startFresh()
    await agent.close()
  }
})

const put = async (agent: Agent, path: string, body: string) => {
  const isHosts = agent === host && path.startsWith('/api/catalogue/')
  const init = { method: 'PUT', body }
  const answer = await (isHosts ? agent.give(path, init) : agent.api(path, init))
  return { status: answer.status, body: (await answer.json()) as unknown }
}
const describeBy = (agent: Agent, id: string, text: string) =>
  put(agent, `/api/components/${id}/wit`, text)

async function toolOf(agent: Agent, name: string) {
  const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
  return tools.find((tool) => tool.name === name)
}

async function witOf(agent: Agent, id: string): Promise<unknown> {
  const { components } = (await (await agent.api('/api/components')).json()) as {
    components: { id: string; wit: unknown }[]
  }
  return components.find((one) => one.id === id)?.wit
}

describe('a binary with the comments of its WIT', () => {
  it('describes its parameters without a text beside it', async () => {
    const funcs = { paint: { docs: 'Paints a thing.\n\n- name: Which thing.' } }
    const docs = { worlds: {}, interfaces: { draw: { funcs } } }
    const section = custom('package-docs', [1, ...Buffer.from(JSON.stringify(docs))])
    await alice.upload('drawn', Uint8Array.from([...component, ...section]))
    const tool = await toolOf(alice, PAINT)
    expect(tool?.description).toMatch(/^Paints a thing\./)
    expect(tool?.inputSchema.properties).toMatchObject({
      name: { type: 'string', description: 'Which thing.' },
    })
    await alice.value('unload-component', { id: 'drawn' })
  })
})

describe('PUT /api/components/:id/wit', () => {
  it('describes tools and their parameters, and tells every client', async () => {
    const { client, streaming } = await connect1(url, { user: 'alice', name: 'wit watcher' })
    let heard = 0
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void (heard += 1))
    await streaming
    await alice.upload('draw', component)
    await expect.poll(() => heard).toBe(1)
    expect(await toolOf(alice, PAINT)).toMatchObject({
      description: 'paint: func(name: string, color: option<color>) -> u32',
    })
    expect(await describeBy(alice, 'draw', TEXT)).toEqual({
      status: 200,
      body: {
        id: 'draw',
        tools: [PAINT, CLEAR],
        described: { functions: 1, parameters: 1, types: 1 },
      },
    })
    await expect.poll(() => heard).toBe(2)
    await client.close()
    expect(await toolOf(alice, PAINT)).toMatchObject({
      description: 'Paints a thing.',
      inputSchema: {
        properties: {
          name: { type: 'string', description: 'Which thing.' },
          color: { anyOf: [{ enum: ['red', 'green'], description: '- red: Like blood.' }, {}] },
        },
        required: ['name'],
      },
    })
    expect((await toolOf(alice, CLEAR))?.description).toBe('clear: func(all: bool)')
    expect(await witOf(alice, 'draw')).toBe(`sha256:${sha256(Buffer.from(TEXT))}`)
  })

  it('stays while the bytes do', async () => {
    await alice.upload('draw', component)
    expect((await toolOf(alice, PAINT))?.description).toBe('Paints a thing.')
    await alice.upload('draw', withCustomSection(component, 'another version'))
    expect((await toolOf(alice, PAINT))?.description).toMatch(/^paint: func/)
    expect(await witOf(alice, 'draw')).toBe(null)
  })

  it('changes no name and no type, whatever the text declares', async () => {
    const before = await toolOf(alice, PAINT)
    const lying = TEXT.replace('name: string, color: option<color>', 'name: u8, more: string')
    expect(
      await describeBy(
        alice,
        'draw',
        lying.replace('world w {', 'world w { export load-component: func();'),
      ),
    ).toMatchObject({ status: 200, body: { tools: [PAINT, CLEAR] } })
    const after = await toolOf(alice, PAINT)
    const words = (key: string, value: unknown) => (key === 'description' ? undefined : value)
    expect(JSON.stringify(after, words)).toBe(JSON.stringify(before, words))
    expect(after?.description).toBe('Paints a thing.')
  })

  it('shows a text neutralised', async () => {
    await describeBy(alice, 'draw', TEXT.replace('Paints', '\u202eP\u200baints\u001b[2J'))
    expect((await toolOf(alice, PAINT))?.description).toBe('Paints a thing.')
  })

  it.each([
    [
      'cannot be read',
      'interface i {\n  f: func(',
      422,
      'bad-wit',
      { line: 2, expected: 'the name of a parameter or `)`' },
    ],
    ['is of another component', TEXT.replace('a:b', 'c:d'), 422, 'wit-matches-nothing', {}],
    ['has no doc comments', WORLD, 422, 'wit-matches-nothing', {}],
    ['is empty', '', 422, 'wit-matches-nothing', {}],
    ['is too large', `// ${'x'.repeat(256 * 1024)}`, 413, 'wit-too-large', { limit: 262144 }],
  ])('refuses a text that %s, and keeps the one before', async (_, text, status, code, details) => {
    await describeBy(alice, 'draw', TEXT)
    const refused = await describeBy(alice, 'draw', text)
    expect(refused).toMatchObject({ status, body: { error: { code, ...details } } })
    expect((await toolOf(alice, PAINT))?.description).toBe('Paints a thing.')
    expect(await witOf(alice, 'draw')).toBe(`sha256:${sha256(Buffer.from(TEXT))}`)
  })

  it('is for the person whose component it is, with a token that may', async () => {
    expect(await describeBy(bob, 'draw', TEXT)).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown-component' } },
    })
    expect(await witOf(alice, 'draw')).not.toBe(null)
    const caller = await Agent.of(url, 'alice', { scope: 'tools:call' })
    expect((await describeBy(caller, 'draw', TEXT)).status).toBe(403)
    await caller.close()
    const nobody = await fetch(`${url}/api/components/draw/wit`, { method: 'PUT', body: TEXT })
    expect(nobody.status).toBe(401)
  })

  it('ends with the component', async () => {
    await alice.value('unload-component', { id: 'draw' })
    await alice.upload('draw', component)
    expect(await witOf(alice, 'draw')).toBe(null)
    await alice.value('unload-component', { id: 'draw' })
  })
})

describe('PUT /api/catalogue/:name/wit', () => {
  it('describes the tools of whoever loads the entry, and stays while its bytes do', async () => {
    const publish = async (bytes: Uint8Array) =>
      (
        await host.give('/api/catalogue/described?description=Described%20by%20the%20host.', {
          method: 'PUT',
          body: Uint8Array.from(bytes),
        })
      ).status
    expect(await publish(component)).toBe(200)
    const path = '/api/catalogue/described/wit'
    expect(await put(host, path, TEXT)).toMatchObject({
      status: 200,
      body: { name: 'described', described: { functions: 1, parameters: 1, types: 1 } },
    })
    await bob.load('described')
    expect((await toolOf(bob, PAINT))?.description).toBe('Paints a thing.')
    expect(await publish(component)).toBe(200)
    expect(await put(host, path, 'nonsense')).toMatchObject({ status: 422 })
    await bob.value('unload-component', { id: 'described' })
    await bob.load('described')
    expect((await toolOf(bob, PAINT))?.description).toBe('Paints a thing.')
    expect(await publish(withCustomSection(component, 'a new version'))).toBe(200)
    await bob.load('described')
    expect((await toolOf(bob, PAINT))?.description).toMatch(/^paint: func/)
  })

  it('is for the host alone, and for what the catalogue has', async () => {
    expect(await put(alice, '/api/catalogue/described/wit', TEXT)).toMatchObject({
      status: 403,
    })
    const notHost = await Agent.of(url, 'bob', { scope: 'tools:call console' })
    expect(await put(notHost, '/api/catalogue/described/wit', TEXT)).toMatchObject({
      status: 403,
      body: { error: { code: 'not-the-host' } },
    })
    await notHost.close()
    expect(await put(host, '/api/catalogue/no-such/wit', TEXT)).toMatchObject({
      status: 404,
      body: { error: { code: 'not-in-catalogue' } },
    })
  })
})

describe('an icon', () => {
  const OWN = squarePng(16, [200, 0, 0])
  const HOSTS = squarePng(24, [0, 200, 0])
  const HERS = squarePng(32, [0, 0, 200])
  const Icons = z.array(
    z.strictObject({ src: z.string(), mimeType: z.string(), sizes: z.array(z.string()) }),
  )

  const iconsOf = async (agent: Agent, name: string) => {
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    const tool = tools.find((one) => one.name === name)
    return tool?.icons === undefined ? null : Icons.parse(tool.icons)
  }
  const listed = (picture: Uint8Array, side: number) => [
    { src: `${url}/icons/${sha256(picture)}`, mimeType: 'image/png', sizes: [`${side}x${side}`] },
  ]
  const put = (agent: Agent, path: string, picture: Uint8Array) => {
    const init = { method: 'PUT', body: bytesBody(picture) }
    return agent === host ? agent.give(path, init) : agent.api(path, init)
  }

  it('comes with the component, and its person gives another', async () => {
    const picture = withIcon(await constants({ pictured: 1 }), OWN)
    expect((await alice.upload('pictured', picture)).status).toBe(201)
    expect(await iconsOf(alice, 'pictured')).toEqual(listed(OWN, 16))
    const given = await put(alice, '/api/components/pictured/icon', HERS)
    expect(await given.json()).toMatchObject({
      icon: { width: 32, digest: `sha256:${sha256(HERS)}` },
    })
    expect(await iconsOf(alice, 'pictured')).toEqual(listed(HERS, 32))
    // It stays with another version, and goes when she says so.
    await alice.upload('pictured', await constants({ pictured: 2 }))
    expect(await iconsOf(alice, 'pictured')).toEqual(listed(HERS, 32))
    const remove = () => alice.api('/api/components/pictured/icon', { method: 'DELETE' })
    expect((await remove()).status).toBe(204)
    expect(await iconsOf(alice, 'pictured')).toBeNull()
    expect((await remove()).status).toBe(404)
  })

  it('is served to whoever asks, as a picture and nothing else, by its digest alone', async () => {
    const response = await fetch(`${url}/icons/${sha256(HERS)}`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(HERS)
    for (const name of ['0'.repeat(64), sha256(HERS).toUpperCase(), `${sha256(HERS)}.svg`]) {
      expect((await fetch(`${url}/icons/${name}`)).status, name).toBe(404)
    }
  })

  it('is of the server as well', async () => {
    const icons = Icons.parse(alice.client.getServerVersion()?.icons)
    expect(icons).toEqual([{ src: `${url}/icon.png`, mimeType: 'image/png', sizes: ['64x64'] }])
    const response = await fetch(String(icons[0]?.src))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
  })

  it('is refused where it is no picture, with the reason', async () => {
    const path = '/api/components/pictured/icon'
    const refused = async (body: Uint8Array) => {
      const response = await put(alice, path, body)
      const { error } = (await response.json()) as { error: { code: string; message: string } }
      return { status: response.status, ...error }
    }
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')
    expect(await refused(svg)).toEqual({
      status: 422,
      code: 'icon-is-svg',
      message: expect.stringContaining('script'),
    })
    expect(await refused(HERS.subarray(1))).toMatchObject({ status: 422, code: 'icon-unreadable' })
    expect(await refused(squarePng(1_025, [0, 0, 0]))).toMatchObject({ code: 'icon-dimensions' })
    expect(await refused(new Uint8Array(70_000))).toMatchObject({
      status: 413,
      code: 'icon-too-large',
    })
    expect((await put(bob, path, HERS)).status).toBe(404)
  })

  it('is shown in the console, and given there', async () => {
    const person = await consoleOf(url, 'alice')
    const address = `${url}/console/components/pictured/icon`
    expect((await person.open(address)).html).not.toContain('<img')
    const form = new FormData()
    form.set('action', 'set')
    form.set('icon', new File([bytesBody(HERS)], 'x.svg', { type: 'image/svg+xml' }))
    const posted = await person.fetch(address, { method: 'POST', body: form })
    expect(posted.status).toBe(303)
    expect((await person.open(address)).html).toContain(`src="/icons/${sha256(HERS)}"`)
    expect((await person.open(`${url}/console`)).html).toContain(`src="/icons/${sha256(HERS)}"`)
    const elsewhere = { method: 'POST', body: form, headers: { origin: 'https://evil.test' } }
    expect((await person.fetch(address, elsewhere)).status).toBe(403)
    await person.press(await person.open(address), 'action', 'delete')
    expect(await iconsOf(alice, 'pictured')).toBeNull()
  })

  it('is given to everybody by the host, with the entry of the catalogue', async () => {
    const bytes = withIcon(await constants({ illustrated: 1 }), OWN)
    const entry = '/api/catalogue/illustrated'
    expect((await put(host, `${entry}?description=Pictured.`, bytes)).status).toBe(200)
    expect((await put(host, `${entry}/icon`, HOSTS)).status).toBe(200)
    expect((await put(alice, `${entry}/icon`, HOSTS)).status).toBe(403)
    const found = await alice.value('search-components', { query: 'illustrated', limit: 1 })
    expect(found).toMatchObject({ components: [{ name: 'illustrated', icons: listed(HOSTS, 24) }] })
    await alice.load('illustrated')
    expect(await iconsOf(alice, 'illustrated')).toEqual(listed(HOSTS, 24))
    expect((await host.give(`${entry}/icon`, { method: 'DELETE' })).status).toBe(204)
    await alice.load('illustrated')
    expect(await iconsOf(alice, 'illustrated')).toEqual(listed(OWN, 16))
    await alice.value('unload-component', { id: 'illustrated' })
  })
})
