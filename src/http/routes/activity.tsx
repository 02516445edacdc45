// A person's activity: their calls, one call, and how many there were over time; as pages, as JSON, and as a file.
// Whoever reads is the person, in their console or by a token of scope `console`.

import type { Context } from 'hono'
import { Hono } from 'hono'
import type { CallQuery } from '../../console/call-query.ts'
import { readCallQuery } from '../../console/call-query.ts'
import type { Series } from '../../console/chart.tsx'
import { CallPage } from '../../console/pages/call.tsx'
import { CallsPage, UNFOLDED } from '../../console/pages/calls.tsx'
import { Message } from '../../console/pages/message.tsx'
import type { CallFilter, CallPlace } from '../../store/call-filter.ts'
import { EVERY_CALL, printPlace } from '../../store/call-filter.ts'
import type { CallRow } from '../../store/calls.ts'
import { spanOf, stepsOf } from '../../store/span.ts'
import { exportCalls, EXPORT_TYPES, isExportFormat } from '../call-export.ts'
import type { AppEnv, Parts } from '../context.ts'
import { signedIn } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, refuse } from './api.ts'

/** Calls on one page. */
const PAGE = 50
/** Calls of one answer of the API. */
const MAX_CALLS = 200

export const activityPages = new Hono<AppEnv>()

activityPages.get('/console/calls', signedIn, async (c) => {
  const { parts, person } = c.var
  const given = new Map(Object.entries(c.req.query()))
  const query = readCallQuery((name) => given.get(name))
  const now = parts.now()
  await parts.account(person.id).callsCopied()
  const [component, tool, host] = await Promise.all(
    (['component', 'tool', 'host'] as const).map((kind) => parts.activity.names(person.id, kind)),
  )
  const names = { component: component ?? [], tool: tool ?? [], host: host ?? [] }
  const about = { person, given, names, now }
  if ('parameter' in query) {
    const found = { fault: `The filter ${query.sentence}` }
    return c.html(<CallsPage {...about} filter={EVERY_CALL} found={found} isFirst />, 400)
  }
  const { filter, after } = query
  // One more than is shown says whether more unfold than are shown.
  const page = { limit: PAGE, after, hostCalls: UNFOLDED + 1 }
  const [read, series] = await Promise.all([
    parts.activity.page(person.id, filter, page),
    seriesOf(parts, person.id, filter, now),
  ])
  const found = { calls: read.calls, next: nextOf(read), series }
  return c.html(<CallsPage {...about} filter={filter} found={found} isFirst={after === null} />)
})

activityPages.get('/console/calls/:id', signedIn, async (c) => {
  const { parts, person } = c.var
  await parts.account(person.id).callsCopied()
  const call = await parts.activity.call(person.id, c.req.param('id'))
  if (call === null) return c.html(<Message title="Not found" text={NO_SUCH_CALL} />, 404)
  return c.html(<CallPage person={person} call={call} />)
})

export const activityApi = new Hono<ApiEnv>()

/** `next`: the `cursor` of the next answer. */
activityApi.get('/api/calls', allows('console'), async (c) => {
  const limit = Number(c.req.query('limit') ?? 50)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_CALLS) {
    return refuse(c, 400, 'bad-limit', `limit is a whole number from 1 to ${MAX_CALLS}.`)
  }
  const query = readQuery(c)
  if (query instanceof Response) return query
  const { account, activity } = c.var.parts
  await account(c.var.caller).callsCopied()
  const page = { limit, after: query.after, hostCalls: null }
  const read = await activity.page(c.var.caller, query.filter, page)
  const next = nextOf(read)
  return c.json({ calls: read.calls, next: next === null ? null : printPlace(next) })
})

activityApi.get('/api/calls/export', allows('console'), async (c) => {
  const format = c.req.query('format')
  if (!isExportFormat(format)) {
    return refuse(c, 400, 'bad-format', `format is one of ${Object.keys(EXPORT_TYPES).join(', ')}.`)
  }
  const query = readQuery(c)
  if (query instanceof Response) return query
  const { account, activity } = c.var.parts
  await account(c.var.caller).callsCopied()
  c.header('content-type', EXPORT_TYPES[format])
  c.header('content-disposition', `attachment; filename="calls.${format}"`)
  return c.body(streamOf(exportCalls(format, activity, c.var.caller, query.filter, query.after)))
})

activityApi.get('/api/calls/:id', allows('console'), async (c) => {
  const { account, activity } = c.var.parts
  await account(c.var.caller).callsCopied()
  const call = await activity.call(c.var.caller, c.req.param('id'))
  return call === null ? refuse(c, 404, 'unknown-call', NO_SUCH_CALL) : c.json({ call })
})

/** Calls over time, in steps of `step_ms`. */
activityApi.get('/api/activity', allows('console'), async (c) => {
  const query = readQuery(c)
  if (query instanceof Response) return query
  const { parts, caller } = c.var
  await parts.account(caller).callsCopied()
  const series = await seriesOf(parts, caller, query.filter, parts.now())
  return c.json({ step_ms: series?.width ?? null, steps: series?.steps ?? [] })
})

const NO_SUCH_CALL = 'You have no call of that id, or its record is older than texts are kept.'

function readQuery(c: Context<ApiEnv>): CallQuery | Response {
  const query = readCallQuery((name) => c.req.query(name))
  if (!('parameter' in query)) return query
  return refuse(c, 400, `bad-${query.parameter}`, query.sentence)
}

/** Where the page behind this one begins. */
function nextOf({ calls, more }: { calls: readonly CallRow[]; more: boolean }): CallPlace | null {
  const last = calls.at(-1)
  return more && last !== undefined ? { at: last.started_at, seq: last.seq } : null
}

/** From the first call of the selection, or from when it says, until now. `null`: it has no time at all. */
async function seriesOf(
  { activity }: Parts,
  person: string,
  filter: CallFilter,
  now: number,
): Promise<Series | null> {
  const from = filter.from ?? (await activity.firstAt(person, filter))
  const to = filter.to ?? now + 1
  if (from === null || from >= to) return null
  const span = spanOf(from, to)
  return { width: span.width, steps: stepsOf(span, await activity.counts(person, filter, span)) }
}

function streamOf(text: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await text.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    async cancel() {
      await text.return(undefined)
    },
  })
}
