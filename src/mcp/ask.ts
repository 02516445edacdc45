// What every `grant-*` tool does with a checked rule: it opens a question and answers with what is asked of whom,
// and the link where the signed-in person decides. It grants nothing.

import * as z from 'zod'
import type { Unasked } from '../account/questions.ts'
import type { Permission } from '../policy/authority.ts'
import { ownerOf } from '../policy/life.ts'
import { lifeInWords, offeredLives } from '../policy/offered-lives.ts'
import { ruleInWords } from '../policy/words.ts'
import { toldRule } from '../component/text.ts'
import type { Approval } from '../store/approvals.ts'
import { comeBackFromPage, showPage } from './asked-page.ts'
import type { Word } from './asking.ts'
import type { BuiltinAnswer, BuiltinPage, BuiltinRun } from './builtin.ts'
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
  'no-rule': { ok: false, error: { code: 'no-rule', sentence: UNASKED_SENTENCES['no-rule'] } },
}

/** What every tool that asks answers with. */
export const ASKED = z.looseObject({
  status: z.string(),
  component_id: z.string(),
  permission_type: z.string(),
  details: z.looseObject({}),
  decision: z.enum(['open', 'allow', 'deny']),
  asked: z.looseObject({}),
  approval_url: z.string(),
  expires_at: z.number().int(),
})

export async function ask(
  wanted: {
    readonly tool: string
    readonly component: string
    readonly permission: Kind
    readonly rule: string
    /** Echoed as it was sent. */
    readonly details: Record<string, unknown>
  },
  deps: BuiltinRun,
): Promise<BuiltinAnswer | BuiltinPage> {
  const { account, principal, session, now } = deps
  const { tool, component, permission, rule, details } = wanted
  const back = await comeBackFromPage(wanted, deps)
  if (back !== null) return await answer(back.approval, back.word, details, deps)
  const { client, clientName } = principal
  const owner = ownerOf(client, session)
  const question = { client, clientName, owner, component, tool, permission, rule }
  const asked = await account.ask(question, now())
  if (!asked.ok) return UNASKED[asked.error]
  const shown = await showPage(wanted, asked.value, deps)
  return shown.tag === 'page' ? shown : await answer(asked.value, shown.word, details, deps)
}

const REQUESTED = 'permission requested: the person decides'

const STATUS: Readonly<Record<Word, string>> = {
  open: REQUESTED,
  cancelled: REQUESTED,
  'too-many-waiting': REQUESTED,
  // Wassette's, as the only one of these that it has.
  allow: 'permission granted successfully',
  deny: 'permission denied: the person was asked and denied it',
  over: 'permission requested: the person did not decide in time',
}

/** What is asked of whom, and what they have said. */
async function answer(
  approval: Approval,
  word: Word,
  details: Record<string, unknown>,
  { account, principal, publicUrl }: BuiltinRun,
): Promise<BuiltinAnswer> {
  const { component, permission, rule, id, expires_at } = approval
  const { words, warning } = ruleInWords(permission, rule)
  const person = await account.standing(principal.client)
  const lives = offeredLives(permission)
  return {
    ok: true,
    value: {
      status: STATUS[word],
      component_id: component,
      permission_type: permission === 'labels' ? permission : PERMISSION_TYPES[permission],
      details,
      decision: word === 'allow' || word === 'deny' ? word : 'open',
      asked: {
        of: person === null ? null : { name: toldRule(person.name), issuer: person.issuer },
        rule: toldRule(rule),
        // Ours as text, what the rule names as `theirs`.
        in_words: words.map((one) =>
          typeof one === 'string' ? one : { theirs: toldRule(one.theirs) },
        ),
        warning,
        lives: lives.map((life) => ({ life, means: lifeInWords(life, 'client') })),
        limits: permission === 'limit' ? [] : ['uses', 'calls_an_hour', 'bytes'],
      },
      approval_url: approvalUrl(publicUrl, id),
      expires_at: Math.floor(expires_at / 1000),
    },
  }
}
