// The specification's answers to a request without a session that can serve it (MCP 2025-11-25, transports).

/** Characters of an `initialize`, which is kept in one value: capabilities, a name, an icon or two. */
export const MAX_INITIALIZE_CHARS = 256 * 1024

const ANSWERS = {
  /** Unknown, ended or another's: the three look the same. The client initializes again. */
  unknown: { status: 404, code: -32001, message: 'Session not found' },
  unparsable: { status: 400, code: -32700, message: 'Parse error: the body is not JSON' },
  missing: { status: 400, code: -32000, message: 'Bad Request: Mcp-Session-Id header is required' },
  batch: {
    status: 400,
    code: -32600,
    message: 'Invalid Request: a batch is of 2025-03-26 only, send its messages one by one',
  },
  large: {
    status: 413,
    code: -32600,
    message: `The initialize request is larger than ${MAX_INITIALIZE_CHARS} characters`,
  },
  event: { status: 400, code: -32000, message: 'Bad Request: Last-Event-ID is no event of ours' },
} as const

export function sessionError(kind: keyof typeof ANSWERS): Response {
  const { status, code, message } = ANSWERS[kind]
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status })
}
