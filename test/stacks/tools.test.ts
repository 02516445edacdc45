// The components that a person installs on the first day, on a server of their own whose upstreams stand for
// the services that they ask. Each is refused until the person allows the host, then answers.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rmSync } from 'node:fs'
import type { CallToolResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, decideHost, denialsOf, textOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import { startStack, type Stack } from '../support/stack.ts'

const HOSTS = [
  'api.github.com',
  'api.open-meteo.com',
  'arxiv.org',
  'export.arxiv.org',
  'geocoding-api.open-meteo.com',
  'pages.test',
]

interface Answer {
  readonly status?: number
  readonly type?: string
  readonly location?: string
  readonly body?: unknown
}

const PLACE = {
  id: 4717560,
  name: 'Paris',
  latitude: 33.66094,
  longitude: -95.55551,
  country_code: 'US',
  timezone: 'America/Chicago',
  country: 'United States',
  admin1: 'Texas',
}
const FORECAST = {
  latitude: 33.66,
  longitude: -95.55,
  timezone: 'America/Chicago',
  current: {
    time: '2026-11-24T06:30',
    interval: 900,
    temperature_2m: 8.1,
    apparent_temperature: 5.9,
    relative_humidity_2m: 93,
    precipitation: 0.4,
    weather_code: 61,
    wind_speed_10m: 11.2,
    wind_direction_10m: 20,
  },
  daily: {
    time: ['2026-11-24', '2026-11-25'],
    weather_code: [63, null],
    temperature_2m_max: [11.3, 9],
    temperature_2m_min: [6.2, null],
    precipitation_sum: [7.9, 0],
    precipitation_probability_max: [95, 3],
    wind_speed_10m_max: [18.4, 7],
  },
}
const REPOSITORY = {
  full_name: 'octocat/hello-world',
  description: 'My first repository',
  html_url: 'https://github.com/octocat/hello-world',
  homepage: '',
  default_branch: 'main',
  language: 'Rust',
  license: { key: 'mit', spdx_id: 'MIT' },
  topics: ['mcp'],
  stargazers_count: 80,
  forks_count: 9,
  open_issues_count: 2,
  archived: false,
  private: false,
  created_at: '2011-01-26T19:01:12Z',
  pushed_at: '2026-11-20T19:06:43Z',
}
const ISSUE = {
  repository_url: 'https://api.github.com/repos/octocat/hello-world',
  number: 7,
  title: 'Found a bug',
  state: 'open',
  user: { login: 'octocat' },
  labels: [{ name: 'bug' }],
  assignees: [],
  comments: 1,
  created_at: '2026-04-22T13:33:48Z',
  updated_at: '2026-04-22T13:33:48Z',
  closed_at: null,
  html_url: 'https://github.com/octocat/hello-world/issues/7',
  body: 'It does not work.',
}
const COMMENT = {
  user: null,
  created_at: '2026-04-23T00:00:00Z',
  body: 'Me too',
  html_url: 'https://github.com/octocat/hello-world/issues/7#issuecomment-1',
}
const PULL_REQUEST = {
  number: 9,
  title: 'Mend the bug',
  state: 'closed',
  draft: false,
  user: { login: 'octocat' },
  head: { label: 'octocat:mend', ref: 'mend' },
  base: { label: 'octocat:main', ref: 'main' },
  created_at: '2026-05-01T00:00:00Z',
  updated_at: '2026-05-02T00:00:00Z',
  merged_at: '2026-05-02T00:00:00Z',
  html_url: 'https://github.com/octocat/hello-world/pull/9',
}
const FILE = {
  type: 'file',
  path: 'README.md',
  sha: '980a0d5f19a64b4b30a87d4206aade58726b60e3',
  size: 13,
  encoding: 'base64',
  content: 'SGVsbG8g\nV29ybGQhCg==\n',
}
const FEED = `<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <title>arXiv Query: search_query=all:attention</title>
  <opensearch:totalResults>40231</opensearch:totalResults>
  <entry>
    <id>http://arxiv.org/abs/1706.03762v7</id>
    <title>Attention Is All
  You Need</title>
    <updated>2023-08-02T00:41:18Z</updated>
    <link href="https://arxiv.org/pdf/1706.03762v7" rel="related" type="application/pdf" title="pdf"/>
    <summary>Models &lt;b&gt; &amp; more</summary>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
    <published>2017-06-12T17:57:34Z</published>
    <arxiv:comment>15 pages, 5 figures</arxiv:comment>
    <arxiv:primary_category term="cs.CL"/>
    <author><name>Ashish Vaswani</name></author>
    <author><name>Noam Shazeer</name></author>
  </entry>
</feed>`
const PDF = '%PDF-1.5\n%%EOF\n'
const PAGE = `<!doctype html><html><head><title>The guide</title><meta name="description" content="How to begin">
<script>document.write('<p>never</p>')</script></head><body><nav><a href="/">Home</a></nav>
<main><h1>Begin</h1><p>Read the <a href="../next?page=2#top">next   page</a> &amp; rest.</p>
<ul><li>one</li><li><b>two</b></li></ul></main><footer>imprint</footer></body></html>`

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/v1/search': { body: { results: [{ ...PLACE, admin1: 'Kentucky' }, PLACE] } },
  '/v1/forecast': { body: FORECAST },
  '/repos/octocat/hello-world': { body: REPOSITORY },
  '/repos/octocat/renamed': {
    status: 301,
    location: 'https://api.github.com/repos/octocat/hello-world',
    body: { message: 'Moved Permanently' },
  },
  '/repos/octocat/missing': { status: 404, body: { message: 'Not Found', status: '404' } },
  '/repos/octocat/hello-world/issues': { body: [ISSUE] },
  '/repos/octocat/hello-world/issues/7': { body: ISSUE },
  '/repos/octocat/hello-world/issues/7/comments': { body: [COMMENT] },
  '/repos/octocat/hello-world/contents/README.md': { body: FILE },
  '/repos/octocat/hello-world/pulls': { body: [PULL_REQUEST] },
  '/search/issues': { body: { total_count: 3, incomplete_results: false, items: [ISSUE] } },
  '/search/repositories': {
    body: { total_count: 1, incomplete_results: false, items: [REPOSITORY] },
  },
  '/api/query': { type: 'application/atom+xml; charset=utf-8', body: FEED },
  '/pdf/1706.03762': { status: 301, location: '/pdf/1706.03762v7' },
  '/pdf/1706.03762v7': { type: 'application/pdf', body: PDF },
  '/guide/begin': { type: 'text/html; charset=utf-8', body: PAGE },
  '/moved': { status: 302, location: '/guide/begin' },
  '/away': { status: 302, location: 'https://elsewhere.test/' },
  '/data': { body: { b: 1, a: [true] } },
}

/** What the upstreams were asked, in order. */
const asked: { path: string; query: URLSearchParams; headers: IncomingMessage['headers'] }[] = []

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://upstream')
  asked.push({ path: pathname, query: searchParams, headers: request.headers })
  const found = ANSWERS[pathname] ?? { status: 404, body: {} }
  const { status = 200, type = 'application/json; charset=utf-8', location, body } = found
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? null)
  response.writeHead(status, { 'content-type': type, ...(location && { location }) }).end(text)
}

let upstream: Server
let stack: Stack
let agent: Agent
let person: Browser
beforeAll(async () => {
  upstream = createServer(answer)
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const upstreams = HOSTS.map((host) => `${host}=http://127.0.0.1:${port}`).join(',')
  stack = await startStack({ upstreams })
  agent = await Agent.of(stack.url, 'alice')
  person = await consoleOf(stack.url, 'alice')
}, 180_000)
afterAll(async () => {
  await agent?.close()
  await stack?.stop()
  upstream?.close()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
})

async function upload(name: string): Promise<void> {
  const response = await agent.upload(name, read(`components/${name}/${name}.wasm`))
  if (!response.ok) throw new Error(`${name}: ${await response.text()}`)
}

/** Calls a tool; the person allows each host that it turns out to need. The hosts, and the last answer. */
async function allowing(
  name: string,
  args: Record<string, unknown>,
): Promise<{ hosts: string[]; result: CallToolResult }> {
  const hosts: string[] = []
  for (;;) {
    const result = await agent.call(name, args)
    if (result._meta?.['wassette-edge/denials'] === undefined) return { hosts, result }
    const host = denialsOf(result).denials[0]?.host
    if (host === undefined || hosts.includes(host)) throw new Error(textOf(result))
    hosts.push(host)
    await decideHost(person, result)
  }
}

/** The `ok` of a call that needs nothing more. */
async function ok(name: string, args: Record<string, unknown>): Promise<unknown> {
  const value = await agent.result(name, args)
  return (value as { ok: unknown }).ok
}

/** The `err` of a call that the component refuses. */
async function err(name: string, args: Record<string, unknown>): Promise<unknown> {
  const { isError, structuredContent } = await agent.call(name, args)
  expect(isError).toBe(true)
  return (structuredContent as { result: { err: unknown } }).result.err
}

describe('weather', () => {
  beforeAll(async () => await upload('weather'))

  it('asks for two hosts, one after the other, and tells the weather of the place meant', async () => {
    const { hosts, result } = await allowing('get-weather', { city: 'Paris, Texas', days: 2 })
    expect(hosts).toEqual(['geocoding-api.open-meteo.com', 'api.open-meteo.com'])
    expect(result.structuredContent).toEqual({
      result: {
        ok: {
          place: {
            name: 'Paris',
            region: 'Texas',
            country: 'United States',
            latitude: 33.66094,
            longitude: -95.55551,
            timezone: 'America/Chicago',
          },
          now: {
            time: '2026-11-24T06:30',
            summary: 'light rain',
            temperature: 8.1,
            'feels-like': 5.9,
            humidity: 93,
            precipitation: 0.4,
            'wind-speed': 11.2,
            'wind-direction': 20,
          },
          days: [
            {
              date: '2026-11-24',
              summary: 'rain',
              high: 11.3,
              low: 6.2,
              precipitation: 7.9,
              'precipitation-probability': 95,
              'wind-speed': 18.4,
            },
            {
              date: '2026-11-25',
              summary: 'unknown',
              high: 9,
              low: null,
              precipitation: 0,
              'precipitation-probability': 3,
              'wind-speed': 7,
            },
          ],
        },
      },
    })
    const forecast = asked.findLast(({ path }) => path === '/v1/forecast')
    expect(forecast?.query.get('forecast_days')).toBe('2')
    expect(forecast?.query.get('timezone')).toBe('America/Chicago')
  })

  it('says when there is no such place', async () => {
    expect(await err('get-weather', { city: 'Paris, Mars' })).toBe(
      'no place is called "Paris, Mars"',
    )
    expect(await err('get-weather', { city: 'Paris', days: 17 })).toBe('days: 1 to 16, not 17')
  })
})

describe('github', () => {
  const hello = { owner: 'octocat', repo: 'hello-world' }
  beforeAll(async () => await upload('github'))

  it('reads a repository once its host is allowed, without a token where none is configured', async () => {
    const { hosts, result } = await allowing('get-repository', hello)
    expect(hosts).toEqual(['api.github.com'])
    expect(result.structuredContent).toMatchObject({
      result: { ok: { 'full-name': 'octocat/hello-world', license: 'MIT', stars: 80 } },
    })
    const { headers } = asked.findLast(({ path }) => path.startsWith('/repos/')) ?? {}
    expect(headers?.['user-agent']).toBe('wassette-edge-github/0.1.0')
    expect(headers?.authorization).toBeUndefined()
  })

  it('follows a repository that was renamed, and says what GitHub says of one that is not there', async () => {
    const renamed = await ok('get-repository', { owner: 'octocat', repo: 'renamed' })
    expect(renamed).toMatchObject({ 'full-name': 'octocat/hello-world' })
    const missing = { owner: 'octocat', repo: 'missing' }
    expect(await err('get-repository', missing)).toBe('GitHub, status 404: Not Found')
    expect(await err('get-repository', { owner: '..', repo: 'x' })).toBe(
      'owner: ".." is not a name',
    )
  })

  it('lists issues by page, and reads one with its comments', async () => {
    const args = { ...hello, state: 'all', page: 2, 'per-page': 5 }
    expect(await ok('list-issues', args)).toMatchObject([{ number: 7, labels: ['bug'] }])
    const query = asked.at(-1)?.query
    expect(Object.fromEntries(query ?? [])).toEqual({ state: 'all', page: '2', per_page: '5' })
    expect(await ok('get-issue', { ...hello, number: 7 })).toMatchObject({
      issue: { repository: 'octocat/hello-world', author: 'octocat', 'pull-request': false },
      body: 'It does not work.',
      comments: [{ author: null, body: 'Me too' }],
    })
  })

  it('lists pull requests, and searches issues', async () => {
    expect(await ok('list-pull-requests', { ...hello, state: 'closed' })).toMatchObject([
      { number: 9, state: 'closed', author: 'octocat', 'merged-at': '2026-05-02T00:00:00Z' },
    ])
    expect(asked.at(-1)?.query.get('state')).toBe('closed')
    const query = 'repo:octocat/hello-world is:open'
    expect(await ok('search-issues', { query, 'per-page': 1 })).toMatchObject({
      total: 3,
      issues: [{ number: 7, repository: 'octocat/hello-world' }],
    })
    expect(Object.fromEntries(asked.at(-1)?.query ?? [])).toMatchObject({ q: query, per_page: '1' })
  })

  it('decodes a file and searches', async () => {
    expect(await ok('get-file', { ...hello, path: '/README.md', ref: 'v1' })).toEqual({
      path: 'README.md',
      size: 13,
      sha: FILE.sha,
      content: { tag: 'text', val: 'Hello World!\n' },
    })
    expect(asked.at(-1)?.query.get('ref')).toBe('v1')
    const found = await ok('search-repositories', { query: 'mcp language:rust' })
    expect(found).toMatchObject({ total: 1, repositories: [{ topics: ['mcp'] }] })
    expect(asked.at(-1)?.query.get('q')).toBe('mcp language:rust')
  })
})

describe('arxiv', () => {
  beforeAll(async () => await upload('arxiv'))

  it('searches with categories and a day, and reads Atom', async () => {
    const { hosts, result } = await allowing('search-papers', {
      query: 'attention',
      'max-results': 1,
      categories: ['cs.CL', 'cs.LG'],
      'date-from': '2017-01-01',
    })
    expect(hosts).toEqual(['export.arxiv.org'])
    expect(result.structuredContent).toEqual({
      result: {
        ok: {
          total: 40231,
          papers: [
            {
              id: '1706.03762v7',
              title: 'Attention Is All You Need',
              authors: ['Ashish Vaswani', 'Noam Shazeer'],
              summary: 'Models <b> & more',
              'primary-category': 'cs.CL',
              categories: ['cs.CL', 'cs.LG'],
              published: '2017-06-12T17:57:34Z',
              updated: '2023-08-02T00:41:18Z',
              comment: '15 pages, 5 figures',
              journal: null,
              doi: null,
              url: 'https://arxiv.org/abs/1706.03762v7',
              'pdf-url': 'https://arxiv.org/pdf/1706.03762v7',
            },
          ],
        },
      },
    })
    expect(asked.at(-1)?.query.get('search_query')).toBe(
      'all:attention AND (cat:cs.CL OR cat:cs.LG) AND submittedDate:[201701010000 TO 999912312359]',
    )
  })

  it('finds a paper by the address of its page, and downloads it as bytes', async () => {
    const paper = await ok('get-paper', { id: 'https://arxiv.org/abs/1706.03762' })
    expect(paper).toMatchObject({ id: '1706.03762v7' })
    const { hosts, result } = await allowing('download-pdf', { id: '1706.03762' })
    expect(hosts).toEqual(['arxiv.org'])
    const bytes = Buffer.from(PDF).toString('base64')
    expect(result.structuredContent).toEqual({ result: { ok: bytes } })
    expect(await err('get-paper', { id: '../secret' })).toBe(
      'id: "../secret" is no identifier of arXiv',
    )
  })
})

describe('read-page', () => {
  beforeAll(async () => await upload('read-page'))

  it('gives an agent what a person would read', async () => {
    const { hosts, result } = await allowing('read-page', { url: 'http://pages.test/guide/begin' })
    expect(hosts).toEqual(['pages.test'])
    expect(result.structuredContent).toEqual({
      result: {
        ok: {
          url: 'http://pages.test/guide/begin',
          status: 200,
          'content-type': 'text/html; charset=utf-8',
          title: 'The guide',
          description: 'How to begin',
          text: '# Begin\n\nRead the [next page](http://pages.test/next?page=2) & rest.\n\n- one\n- **two**',
          next: null,
          links: [{ text: 'next page', url: 'http://pages.test/next?page=2' }],
        },
      },
    })
  })

  it('follows a redirect to what is allowed, and names the host that is not', async () => {
    const moved = await ok('read-page', { url: 'http://pages.test/moved' })
    expect(moved).toMatchObject({ url: 'http://pages.test/guide/begin', title: 'The guide' })
    const away = await agent.call('read-page', { url: 'http://pages.test/away' })
    expect(denialsOf(away).denials).toMatchObject([{ host: 'elsewhere.test' }])
    expect(textOf(away)).toContain('HTTP-request-denied')
  })

  it('indents JSON and reads on where it was told to', async () => {
    const url = 'http://pages.test/data'
    const text = '{\n  "b": 1,\n  "a": [\n    true\n  ]\n}'
    expect(await ok('read-page', { url })).toMatchObject({ text, next: null })
    const part = await ok('read-page', { url, start: 2, 'max-characters': 5 })
    expect(part).toMatchObject({ text: text.slice(2, 7), next: 7 })
  })
})

describe('python', () => {
  beforeAll(async () => await upload('python'), 120_000)

  it('evaluates an expression, with modules at hand', async () => {
    expect(await ok('eval', { expression: '[n * n for n in (1, 2, 3)]' })).toBe('[1, 4, 9]')
    const expression =
      'json.dumps({"root": math.isqrt(2**64), "words": re.findall(r"\\w+", "a b")})'
    expect(await ok('eval', { expression })).toBe(`'{"root": 4294967296, "words": ["a", "b"]}'`)
  })

  it('runs a program: what it printed, and its last expression', async () => {
    const code =
      'import sys\ntotal: int = 0\nfor n in range(3):\n    print(n)\n    total += n\nprint("!", file=sys.stderr)\ntotal'
    expect(await ok('exec', { code })).toEqual({ stdout: '0\n1\n2\n', stderr: '!\n', value: '3' })
  })

  it('answers an exception with its traceback, after what was printed before', async () => {
    expect(await err('exec', { code: 'print("before")\n1 / 0' })).toBe(
      'before\nTraceback (most recent call last):\n  File "<code>", line 2, in <module>\nZeroDivisionError: division by zero\n',
    )
  })

  it('leaves nothing for the next call', async () => {
    await ok('exec', { code: 'import sys\nsys.modules["left"] = sys' })
    expect(await err('exec', { code: 'import left' })).toContain('ModuleNotFoundError')
  })

  it('has no environment, no network and no files but the drive', async () => {
    const code = 'import os\ndict(os.environ)'
    expect(await ok('exec', { code })).toMatchObject({ value: '{}' })
    expect(await err('exec', { code: 'import socket' })).toContain('ModuleNotFoundError')
    const opened = await agent.call('exec', { code: 'open("/etc/passwd").read()' })
    expect(opened.isError).toBe(true)
  })
})

describe('json-tools', () => {
  const tool = (name: string) => `wassette-edge_json-tools_json_0_1_0_${name}`
  const json = '{"items":[{"name":"a","price":5},{"name":"b","price":15}]}'
  beforeAll(async () => await upload('json-tools'))

  it('imports nothing', async () => {
    const component = (await agent.components()).find(({ id }) => id === 'json-tools')
    expect(component?.imports).toEqual([])
  })

  it('looks into JSON by pointer and by path', async () => {
    expect(await ok(tool('query'), { json, path: '/items/1/name' })).toBe('"b"')
    const path = 'items[?price >= 10].{name, cost: price}'
    expect(await ok(tool('query'), { json, path })).toBe('[{"name":"b","cost":15}]')
    expect(await err(tool('query'), { json, path: 'items[9]' })).toBe('path: [9] is not there')
  })

  it('compares, lays out and checks', async () => {
    expect(await ok(tool('diff'), { before: '{"a":1,"b":[1]}', after: '{"b":[1,2]}' })).toEqual([
      { path: '/a', kind: 'removed', before: '1', after: null },
      { path: '/b/1', kind: 'added', before: null, after: '2' },
    ])
    const args = { json: '{"b":1,"a":[]}', indent: 0, 'sort-keys': true }
    expect(await ok(tool('format'), args)).toBe('{"a":[],"b":1}')
    const schema = '{"properties":{"items":{"items":{"properties":{"price":{"maximum":9}}}}}}'
    expect(await ok(tool('validate'), { json, schema })).toEqual([
      { path: '/items/1/price', message: 'is more than 9' },
    ])
    expect(await err(tool('validate'), { json, schema: '{"unevaluatedItems":false}' })).toBe(
      'schema: "unevaluatedItems" is not supported',
    )
  })
})
