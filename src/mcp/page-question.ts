// The elicitation that sends a person to the page where they decide. The page is what counts: whatever the
// client answers here decides nothing.

import type { InputRequiredResult } from '@modelcontextprotocol/server'
import { inputRequired } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { neutralise } from '../component/text.ts'
import { parseLabelRule } from '../policy/labels.ts'
import { hostAlone } from '../policy/host-rule.ts'
import { plainWords, ruleInWords } from '../policy/words.ts'
import type { PageQuestion } from '../exchange.ts'
import { QUESTION_KEY } from './results.ts'

/** Characters of a rule in a question; the page has it whole. */
const MAX_RULE_CHARS = 300

const DECIDED = 'I have decided'
const GIVE_UP = 'Give up'

const BECAUSE: Readonly<Record<PageQuestion['because'], (component: string) => string>> = {
  refused: (component) => `The component ${component} was refused`,
  asked: (component) => `A permission is asked for, for the component ${component}`,
}

/** In the same form for every era, but for what only one of them has. */
export function elicitationOf({ mode, because, component, rule, url }: PageQuestion) {
  const wish = `${BECAUSE[because](component)}:\n${ruleText(rule)}\n`
  if (mode === 'url') {
    return { mode, message: `${wish}Only you can permit it, on this page of wassette-edge.`, url }
  }
  return {
    mode,
    message: `${wish}Only you can permit it, on this page of wassette-edge:\n${url}`,
    requestedSchema: {
      type: 'object',
      properties: {
        answer: {
          type: 'string',
          title: 'When you are done',
          description: 'Open the page and decide there. Nothing is permitted by this form.',
          enum: [DECIDED, GIVE_UP],
          default: DECIDED,
        },
      },
      required: ['answer'],
    },
  } as const
}

/**
 * Labels in words: as a rule they say little to whoever has not met them. Of a network rule the methods and the
 * host: clients may make a link of a URL, and the path of that one is the component's.
 */
function ruleText(rule: string): string {
  if (parseLabelRule(rule) !== null) {
    return `${rule}: ${plainWords(ruleInWords('labels', rule).words)}`
  }
  const short = hostAlone(rule)
  return short === null || short === rule
    ? neutralise(rule, MAX_RULE_CHARS)
    : `${neutralise(short, MAX_RULE_CHARS)} (the page says which part of it)`
}

export function toPageQuestion(question: PageQuestion, state: string): InputRequiredResult {
  const params = elicitationOf(question) as never
  return inputRequired({
    inputRequests: { [QUESTION_KEY]: { method: 'elicitation/create', params } },
    requestState: state,
  })
}

const Response = z.object({ action: z.enum(['accept', 'decline', 'cancel']) })
const Filled = z.object({ content: z.object({ answer: z.literal(DECIDED) }) })

/** The person means to decide: the call waits for the page. */
export function isWilling({ mode }: Pick<PageQuestion, 'mode'>, response: unknown): boolean {
  const answer = Response.safeParse(response)
  if (!answer.success || answer.data.action !== 'accept') return false
  return mode === 'url' || Filled.safeParse(response).success
}
