// What a decision costs with 1,000 rules, whatever they are: of the ceiling, of a person's grants and of their denials.
// Pure code in this process; `npm run bench` prints it too. It fails when a decision takes longer than it may.

import { pathToFileURL } from 'node:url'
import type { GrantedRule } from '../src/policy/authority.ts'
import { authorityOf } from '../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../src/policy/ceiling.ts'
import type { DrivePath } from '../src/policy/drive-path.ts'
import type { Hostname } from '../src/policy/host.ts'
import type { RequestMessage } from '../src/policy/network.ts'
import { authorizeRequest } from '../src/policy/network.ts'
import { judgeLookup } from '../src/policy/sockets.ts'
import { judgeAccess, mayPass } from '../src/policy/storage.ts'

const RULES = 1_000
/** Decisions that are measured; authorities. */
const DECIDED = 100_000
const ISSUED = 50
/** Microseconds that a decision may take. */
const MOST = 10

const each = <T>(make: (i: number) => T): T[] => Array.from({ length: RULES }, (_, i) => make(i))
const byte = (i: number, shift: number) => (i >> shift) & 255

interface Kind {
  readonly name: string
  /** Every eleventh denies. */
  readonly rules: (i: number) => string
  /** Targets of requests, names to look up, or paths. */
  readonly asked: (i: number) => string
  readonly how: 'request' | 'lookup' | 'read' | 'pass'
}

/** What a thousand rules may have in common, and what is asked of them. */
const KINDS: readonly Kind[] = [
  {
    name: 'a host among hosts and wildcards',
    rules: (i) => `GET,HEAD https://${i % 10 === 0 ? `*.zone${i}.test` : `host${i}.test`}/v1/`,
    asked: (i) => `https://host${i}.test/v1/things?page=2`,
    how: 'request',
  },
  {
    name: 'a host that nothing names',
    rules: (i) => `GET,HEAD https://${i % 10 === 0 ? `*.zone${i}.test` : `host${i}.test`}/v1/`,
    asked: (i) => `https://a.b.other${i}.test/`,
    how: 'request',
  },
  {
    name: 'an address among ranges of IPv4',
    rules: (i) => `cidr 9.${byte(i, 4)}.${byte(i, 0)}.0/${24 - (i % 9)}`,
    asked: (i) => `http://9.${byte(i, 4)}.${byte(i, 0)}.7/`,
    how: 'request',
  },
  {
    name: 'an address among ranges of IPv6',
    rules: (i) => `cidr 2a00:${i.toString(16)}::/${32 + (i % 90)}`,
    asked: (i) => `http://[2a00:${i.toString(16)}::7]/`,
    how: 'request',
  },
  {
    name: 'a name among ranges',
    rules: (i) => `cidr 9.${byte(i, 4)}.${byte(i, 0)}.0/${24 - (i % 9)}`,
    asked: (i) => `http://host${i}.test/`,
    how: 'request',
  },
  {
    name: 'a path among those of one host',
    rules: (i) => `https://one.test/v${i % 7}/part${i}/`,
    asked: (i) => `https://one.test/v${i % 7}/part${i}/x?y=z`,
    how: 'request',
  },
  {
    name: 'a path of one host that nothing names',
    rules: (i) => `https://one.test/v${i % 7}/part${i}/`,
    asked: (i) => `https://one.test/v${i % 7}/other${i}/x`,
    how: 'request',
  },
  {
    name: 'a port among those of one host',
    rules: (i) => `one.test:${i + 1}`,
    asked: (i) => `https://one.test:${i + 1}/`,
    how: 'request',
  },
  {
    name: 'a host under wildcards of all',
    rules: (i) => `GET https://*:${i + 1}/part${i}/`,
    asked: (i) => `https://host${i}.test:${i + 1}/part${i}/`,
    how: 'request',
  },
  {
    name: 'a name of hosts for connections',
    rules: (i) => `tcp://host${i}.test:443`,
    asked: (i) => `host${i}.test`,
    how: 'lookup',
  },
  {
    name: 'a path among directories',
    rules: (i) => `read fs://folder${i}/**`,
    asked: (i) => `/folder${i}/a/b.txt`,
    how: 'read',
  },
  {
    name: 'a path that nothing names',
    rules: (i) => `read fs://folder${i}/**`,
    asked: (i) => `/other${i}/a/b.txt`,
    how: 'read',
  },
  {
    name: 'a path among patterns in any place',
    rules: (i) => `read fs://**/x${i}*.md`,
    asked: (i) => `/deep/er/and/deeper/x${i}-notes.md`,
    how: 'read',
  },
  {
    name: 'a path that no pattern covers',
    rules: (i) => `read fs://**/x${i}*.md`,
    asked: (i) => `/deep/er/and/deeper/y${i}-notes.md`,
    how: 'read',
  },
  {
    name: 'a path among patterns of ends',
    rules: (i) => `read fs://*/x*.${i}`,
    asked: (i) => `/any/x-notes.${i}`,
    how: 'read',
  },
  {
    name: 'a directory on the way',
    rules: (i) => `read fs://folder${i}/a/b/*.md`,
    asked: (i) => `/folder${i}/a`,
    how: 'pass',
  },
]

/** Microseconds of the processor for one run, which a busy machine does not change. It counts in steps of 4 ms. */
function microseconds(runs: number, run: (n: number) => unknown): number {
  const start = process.threadCpuUsage()
  for (let n = 0; n < runs; n += 1) run(n)
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / runs
}

/** `true` when every decision is quick enough. */
export function measurePolicy(): boolean {
  console.log(`policy: ${RULES} rules, microseconds of the processor`)
  const columns = ['decision', 'first', 'authority']
  console.log(`${''.padEnd(40)}${columns.map((name) => name.padStart(10)).join('')}`)
  const slow = KINDS.filter((kind) => !measure(kind))
  console.log('')
  for (const { name } of slow) console.error(`${name}: longer than ${MOST} microseconds`)
  return slow.length === 0
}

/** One decision; the first of a call, which may make an index; the authority of a call, with its rules read anew. */
function measure({ name, rules, asked, how }: Kind): boolean {
  const permission = how === 'read' || how === 'pass' ? 'storage' : 'network'
  const grants = each((i): GrantedRule => {
    const effect = i % 11 === 10 ? 'deny' : 'allow'
    return { id: `g${i}`, permission, rule: rules(i), effect, limited: false }
  })
  const issue = () => decisionOf(grants, how)
  const questions = each(asked).map((question) => readQuestion(question, how))
  const at = (n: number) => questions[n % RULES] ?? ''
  const authority = microseconds(ISSUED, issue)
  const decide = issue()
  for (let n = 0; n < RULES; n += 1) decide(at(n))
  const decision = microseconds(DECIDED, (n) => decide(at(n)))
  const fresh = Array.from({ length: ISSUED }, issue)
  const first = microseconds(ISSUED, (n) => fresh[n]?.(at(n)))
  const numbers = [decision.toFixed(2), first.toFixed(0), authority.toFixed(0)]
  console.log(`${name.padEnd(40)}${numbers.map((number) => number.padStart(10)).join('')}`)
  return decision <= MOST
}

function decisionOf(
  grants: readonly GrantedRule[],
  how: Kind['how'],
): (question: RequestMessage | string) => unknown {
  const imports = ['wasi:http/types@0.2.0', 'wasi:filesystem/types@0.2.0', 'wasi:sockets/tcp@0.2.0']
  const { network, storage } = authorityOf({
    ceilings: [DEFAULT_CEILING],
    grants,
    component: { imports },
    ownHosts: ['edge.example'],
    values: new Map(),
  })
  if (network === null || storage === null) throw new Error('nothing to decide')
  return (question) => {
    if (typeof question !== 'string') return authorizeRequest(network, question)
    if (how === 'lookup') return judgeLookup(network, question as Hostname)
    const path = question as DrivePath
    return how === 'pass' ? mayPass(storage, path) : judgeAccess(storage, path, 'read')
  }
}

function readQuestion(text: string, how: Kind['how']): RequestMessage | string {
  if (how !== 'request') return text
  const [, scheme = '', authority = '', path = ''] = /^(\w+):\/\/([^/]+)(.*)$/.exec(text) ?? []
  const rest = { headers: [], body: null, timeoutMs: null }
  return { method: 'GET', scheme, authority, path, ...rest }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = measurePolicy() ? 0 : 1
}
