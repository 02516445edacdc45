// A `grant-*` tool whose client opens pages: the person is sent to the page of the question, and the answer says
// what they decided there. The client's word decides nothing, and other clients get the link.

import type { Account } from '../account/account.ts'
import type { Word } from './asking.ts'
import { hold, PAGE_STATE, wait, waitMsOf } from './asking.ts'
import { digestOf } from '../component/digest.ts'
import type { Exchange, PageQuestion } from '../exchange.ts'
import type { Principal } from '../principal.ts'
import type { Approval } from '../store/approvals.ts'
import { isWilling, toPageQuestion } from './page-question.ts'
import { approvalUrl, QUESTION_KEY } from './results.ts'

export interface AskedPageDeps {
  readonly principal: Pick<Principal, 'client'>
  readonly session: string | null
  readonly exchange: Exchange
  readonly account: Pick<Account, 'approval' | 'giveUp' | 'keepRound' | 'takeRound' | 'word'>
  readonly publicUrl: string
  readonly now: () => number
  readonly newId: () => string
}

/** What is asked for: the same request comes back with the state that it was given. */
export interface Wish {
  readonly tool: string
  readonly component: string
  readonly rule: string
}

/** `page`: the client is to come back when it has sent the person there. `open`: it got the link. */
export type Shown =
  | { readonly tag: 'page'; readonly question: ReturnType<typeof toPageQuestion> }
  | { readonly tag: 'word'; readonly word: Word }

export async function showPage(
  wish: Wish,
  approval: Approval,
  deps: AskedPageDeps,
): Promise<Shown> {
  const { exchange, account } = deps
  if (!exchange.shows.pages) return { tag: 'word', word: 'open' }
  const { component, permission, rule, id } = approval
  const url = approvalUrl(deps.publicUrl, id)
  const about = { component, permission, rule, url }
  const question: PageQuestion = { mode: 'url', because: 'asked', ...about }
  if (exchange.push !== null) {
    const word = await hold(exchange, exchange.push, { question, id, startedAt: deps.now() }, deps)
    return { tag: 'word', word }
  }
  const state = `${PAGE_STATE}${deps.newId()}`
  const denied = { denials: [], approvals: [{ id, permission, rule }] }
  const call = await roundOf(wish, deps)
  const nothing = { answers: [], claimant: '', granted: [] }
  const round = { kind: 'page', call, mode: 'url', component, denied, ...nothing } as const
  await account.keepRound(state, round, deps.now())
  return { tag: 'page', question: toPageQuestion(question, state) }
}

/** `null`: the client does not come back from a page that this request sent it to. */
export async function comeBackFromPage(
  wish: Wish,
  deps: AskedPageDeps,
): Promise<{ readonly approval: Approval; readonly word: Word } | null> {
  const { exchange, account, now } = deps
  const { state } = exchange
  if (state?.startsWith(PAGE_STATE) !== true) return null
  const round = await account.takeRound(state, await roundOf(wish, deps), now())
  const [asked] = round?.kind === 'page' ? round.denied.approvals : []
  const approval = asked === undefined ? null : await account.approval(asked.id)
  if (approval === null) return null
  const willing = isWilling({ mode: 'url' }, exchange.responses[QUESTION_KEY])
  const until = now() + (willing ? waitMsOf(exchange) : 0)
  return { approval, word: await wait(exchange, approval.id, { until }, deps) }
}

async function roundOf(wish: Wish, { principal, session }: AskedPageDeps) {
  const { tool, component, rule } = wish
  const argumentsDigest = await digestOf(JSON.stringify([component, rule]))
  return { client: principal.client, session, tool, argumentsDigest }
}
