// What a client takes as an answer (RFC 9110 §12.5.1), of the two kinds that MCP has.

const JSON_TYPE = 'application/json'
const STREAM = 'text/event-stream'

export interface Accepts {
  readonly json: boolean
  readonly stream: boolean
}

/** Who says nothing takes everything. */
export function acceptsOf(header: string | null): Accepts {
  const accepts = (type: string): boolean => header === null || weightOf(header, type) > 0
  return { json: accepts(JSON_TYPE), stream: accepts(STREAM) }
}

/** That of the most specific range which the type is in; 0: in none. */
function weightOf(header: string, type: string): number {
  const [family] = type.split('/')
  const ranks = ['*/*', `${family}/*`, type]
  let [best, weight] = [-1, 0]
  for (const range of header.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const rank = ranks.indexOf(name)
    if (rank <= best) continue
    const q = parameters.find((one) => one.startsWith('q='))
    best = rank
    weight = q === undefined ? 1 : Number(q.slice(2)) || 0
  }
  return weight
}
