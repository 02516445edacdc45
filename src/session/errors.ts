// The specification's answers to a request without a session that can serve it (MCP 2025-11-25, transports).

const ANSWERS = {
  /** Unknown, ended or another's: the three look the same. The client initializes again. */
  unknown: { status: 404, code: -32001, message: 'Session not found' },
  unparsable: { status: 400, code: -32700, message: 'Parse error: the body is not JSON' },
  missing: { status: 400, code: -32000, message: 'Bad Request: Mcp-Session-Id header is required' },
  event: { status: 400, code: -32000, message: 'Bad Request: Last-Event-ID is no event of ours' },
} as const

export function sessionError(kind: keyof typeof ANSWERS): Response {
  const { status, code, message } = ANSWERS[kind]
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status })
}
