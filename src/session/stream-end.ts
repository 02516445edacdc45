// When a stream that was answered with is over: it ended, broke or its client went away.

/** The same answer; `over` is called once. */
export function whenOver(response: Response, over: () => void): Response {
  const reader = response.body?.getReader()
  if (reader === undefined) return response
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        over()
        throw cause
      })
      if (!done) return controller.enqueue(value)
      over()
      controller.close()
    },
    async cancel(reason) {
      over()
      await reader.cancel(reason)
    },
  })
  return new Response(body, response)
}
