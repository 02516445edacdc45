import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GrantedRule } from '../../src/policy/authority.ts'
import { authorityOf } from '../../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../../src/policy/ceiling.ts'
import type { HintedGrant } from '../../src/policy/hints.ts'
import { hintsOf, effectsOf } from '../../src/policy/hints.ts'
import { judge } from '../../src/policy/network.ts'
import { judgeAccess } from '../../src/policy/storage.ts'
import { drivePaths, networkTexts, storageTexts, targets } from '../support/policies.ts'

const PURE = { keepsState: false, declared: false }
const HTTP = 'wasi:http/outgoing-handler@0.2.4'
const SOCKETS = 'wasi:sockets/tcp@0.2.0'
const FILES = 'wasi:filesystem/types@0.2.0'
const CLOCK = 'wasi:clocks/wall-clock@0.2.0'
const CLIENT = 'wassette-edge:mcp/client@0.1.0'
const INTERFACES = [
  HTTP,
  SOCKETS,
  FILES,
  CLOCK,
  CLIENT,
  'wasi:random/random@0.3.0',
  'wasi:keyvalue/store@0.2.0-draft2',
  'wasi:cli/environment@0.2.0',
  'wassette-edge:mcp/content@0.1.0',
]

const network = (rule: string): HintedGrant => ({ permission: 'network', rule, effect: 'allow' })
const storage = (rule: string): HintedGrant => ({ permission: 'storage', rule, effect: 'allow' })
const hints = (imports: readonly string[], grants: readonly HintedGrant[] = []) =>
  hintsOf(effectsOf(imports, grants), PURE)

const importLists = fc.subarray(INTERFACES)
const grantLists = fc.array(
  fc
    .tuple(
      fc.oneof(
        networkTexts.map((rule) => ({ permission: 'network' as const, rule })),
        storageTexts.map((rule) => ({ permission: 'storage' as const, rule })),
      ),
      fc.constantFrom('allow', 'deny' as const),
    )
    .map(([grant, effect]): GrantedRule => ({
      ...grant,
      id: 'g',
      effect: effect as GrantedRule['effect'],
      limited: false,
    })),
  { maxLength: 5 },
)

describe('hintsOf', () => {
  it('calls a component without an import read-only, idempotent and closed', () => {
    expect(hints(['wasi:cli/environment@0.2.0', 'wasi:io/streams@0.2.0'])).toEqual({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    })
    expect(hints([CLOCK])).toMatchObject({ readOnlyHint: true, idempotentHint: false })
  })

  it('calls requests read-only as long as every grant is for methods that ask for no change', () => {
    expect(hints([HTTP])).toMatchObject({ readOnlyHint: true, openWorldHint: true })
    const reads = [network('GET,HEAD a.test'), network('OPTIONS *.b.test')]
    expect(hints([HTTP], reads)).toMatchObject({ readOnlyHint: true, destructiveHint: false })
    for (const rule of ['a.test', 'GET,POST a.test', 'DELETE https://a.test/v1/', '{url}']) {
      expect(hints([HTTP], [...reads, network(rule)]), rule).toMatchObject({
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
      })
    }
    expect(hints([HTTP], [network('tcp://a.test:5432')]).readOnlyHint).toBe(true)
    expect(hints([SOCKETS], [network('tcp://a.test:5432')]).readOnlyHint).toBe(false)
  })

  it('calls the drive read-only without a grant to write', () => {
    expect(hints([FILES], [storage('read fs:///')]).readOnlyHint).toBe(true)
    expect(hints([FILES], [storage('write fs://inbox')])).toMatchObject({
      readOnlyHint: false,
      destructiveHint: true,
    })
    expect(hints([FILES], [{ ...storage('write fs://inbox'), effect: 'deny' }]).readOnlyHint).toBe(
      true,
    )
  })

  it('calls what keeps something, or says something, no reading', () => {
    expect(hints(['wasi:keyvalue/store@0.2.0-draft2'])).toMatchObject({ destructiveHint: true })
    expect(hints([CLIENT])).toMatchObject({ readOnlyHint: false, destructiveHint: false })
    expect(hintsOf(effectsOf([], []), { keepsState: true, declared: false })).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: false,
    })
    expect(hintsOf(effectsOf([], []), { keepsState: false, declared: true }).openWorldHint).toBe(
      true,
    )
  })

  it('claims no more safety when more is imported or granted', () => {
    fc.assert(
      fc.property(importLists, importLists, grantLists, grantLists, (a, b, few, more) => {
        const before = hints(a, few)
        const after = hints([...a, ...b], [...few, ...more])
        if (after.readOnlyHint) expect(before.readOnlyHint).toBe(true)
        if (after.idempotentHint) expect(before.idempotentHint).toBe(true)
        if (!after.destructiveHint) expect(before.destructiveHint).toBe(false)
        if (!after.openWorldHint) expect(before.openWorldHint).toBe(false)
      }),
    )
  })

  it('is true: what it calls read-only is permitted no change, and what it calls closed no host', () => {
    fc.assert(
      fc.property(importLists, grantLists, targets, drivePaths, (imports, grants, target, path) => {
        const given = hints(imports, grants)
        const authority = authorityOf({
          ceilings: [DEFAULT_CEILING],
          grants,
          component: { imports },
          ownHosts: [],
          values: new Map(),
        })
        const held = target.scheme === 'tcp' ? authority.sockets : authority.network
        const permitted = held !== null && judge(held, target).ok
        const asksForChange = target.method !== 'GET' && target.method !== 'HEAD'
        const writes =
          authority.storage !== null && judgeAccess(authority.storage, path, 'write').ok
        if (permitted) expect(given.openWorldHint).toBe(true)
        if (writes || (permitted && asksForChange)) expect(given.readOnlyHint).toBe(false)
        if (authority.keyValue) expect(given.readOnlyHint).toBe(false)
        expect(given.readOnlyHint && given.destructiveHint).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
