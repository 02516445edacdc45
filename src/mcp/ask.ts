// What every `grant-*` tool does with a checked rule: it opens a question and answers with the link where
// the signed-in person decides. It grants nothing.

import type { Unasked } from '../account/questions.ts'
import type { Permission } from '../policy/authority.ts'
import { ownerOf } from '../policy/life.ts'
import type { BuiltinAnswer, BuiltinDeps } from './builtin.ts'
import { UNKNOWN_COMPONENT } from './builtin.ts'
import { approvalUrl, UNASKED_SENTENCES } from './results.ts'

/** What a person is asked for. */
type Kind = Permission | 'limit'

/** Wassette's words for the kinds of permission. */
export const PERMISSION_TYPES: Readonly<Record<Kind, string>> = {
  network: 'network',
  storage: 'storage',
  environment: 'environment variable',
  limit: 'memory',
}

const UNASKED: Readonly<Record<Unasked, BuiltinAnswer>> = {
  'unknown-component': UNKNOWN_COMPONENT,
  muted: { ok: false, error: { code: 'muted', sentence: UNASKED_SENTENCES.muted } },
  'client-muted': {
    ok: false,
    error: { code: 'client-muted', sentence: UNASKED_SENTENCES['client-muted'] },
  },
  'too-many-questions': {
    ok: false,
    error: { code: 'too-many-questions', sentence: UNASKED_SENTENCES['too-many-questions'] },
  },
}

export async function ask(
  wanted: {
    readonly tool: string
    readonly component: string
    readonly permission: Kind
    readonly rule: string
    /** Echoed as it was sent. */
    readonly details: Record<string, unknown>
  },
  { account, principal, session, publicUrl, now }: BuiltinDeps,
): Promise<BuiltinAnswer> {
  const { tool, component, permission, rule, details } = wanted
  const { client, clientName } = principal
  const owner = ownerOf(client, session)
  const question = { client, clientName, owner, component, tool, permission, rule }
  const asked = await account.ask(question, now())
  if (!asked.ok) return UNASKED[asked.error]
  const approval = asked.value
  return {
    ok: true,
    value: {
      status: 'permission requested: the person decides',
      component_id: component,
      permission_type: PERMISSION_TYPES[permission],
      details,
      approval_url: approvalUrl(publicUrl, approval.id),
      expires_at: Math.floor(approval.expires_at / 1000),
    },
  }
}
