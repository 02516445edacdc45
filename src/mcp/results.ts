// Turns the outcome of a call into an MCP tool result. Our sentences are fixed; what a guest chose stands in
// fields and in blocks of its own, marked as the component's.

import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server'
import { inputRequired } from '@modelcontextprotocol/server'
import type { Outcome, Refusals } from '../outcome.ts'
import { describeArgumentFault } from '../component/arguments.ts'
import { neutralise } from '../component/text.ts'
import type { Denial } from '../policy/denial.ts'
import { describeDenial } from '../policy/denial.ts'
import type { Ability } from '../policy/questions.ts'
import { CAPABILITY_OF, inputRequestOf } from '../policy/questions.ts'
import { toContent } from './content.ts'

/** `_meta` keys of ours. */
export const META = {
  error: 'wassette-edge/error',
  denials: 'wassette-edge/denials',
  origin: 'wassette-edge/origin',
  component: 'wassette-edge/component',
  labels: 'wassette-edge/labels',
} as const

/** The question that sends a person to a page. */
export const QUESTION_KEY = 'question'

/** Characters of a guest's own words in an error. */
const MAX_QUOTED_CHARS = 2_000
/** Characters of one refusal in text: its path is the guest's, and the fields have it whole. */
const MAX_DENIAL_CHARS = 600

type Content = CallToolResult['content'][number]

export function toResult(
  outcome: Exclude<Outcome, { tag: 'unknown-tool' | 'asks' }>,
  publicUrl: string,
): CallToolResult {
  switch (outcome.tag) {
    case 'answered': {
      const { text, structured, isError, blob, content: made } = outcome.result
      const told = outcome.denied.denials.length > 0 ? [denialNote(outcome.denied, publicUrl)] : []
      if (made !== null) {
        const own = toContent(made, outcome.component)
        if (own === null) return badResult()
        return {
          ...own,
          content: [...own.content, ...told],
          ...denialMeta(outcome.denied, publicUrl),
        }
      }
      return {
        content: [
          ...printedBlock(outcome.printed),
          { type: 'text', text },
          ...(blob === null ? [] : [asResource(blob)]),
          ...told,
        ],
        ...(structured === null ? {} : { structuredContent: structured }),
        ...(isError ? { isError: true } : {}),
        ...denialMeta(outcome.denied, publicUrl),
      }
    }
    case 'denied': {
      const said = outcome.result === null ? [] : [fromComponent(outcome.result.text)]
      const structured = outcome.result?.structured ?? null
      return {
        content: [denialNote(outcome.denied, publicUrl, outcome.word), ...said],
        ...(structured === null ? {} : { structuredContent: structured }),
        isError: true,
        ...denialMeta(outcome.denied, publicUrl, 'permission-denied'),
      }
    }
    case 'bad-arguments': {
      const details = { path: outcome.fault.path, problem: outcome.fault.problem }
      return failure('bad-arguments', describeArgumentFault(outcome.fault), details)
    }
    case 'trapped': {
      const said = [outcome.message, outcome.log].filter(Boolean).join('\n')
      return {
        ...failure('trap', 'The component failed: it trapped. Its own words follow.', {}, said),
        ...denialMeta(outcome.denied, publicUrl, 'trap'),
      }
    }
    case 'exited':
      return failure(
        'exit',
        'The component ended itself instead of answering.',
        { exit_code: outcome.code },
        outcome.log,
      )
    case 'bound':
      return failure('bound', `The call met a bound: ${BOUNDS[outcome.bound]}`, {
        bound: outcome.bound,
      })
    case 'handle':
      return failure('handle', HANDLES[outcome.fault], { why: outcome.fault })
    case 'unsaved':
      return failure(
        'unsaved',
        'What the component wrote to the drive could not be saved, so its answer is withheld.',
        { why: outcome.why },
      )
    case 'lacks':
      return failure('client-lacks', 'The component needs a client that can do more.', {
        required: requiredCapabilities(outcome.abilities),
      })
    case 'cancelled':
      return failure('cancelled', 'The client gave the call up.')
    case 'sealed':
      return failure('variables-sealed', VARIABLES_SEALED)
    case 'secrets-sealed':
      return failure('secrets-sealed', SECRETS_SEALED)
    case 'ceiling-unreadable':
      return failure('ceiling-unreadable', CEILING_UNREADABLE)
    case 'waits': {
      const url = versionUrl(publicUrl, outcome.component)
      return failure('new-version', `${NEW_VERSION} ${url}`, { component: outcome.component, url })
    }
    case 'outdated':
      return failure('outdated', OUTDATED, { why: outcome.why })
    case 'bad-result':
      return badResult()
    case 'fault': {
      const code = outcome.isLate ? 'store-late' : 'internal'
      return failure(code, outcome.ran ? RAN : FAULTS[code], { ran: outcome.ran })
    }
  }
}

/** The same where an answer in MCP content is owed, a resource or a prompt: any other is none. */
export function toFailure(
  outcome: Parameters<typeof toResult>[0],
  publicUrl: string,
): CallToolResult {
  if (outcome.tag !== 'answered') return toResult(outcome, publicUrl)
  const { result, denied } = outcome
  const failed = result.isError
    ? failure('component-error', 'The component answered with an error.', {}, result.text)
    : badResult()
  return { ...failed, _meta: { ...failed._meta, ...denialMeta(denied, publicUrl)._meta } }
}

const FAULTS = {
  'store-late':
    'A store of this server does not answer, so the call was not run. Nothing was changed; try again in a moment.',
  internal: 'The server failed to run the call. Nothing was changed; try again.',
} as const

const RAN =
  'The server failed after the component had run: what it did is done, and its answer is lost. The person finds in ' +
  'their record of calls what it reached: look there before it is tried again.'

const NEW_VERSION =
  'A new version of the component, or another description of it, is loaded and differs from the one that was ' +
  'granted something. The person looks at the difference and decides here, then the call can be repeated:'

/** The page of a version that waits. A component's name is ours: lower case, digits and hyphens. */
export function versionUrl(publicUrl: string, component: string): string {
  return `${publicUrl}/console/components/${encodeURIComponent(component)}/version`
}

const OUTDATED =
  'This server has another compiler than when the component was loaded, and it could not be compiled again. Nothing ' +
  'was run: what the former compiler has made is not run any more. Repeat the call if that took too long, and else ' +
  'load a version of the component that this server takes.'

/** Nothing is assumed of what the host has meant. */
const CEILING_UNREADABLE =
  'The policy that the host of this server wrote for this call cannot be read, so the call is refused: the ' +
  'host has to mend it.'

/** The host's fault, not the person's and not the component's. */
export const VARIABLES_SEALED =
  'The variables could not be opened: the host of this server has to look at its keys. Nothing was lost.'

const SECRETS_SEALED =
  'The secrets of the component could not be opened: the host of this server has to look at its keys. Nothing was ' +
  'sent, and nothing was lost.'

const BOUNDS: Readonly<Record<Extract<Outcome, { tag: 'bound' }>['bound'], string>> = {
  fuel: 'the component ran out of fuel: it computed for too long.',
  memory: 'the component needs more memory than a call has.',
  'host-calls': 'the component called the server too often.',
  'log-bytes': 'the component wrote too much to its standard output or error.',
  'result-size': 'the component passed too large a value.',
  'output-bytes': 'the component answered with more than an answer may hold.',
  'wall-clock': 'the component took too long.',
  'response-time': 'a server took too long to answer the component.',
  requests: 'the component made too many network requests.',
  'drive-operations': 'the component used the drive too often.',
  'keyvalue-operations': 'the component used its stored values too often.',
  'io-rate': 'the component used the network and the drive faster than its policy allows.',
  'egress-bytes': 'the component sent too many bytes.',
  'ingress-bytes': 'the component received too many bytes.',
  'concurrent-calls':
    'you have as many calls under way as one person may. Repeat it when one has ended.',
  'client-messages': 'the component said too much to the client.',
}

const HANDLES: Record<Extract<Outcome, { tag: 'handle' }>['fault'], string> = {
  gone: 'No such handle: it was used up, its time is over, or the server has let go of it. Make a new one.',
  busy: 'Too many calls wait for the resources of this component: repeat this one when they have answered.',
  'too-many':
    'The component returned more resources than one client may hold at a time. End handles that are not needed any more with its resource-drop tool, then repeat the call.',
  'other-resource':
    'That handle is of a resource of another kind: give one of the kind that the tool takes.',
}

function badResult(): CallToolResult {
  return failure('bad-result', 'The component answered with a value that is not of its type.')
}

/** What a component asks its client for, as MCP asks it. Words for the person follow a line of ours. */
export function toQuestion({
  component,
  asked,
  state,
}: Extract<Outcome, { tag: 'asks' }>): InputRequiredResult {
  const requests = asked.map(([name, question]) => [
    name,
    inputRequestOf(question, `The component ${component} asks:`, neutralise),
  ])
  return inputRequired({ inputRequests: Object.fromEntries(requests), requestState: state })
}

/** `ClientCapabilities` that hold all of these. */
export function requiredCapabilities(abilities: readonly Ability[]): Record<string, object> {
  return Object.assign({}, ...abilities.map((ability) => CAPABILITY_OF[ability]))
}

export function failure(
  code: string,
  sentence: string,
  details: Record<string, unknown> = {},
  componentSaid = '',
): CallToolResult {
  const said = componentSaid === '' ? [] : [fromComponent(componentSaid)]
  return {
    content: [{ type: 'text', text: `Error: ${sentence}` }, ...said],
    isError: true,
    _meta: { [META.error]: { code, ...details } },
  }
}

/** Bytes that are a whole result, for clients that show or save resources. `blob` is base64. */
function asResource(blob: string): Content {
  const resource = { uri: 'wassette-edge:result', mimeType: 'application/octet-stream', blob }
  return { type: 'resource', resource }
}

/** A command's standard output is its answer: whole, and before the bare `ok` of its result. */
function printedBlock(text: string): Content[] {
  if (text === '') return []
  return [{ type: 'text', text, _meta: { [META.origin]: 'component' } }]
}

function fromComponent(text: string): Content {
  const quoted = neutralise(text, MAX_QUOTED_CHARS)
  return { type: 'text', text: quoted, _meta: { [META.origin]: 'component' } }
}

/** The sentence, then the fields as JSON, then where the person decides. */
function denialNote(denied: Refusals, publicUrl: string, word?: 'deny' | 'over'): Content {
  const first = denied.denials[0]
  const lines = first === undefined ? [] : [`Error: ${describeDenial(first)}`]
  for (const denial of denied.denials.slice(0, 8)) lines.push(...denialLines(denial))
  for (const { url } of questions(denied, publicUrl)) {
    lines.push(`The person can decide here, then the call can be repeated as it was: ${url}`)
  }
  if (denied.reconnect !== undefined) {
    const url = connectionsUrl(publicUrl, denied.reconnect)
    lines.push(`The person connects it again here, then the call can be repeated: ${url}`)
  }
  if (denied.unasked !== undefined && denied.unasked !== 'unknown-component') {
    lines.push(UNASKED_SENTENCES[denied.unasked])
  }
  if (word !== undefined) lines.push(WORDS[word])
  if (denied.denials.some(({ permission }) => permission === 'labels')) {
    lines.push(`${SESSION_SENTENCE} ${labelsUrl(publicUrl)}`)
  }
  return { type: 'text', text: lines.join('\n') }
}

/** Its fields as JSON; which calls have brought what the session has, each on a line of its own. */
function denialLines(denial: Denial): string[] {
  const { from, ...fields } = denial.permission === 'labels' ? denial : { ...denial, from: [] }
  return [fields, ...from].map((one) => neutralise(JSON.stringify(one), MAX_DENIAL_CHARS))
}

const SESSION_SENTENCE =
  'The person sees what this session has done, and can let it begin anew, here:'

/** Where the person sees what sessions have done, and says what uses bring. */
export function labelsUrl(publicUrl: string): string {
  return `${publicUrl}/console/labels`
}

export const UNASKED_SENTENCES = {
  muted:
    'The person muted this component: it asks them for nothing. They end that in their console.',
  'client-muted':
    'The person muted this client: it asks them for nothing. They end that in their console.',
  'too-many-questions':
    'This component has as many open questions as it may, or all of them hold as much as may be kept: the person ' +
    'finds them in their console.',
  'no-rule': 'No rule can allow exactly this, so nobody was asked.',
  'arguments-too-long':
    'The arguments of this call are longer than a person can be shown whole, so nobody was asked. Ask with the ' +
    'grant-* tool for this permission, which shows the person a rule alone, then repeat the call.',
  fault:
    'The person could not be asked: the server failed at that. The call asks again when it is repeated.',
} as const

const WORDS = {
  deny: 'The person was asked and denied it.',
  over: 'The person was asked and did not decide in time. Repeated, the call asks again.',
} as const

function questions(denied: Refusals, publicUrl: string) {
  return denied.approvals.map(({ id, rule }) => ({ id, rule, url: approvalUrl(publicUrl, id) }))
}

/** Names nothing but the question: who may answer is decided by who is signed in. */
export function approvalUrl(publicUrl: string, id: string): string {
  return `${publicUrl}/approvals/${id}`
}

/** Where the person sees what the publisher of a component proposes to allow it. */
export function proposalUrl(publicUrl: string, component: string): string {
  return `${publicUrl}/console/components/${encodeURIComponent(component)}/proposal`
}

/** Where the person connects a component to services. */
function connectionsUrl(publicUrl: string, component: string): string {
  return `${publicUrl}/console/components/${encodeURIComponent(component)}/connections`
}

function denialMeta(
  denied: Refusals,
  publicUrl: string,
  code?: string,
): Pick<CallToolResult, '_meta'> {
  if (denied.denials.length === 0)
    return code === undefined ? {} : { _meta: { [META.error]: { code } } }
  const { reconnect } = denied
  const told = {
    denials: denied.denials.slice(0, 32),
    approvals: questions(denied, publicUrl),
    ...(reconnect === undefined ? {} : { connect_url: connectionsUrl(publicUrl, reconnect) }),
  }
  return {
    _meta: { [META.denials]: told, ...(code === undefined ? {} : { [META.error]: { code } }) },
  }
}
