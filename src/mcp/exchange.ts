// One request as a call sees its client: the way back for progress and log messages, and the answer to a
// question that an earlier round asked.

import type { ClientCapabilities, Server, ServerContext } from '@modelcontextprotocol/server'
import { CLIENT_CAPABILITIES_META_KEY } from '@modelcontextprotocol/server'
import type { Ability } from '../policy/questions.ts'
import { neutralise } from '../component/text.ts'
import type { Exchange } from '../exchange.ts'
import { pushTo } from './push.ts'

const MAX_TEXT_CHARS = 2_000
const SIGN_OF_LIFE = 1e-6
const WAITING = 'Waiting for the person to decide on the page'

type Said = Parameters<NonNullable<Exchange['notify']>>[0]

/**
 * Does the work with the request's exchange. What still waits on it when the request is over is let go: a call from
 * another isolate that is never answered stays in memory as long as this object does.
 */
export async function withExchange<T>(
  server: Server,
  context: ServerContext,
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const over = Promise.withResolvers<false>()
  try {
    return await work(exchangeOf(server, context, over.promise))
  } finally {
    over.resolve(false)
  }
}

function exchangeOf(server: Server, context: ServerContext, over: Promise<false>): Exchange {
  const { mcpReq } = context
  const token = mcpReq._meta?.progressToken
  const state = mcpReq.requestState()
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined
  const stated = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined
  const { elicitation, sampling, roots } = stated ?? server.getClientCapabilities() ?? {}
  const shows = { forms: showsForms(elicitation), pages: elicitation?.url !== undefined }
  const abilities: Ability[] = [
    ...(shows.forms ? (['forms'] as const) : []),
    ...(sampling === undefined ? [] : (['sampling'] as const)),
    ...(roots === undefined ? [] : (['roots'] as const)),
  ]
  let progressed = -Infinity
  return {
    shows,
    abilities,
    push: envelope === undefined && (shows.forms || shows.pages) ? pushTo(server, context) : null,
    isPatient: token !== undefined,
    state: typeof state === 'string' ? state.slice(0, 100) : null,
    responses: mcpReq.inputResponses ?? {},
    cancelled: () => {
      const { promise, resolve } = Promise.withResolvers<true>()
      if (mcpReq.signal.aborted) resolve(true)
      else mcpReq.signal.addEventListener('abort', () => resolve(true), { once: true })
      return Promise.race([promise, over])
    },
    notify: async (message) => {
      const clean = (text: string): string => neutralise(text, MAX_TEXT_CHARS)
      if (message.kind === 'log') {
        // oxlint-disable-next-line typescript/no-deprecated -- in use by every era we serve
        await mcpReq.log(message.level, clean(message.message), loggerOf(message))
        return
      }
      if (token === undefined) return
      const { progress, total, message: said } = reported(message, progressed)
      // The protocol wants each to be larger than the one before, whoever runs the call again.
      if (!(progress > progressed) || progress === Infinity) return
      progressed = progress
      await mcpReq.notify({
        method: 'notifications/progress',
        params: {
          progressToken: token,
          progress,
          ...(total === null ? {} : { total }),
          ...(said === null ? {} : { message: clean(said) }),
        },
      })
    },
  }
}

/** A sign of life is a small step, and always one: of a large number the next that there is may be further away. */
function reported(message: Exclude<Said, { kind: 'log' }>, before: number) {
  if (message.kind === 'progress') return message
  const step = Math.max(SIGN_OF_LIFE, Math.abs(before) * Number.EPSILON)
  const progress = Number.isFinite(before) ? before + step : 0
  return { progress, total: null, message: WAITING }
}

/** `{}` means forms (MCP 2025-06-18); modes are named since 2025-11-25. */
function showsForms(elicitation: Record<string, unknown> | undefined): boolean {
  if (elicitation === undefined) return false
  return 'form' in elicitation || !('url' in elicitation)
}

function loggerOf({ logger }: { readonly logger: string | null }): string {
  return logger === null ? 'component' : `component/${neutralise(logger, 100)}`
}
