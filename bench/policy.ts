// What a decision costs with 1,000 rules: of the ceiling, of a person's grants and of their denials. Pure code in
// this process; `npm run bench` prints it too.

import { pathToFileURL } from 'node:url'
import { authorityOf } from '../src/policy/authority.ts'
import type { GrantedRule } from '../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../src/policy/ceiling.ts'
import type { DrivePath } from '../src/policy/drive-path.ts'
import type { RequestMessage } from '../src/policy/network.ts'
import { authorizeRequest } from '../src/policy/network.ts'
import { judgeAccess } from '../src/policy/storage.ts'

const RULES = 1_000
const BATCH = 2_000
const BATCHES = 50

/** Nine exact hosts to each wildcard, and a denial to each ten. */
function grants(): GrantedRule[] {
  return Array.from({ length: RULES }, (_, i) => i).flatMap((i): GrantedRule[] => {
    const name = i % 10 === 0 ? `*.zone${i}.test` : `host${i}.test`
    const shared = { limited: false, effect: i % 11 === 0 ? 'deny' : 'allow' } as const
    return [
      { ...shared, id: `n${i}`, permission: 'network', rule: `GET,HEAD https://${name}/v1/` },
      { ...shared, id: `s${i}`, permission: 'storage', rule: `read,write fs://folder${i}/**` },
    ]
  })
}

function request(host: string): RequestMessage {
  return {
    method: 'GET',
    scheme: 'https',
    authority: host,
    path: '/v1/things?page=2',
    headers: [],
    body: null,
    timeoutMs: null,
  }
}

/** Microseconds of one run, the median of many batches. */
function microseconds(run: (n: number) => unknown): number {
  const batches = Array.from({ length: BATCHES }, () => {
    const start = performance.now()
    for (let n = 0; n < BATCH; n += 1) run(n)
    return ((performance.now() - start) * 1_000) / BATCH
  })
  return batches.sort((a, b) => a - b)[BATCHES / 2] ?? Number.NaN
}

export function measurePolicy(): void {
  const given = grants()
  const issue = () =>
    authorityOf({
      ceilings: [DEFAULT_CEILING],
      grants: given,
      component: { imports: ['wasi:http/types@0.2.0', 'wasi:filesystem/types@0.2.0'] },
      ownHosts: ['edge.example'],
      values: new Map(),
    })
  const { network, storage } = issue()
  if (network === null || storage === null) throw new Error('nothing to decide')
  const allowed = Array.from({ length: RULES }, (_, i) => request(`host${i}.test`))
  const refused = Array.from({ length: RULES }, (_, i) => request(`a.b.other${i}.test`))
  const paths = Array.from({ length: RULES }, (_, i) => `/folder${i}/a/b.txt` as DrivePath)
  const at = <T>(list: readonly T[], n: number): T => {
    const item = list[n % list.length]
    if (item === undefined) throw new Error('an empty list')
    return item
  }
  console.log(`policy: ${2 * RULES} rules, median of ${BATCHES} batches, microseconds`)
  for (const [name, run] of [
    ['a request that is named', (n: number) => authorizeRequest(network, at(allowed, n))],
    ['a request that nothing names', (n: number) => authorizeRequest(network, at(refused, n))],
    ['a path that is named', (n: number) => judgeAccess(storage, at(paths, n), 'read')],
  ] as const) {
    console.log(`${name.padEnd(32)} ${microseconds(run).toFixed(2)}`)
  }
  const started = performance.now()
  for (let n = 0; n < 20; n += 1) issue()
  console.log(
    `${'the authority of a call'.padEnd(32)} ${((performance.now() - started) * 50).toFixed(0)}`,
  )
  console.log('')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) measurePolicy()
