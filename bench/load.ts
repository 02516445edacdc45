// npm run bench:load [minutes]: 200 people with 5 sessions each, half of them in either era of MCP, call tools of every
// kind for some minutes; then one more person's component is slow or hostile beside them. Prints calls a second,
// percentiles, errors and memory, and ends with 1 where that does not hold (verdict.ts; docs/load.md).

import { parseArgs } from 'node:util'
import type { Person } from '../local/people.ts'
import { signInHeadless } from '../local/oauth.ts'
import { spinningComponents } from '../test/support/spinners.ts'
import { quantile, upload } from './client.ts'
import { residentMebibytes } from './memory.ts'
import { BenchSession, REVISIONS } from './session.ts'
import { withStack } from './stack.ts'
import type { Look, Neighbour } from './verdict.ts'
import { complaints, growthOf, p99Ratio } from './verdict.ts'

const SCOPE = 'tools:call components:manage'
/** Sign-ins and loads under way while people are prepared. */
const PREPARED_AT_ONCE = 4
/** Looks at memory while nobody is in the way. */
const LOOKS = 48
/** How often a neighbour comes and goes: what else the machine does is then the same with them and without. */
const ROUNDS = 3
const NOW = 'wassette-edge_time_clock_0_1_0_now'
const HELLO = 'http://demo.test/hello'

/**
 * Isolates have the platform's 128 MB, and each collection takes all that is garbage: else what is judged would be when
 * V8 collects in some hundred isolates, and not what they hold. It costs about a third of the speed.
 */
const V8_FLAGS = '--max-old-space-size=128 --max-semi-space-size=1 --gc-global'

/** What one person does beside counting words, which all do: a third of them each. */
const TRADES = ['time', 'fetch', 'filesystem'] as const
const POLICIES: Readonly<Partial<Record<(typeof TRADES)[number], string>>> = {
  fetch: 'version: "1.0"\npermissions: {network: {allow: [{host: "demo.test"}]}}\n',
  filesystem:
    'version: "1.0"\npermissions: {storage: {allow: [{uri: "fs:///", access: ["read", "write"]}]}}\n',
}

/** Of that trade and of no other. */
const TOOLS: Readonly<Record<(typeof TRADES)[number], string>> = {
  time: NOW,
  fetch: 'fetch',
  filesystem: 'write-file',
}

/** Calls that the hostile person has under way, as many as one person may. */
const HOSTILE_AT_ONCE = 16

interface Worker {
  /** Words of the text that this person has counted: no other has as many. */
  readonly words: number
  readonly trade: (typeof TRADES)[number]
  readonly sessions: readonly BenchSession[]
  calls: number
}

interface Phase {
  readonly times: number[]
  readonly seconds: number
  readonly looks: readonly Look[]
  /** What the proxy before the server held at the begin and the end. */
  readonly proxy: readonly [number, number]
}

interface Load {
  /** Calls of each session before anything is measured, of each the first and the others of any. */
  readonly warmUp: number
  readonly people: number
  readonly sessions: number
  readonly atOnce: number
  readonly minutes: number
}

const errors = new Map<string, number>()

async function main(): Promise<void> {
  const load = readArguments()
  process.env['MINIFLARE_WORKERD_V8_FLAGS'] = V8_FLAGS
  const people = Array.from({ length: load.people }, (_, n) => person(`p${n}`))
  const guests = [person('hostile'), person('slow')]
  const options = {
    people: [...people, ...guests],
    variables: { SIGN_IN_ALLOW: '*' },
    withPlainCode: false,
  }
  await withStack(options, (url) => measure(url, load, people))
}

async function measure(url: string, load: Load, people: readonly Person[]): Promise<void> {
  const begun = performance.now()
  const workers = await inParallel(people, PREPARED_AT_ONCE, (one, n) =>
    prepare(url, one.login, n, load),
  )
  const slow = await prepare(url, 'slow', TRADES.indexOf('fetch'), load)
  const hostile = await prepareHostile(url)
  const took = ((performance.now() - begun) / 1_000).toFixed(0)
  console.log(
    `${people.length} people signed in with ${load.sessions} sessions each, in ${took} s; ` +
      `${load.atOnce} calls at once`,
  )
  const everybody = workers.flatMap((worker) =>
    worker.sessions.map((session) => ({ worker, session })),
  )
  const began = mib(residentMebibytes().server)
  const next = anyOf(everybody)
  await inParallel(everybody, load.atOnce, ({ worker, session }) =>
    attempt(() => work(worker, session)),
  )
  const more = Array.from({ length: everybody.length * (load.warmUp - 1) }, () => next)
  await inParallel(more, load.atOnce, (call) => call())
  const warm = mib(residentMebibytes().server)
  console.log(`memory ${began}; ${warm} after ${load.warmUp} calls of each session\n`)
  const ms = load.minutes * 60_000
  const quiet = await during(next, load.atOnce, ms / 2)
  print('nobody else', quiet)
  const neighbours: Neighbour[] = []
  const withOther = async (what: string, other: () => Promise<void>, others: number) => {
    const phases: { alone: Phase; beside: Phase }[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const slice = ms / 6 / ROUNDS / 2
      const alone = await during(next, load.atOnce, slice)
      phases.push({ alone, beside: await beside(next, load, slice, other, others) })
    }
    const times = phases.flatMap((phase) => phase.beside.times)
    const seconds = phases.reduce((sum, phase) => sum + phase.beside.seconds, 0)
    const neighbour = { what, beside: times, alone: phases.flatMap(({ alone }) => alone.times) }
    print(what, { times, seconds }, neighbour)
    neighbours.push(neighbour)
  }
  const [session] = slow.sessions
  const dawdle = async () => {
    const slowly = { url: 'http://demo.test/slow?ms=5000' }
    await attempt(async () => void (await session?.call('fetch', slowly)))
  }
  await withOther('one whose tool is slow', dawdle, 8)
  for (const [what, tool] of [
    ['one whose tool spins', 'spin'],
    ['one whose tool calls the host', 'ask'],
  ] as const) {
    let ended = 0
    const spin = async () => {
      await attempt(async () => void (await hostile(tool)))
      ended += 1
    }
    await withOther(what, spin, HOSTILE_AT_ONCE)
    console.log(
      `${' '.repeat(7)}its calls: ${ended}, each ended by a bound unless told as an error below`,
    )
  }
  tellMemory(quiet)
  console.log(`with the neighbours' part, at the end: ${mib(residentMebibytes().server)}`)
  const found = complaints({ errors: tellErrors(), neighbours, looks: quiet.looks })
  for (const complaint of found) console.log(`DOES NOT HOLD: ${complaint}`)
  if (found.length > 0) process.exitCode = 1
}

/** Signed in through the whole flow, with components and sessions: of one era and of the other in turn. */
async function prepare(url: string, user: string, n: number, load: Load): Promise<Worker> {
  const { accessToken } = await signInHeadless({ serverUrl: url, user, scope: SCOPE })
  const trade = TRADES[n % TRADES.length] ?? 'time'
  const opened = Array.from({ length: load.sessions }, (_, m) =>
    BenchSession.open(url, accessToken, REVISIONS[(n * load.sessions + m) % 2] ?? '2026-07-28'),
  )
  const sessions = await Promise.all(opened)
  const [first] = sessions
  for (const path of ['text-stats', trade]) await first?.call('load-component', { path })
  const policy = POLICIES[trade]
  if (policy !== undefined) await grant(url, user, trade, policy)
  return { words: n + 1, trade, sessions, calls: 0 }
}

/** As the person, with a token that is for nothing else. */
async function grant(url: string, user: string, component: string, body: string): Promise<void> {
  const { accessToken } = await signInHeadless({ serverUrl: url, user, scope: 'console' })
  const headers = { authorization: `Bearer ${accessToken}` }
  const at = `${url}/api/components/${component}/policy`
  const written = await fetch(at, { method: 'PUT', headers, body })
  if (!written.ok) throw new Error(`policy: ${written.status} ${await written.text()}`)
  await written.body?.cancel()
}

/** Calls one of its tools, which ends by a bound; anything else throws. */
async function prepareHostile(url: string): Promise<(tool: string) => Promise<string>> {
  const { accessToken } = await signInHeadless({ serverUrl: url, user: 'hostile', scope: SCOPE })
  const { spinner } = await spinningComponents()
  if (spinner === undefined) throw new Error('no spinner was built')
  await upload(url, accessToken, 'spinner', spinner)
  const session = await BenchSession.open(url, accessToken, '2026-07-28')
  return (tool) => session.boundOf(`test_spin_kit_0_1_0_${tool}`)
}

/** The next call of a person, in an order of theirs that has every kind. An answer that is not theirs throws. */
async function work(worker: Worker, session: BenchSession): Promise<void> {
  worker.calls += 1
  const { calls, trade, words } = worker
  if (calls % 10 === 0) {
    const tools = new Set(await session.listTools())
    const isOff = TRADES.some((each) => tools.has(TOOLS[each]) !== (each === trade))
    if (isOff) throw notTheirs(`tools ${[...tools].join()}`)
  } else if (calls % 10 === 5) {
    const { components } = await session.call('list-components', {})
    const ids = (components as { readonly id: string }[]).map(({ id }) => id).toSorted()
    if (ids.join() !== ['text-stats', trade].toSorted().join())
      throw notTheirs(`components ${ids.join()}`)
  } else if (calls % 2 === 0) {
    const counted = resultOf(await session.call('analyze', { text: 'word '.repeat(words) }))
    if (counted['words'] !== words) throw notTheirs('words')
  } else if (trade === 'time') {
    const { seconds } = resultOf(await session.call(NOW, {}))
    if (!(Math.abs(Number(seconds) - Date.now() / 1_000) < 60)) throw notTheirs('time')
  } else if (trade === 'fetch') {
    const { ok } = resultOf(await session.call('fetch', { url: HELLO }))
    if ((ok as { status?: unknown } | undefined)?.status !== 200) throw notTheirs('status')
  } else if (calls % 4 === 1) {
    await session.call('write-file', { path: '/notes.txt', content: `${calls} calls so far` })
  } else await session.call('file-exists', { path: '/notes.txt' })
}

function resultOf(structured: Record<string, unknown>): Readonly<Record<string, unknown>> {
  return (structured['result'] ?? {}) as Record<string, unknown>
}

function notTheirs(what: string): Error {
  return new Error(`an answer is not of this person: ${what}`)
}

async function attempt(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  try {
    await work()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    errors.set(message, (errors.get(message) ?? 0) + 1)
  }
  return performance.now() - start
}

type Next = () => Promise<number>

/**
 * Any session at any time. In turn, all isolates would be due for a collection at once, and memory would go in waves that
 * no crowd makes.
 */
function anyOf(all: readonly { worker: Worker; session: BenchSession }[]): Next {
  return async () => {
    const one = all[Math.floor(Math.random() * all.length)]
    return one === undefined ? 0 : await attempt(() => work(one.worker, one.session))
  }
}

async function during(next: Next, atOnce: number, ms: number): Promise<Phase> {
  const times: number[] = []
  const looks: Look[] = []
  const look = (): number => {
    const { server, proxy } = residentMebibytes()
    looks.push({ calls: times.length, mebibytes: server })
    return proxy
  }
  const proxyAtBegin = look()
  const start = performance.now()
  const isOver = () => performance.now() - start >= ms
  const looking = setInterval(look, ms / LOOKS)
  const lane = async () => {
    while (!isOver()) times.push(await next())
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  clearInterval(looking)
  const seconds = (performance.now() - start) / 1_000
  return { times, seconds, looks, proxy: [proxyAtBegin, look()] }
}

/** The same while somebody else goes on with `other`, so many times at once. */
async function beside(
  next: Next,
  { atOnce }: Load,
  ms: number,
  other: () => Promise<void>,
  others: number,
): Promise<Phase> {
  const state = { going: true }
  const lane = async () => {
    while (state.going) {
      await other()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const lanes = Array.from({ length: others }, lane)
  const phase = await during(next, atOnce, ms)
  state.going = false
  await Promise.all(lanes)
  return phase
}

function print(what: string, { times, seconds }: Pick<Phase, 'times' | 'seconds'>, by?: Neighbour) {
  const [median, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
  console.log(
    `beside ${what.padEnd(30)}${String(times.length).padStart(7)} calls, ` +
      `${(times.length / seconds).toFixed(0).padStart(4)} a second   ` +
      `median ${median.toFixed(1).padStart(7)} ms   p99 ${p99.toFixed(1).padStart(7)} ms` +
      (by === undefined ? '' : `, ${p99Ratio(by).toFixed(2)} x without`),
  )
}

function tellMemory({ looks, proxy }: Phase): void {
  const { first, second, levelsOff } = growthOf(looks)
  console.log(
    `\nmemory of the server in MiB: ${looks.map(({ mebibytes }) => mebibytes.toFixed(0)).join(' ')}`,
  )
  console.log(
    `grew by ${mib(first)} in the first half of the calls, by ${mib(second)} in the second: ` +
      (levelsOff ? 'levels off' : 'does not level off'),
  )
  const [begin, end] = proxy
  console.log(`the proxy of wrangler dev, not judged: ${mib(begin)}, then ${mib(end)}`)
}

/** How many there were. */
function tellErrors(): number {
  const sum = [...errors.values()].reduce((all, count) => all + count, 0)
  console.log(`errors: ${sum}`)
  for (const [message, count] of errors) console.log(`${String(count).padStart(7)} x ${message}`)
  return sum
}

async function inParallel<T, R>(
  all: readonly T[],
  lanes: number,
  work: (one: T, n: number) => Promise<R>,
): Promise<R[]> {
  const done: R[] = []
  let at = 0
  const lane = async () => {
    for (let n = at; n < all.length; n = at) {
      at += 1
      done[n] = await work(all[n] as T, n)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return done
}

function person(login: string): Person {
  return { login, name: login, email: `${login}@people.test` }
}

function mib(value: number): string {
  return `${value.toFixed(0)} MiB`
}

function readArguments(): Load {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      people: { type: 'string', default: '200' },
      sessions: { type: 'string', default: '5' },
      'at-once': { type: 'string', default: '8' },
      'warm-up': { type: 'string', default: '8' },
    },
  })
  const load = {
    people: Number(values.people),
    sessions: Number(values.sessions),
    atOnce: Number(values['at-once']),
    warmUp: Number(values['warm-up']),
    minutes: Number(positionals[0] ?? '20'),
  }
  if (Object.values(load).some((value) => !(value > 0) || value > 10_000)) {
    console.error(
      'npm run bench:load -- [minutes] [--people 200] [--sessions 5] [--at-once 8] [--warm-up 8]',
    )
    process.exit(2)
  }
  return load
}

await main()
process.exit()
