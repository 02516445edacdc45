// An answer that takes its time is given as a stream: a client gives a call up by closing it (MCP
// 2026-07-28), and a closed stream shows when it is written to. Quick answers stay as they are.

/** Milliseconds that a plain answer may take. */
const PATIENCE_MS = 1_000
/** Milliseconds between two signs of life. */
const SIGN_OF_LIFE_MS = 1_000

const encoder = new TextEncoder()
const SIGN_OF_LIFE = encoder.encode(': working\n\n')

/** `abort` gives the work up; its answer is then nobody's. */
export async function patiently(
  work: Promise<Response>,
  abort: AbortController,
): Promise<Response> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), PATIENCE_MS)
  const quick = await Promise.race([work, late]).finally(() => clearTimeout(timer))
  // A stream has said something already, and may be silent for long.
  return quick === null || isStream(quick) ? streamed(work, abort) : quick
}

function streamed(work: Promise<Response>, abort: AbortController): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const gone = (): void => abort.abort()
  writer.closed.catch(gone)
  const signs = setInterval(() => void writer.write(SIGN_OF_LIFE).catch(gone), SIGN_OF_LIFE_MS)
  void deliver(work, writer)
    .catch(gone)
    .finally(() => {
      clearInterval(signs)
      writer.close().catch(() => {})
    })
  const headers = {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  }
  return new Response(readable, { headers })
}

/** A JSON answer becomes the one event of the stream; a stream is passed on. */
async function deliver(
  work: Promise<Response>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const response = await work
  if (response.body === null) return
  if (!isStream(response)) {
    await writer.write(encoder.encode(`event: message\ndata: ${await response.text()}\n\n`))
    return
  }
  for await (const chunk of response.body) await writer.write(chunk as Uint8Array)
}

/**
 * For a client that takes JSON only: the answer alone, with its own status, however long it takes. That its client
 * went away does not show.
 */
export async function withoutStream(work: Promise<Response>): Promise<Response> {
  const response = await work
  if (!isStream(response)) return response
  // The answer is the last message; what was said before it is not for this client.
  const data = (await response.text()).split('\n').findLast((line) => line.startsWith('data: '))
  const headers = { 'content-type': 'application/json' }
  return new Response(data?.slice('data: '.length) ?? null, { headers })
}

function isStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true
}
