// One question that a call put to its authority, as it is recorded, and the judging of it: by the functions
// that judge live calls. What it holds is what a decision needs, and nothing more.

import * as z from 'zod'
import type { Authority } from './authority.ts'
import type { DrivePath } from './drive-path.ts'
import type { EnvironmentPermission } from './environment.ts'
import { judgeKey, parseVariableKey } from './environment.ts'
import type { Hostname } from './host.ts'
import { denies, matches } from './host-match.ts'
import type { HostRule, Target } from './host-rule.ts'
import type { Permit } from './layers.ts'
import type { NetworkPermission } from './network.ts'
import { judge } from './network.ts'
import type { Redactor } from './redaction.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import { judgeLookup } from './sockets.ts'
import { judgeAnyOf, mayPass, missingToMove } from './storage.ts'

/** What was asked for. Paths of requests are without query. */
export const Asked = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('request'),
    scheme: z.enum(['http', 'https']),
    host: z.string(),
    port: z.number().int(),
    method: z.string(),
    path: z.string(),
    /** The path was longer: `path` is its beginning. */
    cut: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('connection'), host: z.string(), port: z.number().int() }),
  z.strictObject({ kind: z.literal('lookup'), host: z.string() }),
  z.strictObject({
    kind: z.literal('access'),
    path: z.string(),
    /** `any`: reading or writing, whichever is permitted. */
    access: z.enum(['read', 'write', 'any']),
    /** What lies there is a directory that was only looked at: it may be where it leads to something granted. */
    passes: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('move'),
    from: z.string(),
    to: z.string(),
    directory: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('variable'), key: z.string() }),
])
export type Asked = z.infer<typeof Asked>

/** `spent`: nothing was left of a limited grant. `gone`: the component was. */
export const AskedVerdict = z.enum([
  'allowed',
  'not-granted',
  'denied',
  'ceiling',
  'unreachable',
  'name-not-granted',
  'spent',
  'gone',
])
export type AskedVerdict = z.infer<typeof AskedVerdict>

/** `rule` is the person's, where one of theirs denies. */
export interface Refusal {
  readonly reason: Exclude<AskedVerdict, 'allowed'>
  readonly rule: string | null
}

/** What a call may do, bound to its arguments, with the variables that it may be handed. */
export interface Judged {
  readonly authority: Authority
  readonly environment: EnvironmentPermission
}

export function askedOf(target: Target & { readonly method: string }): Asked {
  const { scheme, host, port, method, path } = target
  if (scheme === 'tcp') return { kind: 'connection', host, port }
  return { kind: 'request', scheme, host, port, method, path, cut: false }
}

/** With so many characters of the path of a request, which may hold what is not to be told. */
export function shortened(asked: Asked, chars: number, redactor: Redactor): Asked {
  if (asked.kind !== 'request' || asked.path.length <= chars) return asked
  return { ...asked, path: redactor.cut(asked.path, chars), cut: true }
}

/** `null`: a part of the question was not kept that the answer depends on, or nothing is asked any more. */
export function judgeAsked(
  { authority, environment }: Judged,
  asked: Asked,
): Result<Permit, Refusal> | null {
  const { network, sockets, storage } = authority
  switch (asked.kind) {
    case 'request': {
      const target = targetOf(asked)
      if (network === null || (asked.cut && pathMatters(network, target))) return null
      return told(judge(network, target))
    }
    case 'connection':
      return sockets === null ? null : told(judge(sockets, targetOf(asked)))
    case 'lookup':
      return sockets === null ? null : told(judgeLookup(sockets, asked.host as Hostname))
    case 'access': {
      if (storage === null) return null
      const [path, anyOf] = [asked.path as DrivePath, accessOf(asked.access)]
      const verdict = judgeAnyOf(storage, path, anyOf)
      if (verdict.ok) return ok(verdict.value.permit)
      return asked.passes && mayPass(storage, path) ? ok({ grants: [] }) : told(verdict)
    }
    case 'move': {
      if (storage === null) return null
      const [from, to] = [asked.from as DrivePath, asked.to as DrivePath]
      const missing = missingToMove(storage, from, to, asked.directory)
      return missing === null ? ok({ grants: [] }) : told(err(missing))
    }
    case 'variable': {
      const key = parseVariableKey(asked.key)
      if (key === null) return null
      const verdict = judgeKey(environment, key)
      if (verdict.ok) return verdict
      switch (verdict.error.by) {
        case 'ceiling':
          return err({ reason: 'ceiling', rule: null })
        case 'person':
          return err({ reason: 'denied', rule: verdict.error.rule.text })
        case 'nobody':
          return err({ reason: 'not-granted', rule: null })
      }
    }
  }
}

/** As rules see it. */
export function targetOf(asked: Extract<Asked, { kind: 'request' | 'connection' }>): Target {
  const host = asked.host as Hostname
  if (asked.kind === 'connection') {
    return { scheme: 'tcp', host, port: asked.port, path: '/', method: null }
  }
  const { scheme, port, path, method } = asked
  return { scheme, host, port, path, method }
}

export function accessOf(
  access: 'read' | 'write' | 'any',
): readonly ['read' | 'write', ...('read' | 'write')[]] {
  return access === 'any' ? ['read', 'write'] : [access]
}

function told<D extends { readonly reason: Refusal['reason'] }>(
  verdict: Result<Permit, D>,
): Result<Permit, Refusal> {
  if (verdict.ok) return verdict
  const { error } = verdict
  const isPersons = error.reason === 'denied' && 'rule' in error && typeof error.rule === 'string'
  return err({ reason: error.reason, rule: isPersons ? (error.rule as string) : null })
}

/** Some rule would say something of the target, by a path of which only the beginning is known. */
function pathMatters({ layers }: NetworkPermission, target: Target): boolean {
  const isOpen = (rule: HostRule, covers: typeof matches) =>
    rule.pathPrefix !== null && covers({ ...rule, pathPrefix: null }, target)
  return layers.some(
    ({ allow, deny }) =>
      allow.some(({ rule }) => isOpen(rule, matches)) || deny.some((rule) => isOpen(rule, denies)),
  )
}
