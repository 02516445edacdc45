// The hints of a tool (MCP, tool annotations) by what its component imports and what it was granted. Pure. They
// say what a call does by itself: what nobody granted is asked of the person first, who sees it on a page.
// Whatever more is imported or granted, a hint never comes to claim more safety (`docs/annotations.md`).

import type { GrantedRule } from './authority.ts'
import { parseHostRule } from './host-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'

/** MCP's four, under its names. */
export interface Hints {
  readonly readOnlyHint: boolean
  readonly destructiveHint: boolean
  readonly idempotentHint: boolean
  readonly openWorldHint: boolean
}

/** What calls of a component come to. */
export interface Effects {
  /** `adds`: it sends its client notes and questions. `anything`: what was there may be gone after a call. */
  readonly changes: 'nothing' | 'adds' | 'anything'
  /** It knows the time or has chance: the same call twice may do two things. */
  readonly varies: boolean
  /** There is a way out, whether or not anything was granted: what comes in by it is anybody's. */
  readonly outside: boolean
}

/** A grant as far as it matters here, whoever may rely on it: what is for one session counts for all. */
export type HintedGrant = Pick<GrantedRule, 'rule' | 'effect'> & { readonly permission: string }

export function effectsOf(imports: readonly string[], grants: readonly HintedGrant[]): Effects {
  const wants = (start: string): boolean => imports.some((name) => name.startsWith(start))
  const some = (permission: string, test: (rule: string) => boolean): boolean =>
    grants.some((g) => g.permission === permission && g.effect === 'allow' && test(g.rule))
  const changesAnything =
    wants('wasi:keyvalue/') ||
    (wants('wasi:filesystem/') && some('storage', mayWrite)) ||
    (wants('wasi:http/') && some('network', maySend)) ||
    (wants('wasi:sockets/') && some('network', mayConnect))
  const adds = wants('wassette-edge:mcp/client@')
  return {
    changes: changesAnything ? 'anything' : adds ? 'adds' : 'nothing',
    varies: wants('wasi:random/') || wants('wasi:clocks/'),
    outside: wants('wasi:http/') || wants('wasi:sockets/'),
  }
}

/**
 * `keepsState`: the tool takes or gives handles, so that what it does stays in an instance. `declared`: the
 * component, or the host, says that its calls bring strangers' words in or something out (`labels.ts`).
 */
export function hintsOf(
  { changes, varies, outside }: Effects,
  { keepsState, declared }: { readonly keepsState: boolean; readonly declared: boolean },
): Hints {
  const isReadOnly = changes === 'nothing' && !keepsState
  return {
    readOnlyHint: isReadOnly,
    destructiveHint: changes === 'anything' || keepsState,
    idempotentHint: isReadOnly && !varies,
    openWorldHint: outside || declared,
  }
}

/** Of the methods that a rule may name: those that ask for no change (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

function maySend(text: string): boolean {
  const rule = parseHostRule(text)
  if (!rule.ok || rule.value.scheme === 'tcp') return false
  return rule.value.methods?.every((method) => SAFE_METHODS.has(method)) !== true
}

function mayConnect(text: string): boolean {
  const rule = parseHostRule(text)
  return rule.ok && rule.value.scheme === 'tcp'
}

function mayWrite(text: string): boolean {
  const rule = parseStoredStorageRule(text)
  return rule.ok && rule.value.access.includes('write')
}
