// What a decision costs with 1,000 rules of a person, a part of them denials, under the default ceiling: in the long
// run, and for the first decisions of a call, which has its rules read anew. Pure code in this process; `npm run bench`
// prints it too. It fails when a decision takes longer than it may in the long run.

import { pathToFileURL } from 'node:url'
import type { GrantedRule } from '../src/policy/authority.ts'
import { authorityOf, environmentPermission } from '../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../src/policy/ceiling.ts'
import type { DrivePath } from '../src/policy/drive-path.ts'
import type { VariableKey } from '../src/policy/environment.ts'
import { judgeKey } from '../src/policy/environment.ts'
import type { Hostname } from '../src/policy/host.ts'
import type { Target } from '../src/policy/host-rule.ts'
import type { RequestMessage } from '../src/policy/network.ts'
import { authorizeRequest, judge } from '../src/policy/network.ts'
import { judgeLookup } from '../src/policy/sockets.ts'
import { judgeAccess, mayPass, missingToMove } from '../src/policy/storage.ts'

const RULES = 1_000
/** Decisions that are measured; authorities. */
const DECIDED = 100_000
const ISSUED = 50
/** Decisions after which every list that is asked has its index (`policy/network.ts`). */
const FIRST = 9
/** Microseconds that a decision may take. */
const MOST = 10

const each = <T>(make: (i: number) => T): T[] => Array.from({ length: RULES }, (_, i) => make(i))
const byte = (i: number, shift: number) => (i >> shift) & 255

interface Kind {
  readonly name: string
  /** Every eleventh denies. */
  readonly rules: (i: number) => string
  /** Targets of requests or connections, names to look up, paths, keys of variables. */
  readonly asked: (i: number) => string
  readonly how:
    | 'request'
    | 'connection'
    | 'lookup'
    | 'read'
    | 'pass'
    | 'move'
    | 'move-directory'
    | 'variable'
  /** What is asked is covered by all the rules, and a decision names every grant: it takes as long as they are many. */
  readonly coversAll?: true
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
    name: 'a method among those of one place',
    rules: (i) => `M${i} https://one.test/v1/`,
    asked: (i) => `M${i} https://one.test/v1/x`,
    how: 'request',
  },
  {
    name: 'a place that all rules cover',
    rules: (i) => `GET,M${i} https://one.test/v1/`,
    asked: () => 'https://one.test/v1/x',
    how: 'request',
    coversAll: true,
  },
  {
    name: 'a port of a host for connections',
    rules: (i) => `tcp://one.test:${i + 1}`,
    asked: (i) => `tcp://one.test:${i + 1}`,
    how: 'connection',
  },
  {
    name: 'a name that has rules for requests',
    rules: (i) => `one.test:${i + 1}`,
    asked: () => 'one.test',
    how: 'lookup',
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
  {
    name: 'a file that moves within a directory',
    rules: (i) => `read,write fs://folder${i}/**`,
    asked: (i) => `/folder${i}/a`,
    how: 'move',
  },
  {
    name: 'a directory that moves',
    rules: (i) => (i % 11 === 10 ? `read fs://folder${i}/**` : `write fs://folder${i}/**`),
    asked: (i) => `/folder${i}/a`,
    how: 'move-directory',
  },
  {
    name: 'a variable among variables',
    rules: (i) => `VARIABLE_${i}`,
    asked: (i) => `VARIABLE_${i}`,
    how: 'variable',
  },
]

const PERMISSIONS: Readonly<Record<Kind['how'], GrantedRule['permission']>> = {
  request: 'network',
  connection: 'network',
  lookup: 'network',
  read: 'storage',
  pass: 'storage',
  move: 'storage',
  'move-directory': 'storage',
  variable: 'environment',
}

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
  console.log(
    'decision: in the long run; first, nine: of a call, with what it takes to make an index',
  )
  console.log('authority: of a call, with its rules read anew')
  printRow('', ['decision', 'first', 'nine', 'authority'])
  const slow = KINDS.filter((kind) => !measure(kind))
  console.log('')
  for (const { name } of slow) console.error(`${name}: longer than ${MOST} microseconds`)
  return slow.length === 0
}

function printRow(name: string, cells: readonly string[]): void {
  console.log(`${name.padEnd(40)}${cells.map((cell) => cell.padStart(10)).join('')}`)
}

function measure({ name, rules, asked, how, coversAll }: Kind): boolean {
  const permission = PERMISSIONS[how]
  const grants = each((i): GrantedRule => {
    const effect = i % 11 === 10 && coversAll !== true ? 'deny' : 'allow'
    return { id: `g${i}`, permission, rule: rules(i), effect, limited: false }
  })
  const issue = () => decisionOf(grants)
  const questions = each(asked).map((question) => questionOf(question, how))
  const at = (n: number) => questions[n % RULES] as Question
  const authority = microseconds(ISSUED, issue)
  const decide = issue()
  for (let n = 0; n < RULES; n += 1) decide(at(n))
  const decision = microseconds(coversAll === true ? RULES : DECIDED, (n) => decide(at(n)))
  const fresh = Array.from({ length: ISSUED }, issue)
  const first = microseconds(ISSUED, (n) => fresh[n]?.(at(n)))
  const others = microseconds(ISSUED, (n) => {
    for (let more = 1; more < FIRST; more += 1) fresh[n]?.(at(n + more))
  })
  const numbers = [first, first + others, authority].map((number) => number.toFixed(0))
  printRow(name, [decision.toFixed(2), ...numbers])
  return decision <= MOST || coversAll === true
}

type Question =
  | { readonly how: 'request'; readonly message: RequestMessage }
  | { readonly how: 'connection'; readonly target: Target }
  | { readonly how: 'lookup'; readonly host: Hostname }
  | { readonly how: 'read' | 'pass' | 'move' | 'move-directory'; readonly path: DrivePath }
  | { readonly how: 'variable'; readonly key: VariableKey }

function decisionOf(grants: readonly GrantedRule[]): (question: Question) => unknown {
  const ceilings = [DEFAULT_CEILING] as const
  const { network, storage } = authorityOf({
    ceilings,
    grants,
    component: { imports: IMPORTS },
    ownHosts: ['edge.example'],
    values: new Map([['VARIABLE_1', 'value']]),
  })
  if (network === null || storage === null) throw new Error('nothing to decide')
  const environment = environmentPermission(ceilings, grants)
  return (question) => {
    switch (question.how) {
      case 'request':
        return authorizeRequest(network, question.message)
      case 'connection':
        return judge(network, question.target)
      case 'lookup':
        return judgeLookup(network, question.host)
      case 'read':
        return judgeAccess(storage, question.path, 'read')
      case 'pass':
        return mayPass(storage, question.path)
      case 'move':
      case 'move-directory': {
        const { path, how } = question
        return missingToMove(storage, path, `${path}b` as DrivePath, how === 'move-directory')
      }
      case 'variable':
        return judgeKey(environment, question.key)
    }
  }
}

const IMPORTS = [
  'wasi:http/types@0.2.0',
  'wasi:filesystem/types@0.2.0',
  'wasi:sockets/tcp@0.2.0',
  'wasi:cli/environment@0.2.0',
]

/** `[METHOD ]scheme://authority/path`, or what the kind of question says. */
function questionOf(text: string, how: Kind['how']): Question {
  switch (how) {
    case 'request': {
      const [, method = 'GET', scheme = '', authority = '', path = ''] =
        /^(?:(\w+) )?(\w+):\/\/([^/]+)(.*)$/.exec(text) ?? []
      const rest = { headers: [], body: null, timeoutMs: null }
      return { how, message: { method, scheme, authority, path, ...rest } }
    }
    case 'connection': {
      const [, host = '', port = ''] = /^tcp:\/\/([^:]+):(\d+)$/.exec(text) ?? []
      const at = { scheme: 'tcp', path: '/', method: null } as const
      return { how, target: { ...at, host: host as Hostname, port: Number(port) } }
    }
    case 'lookup':
      return { how, host: text as Hostname }
    case 'variable':
      return { how, key: text as VariableKey }
    default:
      return { how, path: text as DrivePath }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = measurePolicy() ? 0 : 1
}
