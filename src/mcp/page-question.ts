// The elicitation that sends a person to the page where they decide. The page is what counts: whatever the
// client answers here decides nothing.

import type { InputRequiredResult } from '@modelcontextprotocol/server'
import { inputRequired } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { spelled } from '../component/text.ts'
import { hostAlone } from '../policy/host-rule.ts'
import type { Word } from '../policy/words.ts'
import { ruleInWords } from '../policy/words.ts'
import type { PageQuestion } from '../exchange.ts'
import { QUESTION_KEY } from './results.ts'

/** Characters of what a rule names in a question; the page has it whole. A host has 255. */
const MAX_NAMED_CHARS = 255

const DECIDED = 'I have decided'
const GIVE_UP = 'Give up'

const BECAUSE: Readonly<Record<PageQuestion['because'], (component: string) => string>> = {
  refused: (component) => `The component ${component} was refused`,
  asked: (component) => `A permission is asked for, for the component ${component}`,
}

/** In the same form for every era, but for what only one of them has. */
export function elicitationOf(question: PageQuestion) {
  const { mode, because, component, url } = question
  const wish = `${BECAUSE[because](component)}:\n${ruleText(question)}\n`
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
 * In words, on one line, what a stranger chose in quotation marks. Of a network rule the methods and the host alone:
 * clients may make a link of a URL, and the path of that one is the component's.
 */
function ruleText({ permission, rule }: Pick<PageQuestion, 'permission' | 'rule'>): string {
  if (permission !== 'network') {
    const words = ruleInWords(permission, rule).words.map(inLine).join('')
    return permission === 'labels' ? `${rule}: ${words}` : words
  }
  const short = hostAlone(rule)
  // It parses: nobody is asked for what does not.
  if (short === null || short === rule) return spelled(rule, MAX_NAMED_CHARS)
  return `${spelled(short, MAX_NAMED_CHARS)} (the page says which part of it)`
}

/** A quotation mark of theirs ends no quotation. */
function inLine(word: Word): string {
  return typeof word === 'string' ? word : JSON.stringify(spelled(word.theirs, MAX_NAMED_CHARS))
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
