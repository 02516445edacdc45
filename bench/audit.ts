// What it costs to seal a record of the audit: hashes, commitments and the canonical text, beside writing the same
// record down as JSON. Pure code in this process; `npm run bench` prints it too.

import { pathToFileURL } from 'node:url'
import type { AuditEvent } from '../src/audit/event.ts'
import type { Head } from '../src/audit/record.ts'
import { chainOf, EMPTY, sealRecord } from '../src/audit/record.ts'

const BATCH = 200
const BATCHES = 30
const WARM_UP = 5
const SALT = new Uint8Array(32).fill(7)
const AT = 1_800_000_000_000

/** A call as components make them, with so many requests. */
function callEvent(hostCalls: number): AuditEvent {
  const made = Array.from({ length: hostCalls }, (_, n) => n)
  const digest = `sha256:${'a'.repeat(64)}`
  return {
    kind: 'call',
    facts: {
      call: '0b2f3d0e-5a9d-4f5e-9d0c-0a7f7b6f3c11',
      digest,
      policy_digest: digest,
      outcome: 'answered',
      reason: null,
      started_at: AT,
      ms: 12,
      fuel: 1_234_567,
      host_calls: made.map((n) => ({
        kind: 'network',
        outcome: 'answered',
        status: 200,
        bytes_out: 0,
        bytes_in: 4_096 + n,
        started_at: AT + n,
        ms: 5,
      })),
    },
    texts: {
      client: 'a-client-of-somebody',
      client_name: 'A client of somebody',
      session: null,
      tool: 'fetch',
      component: 'fetch',
      source: 'catalogue:fetch',
      arguments_digest: digest,
      variables: [],
      host_calls: made.map((n) => ({ host: `host${n}.example`, port: 443, method: 'GET' })),
      asked: [],
    },
  }
}

export async function measureAudit(): Promise<void> {
  const chain = await chainOf('p0')
  console.log(`audit: medians of ${BATCHES} batches, microseconds`)
  for (const hostCalls of [0, 1, 16]) {
    const event = callEvent(hostCalls)
    let written = 0
    const plain = (): void => {
      written += JSON.stringify({ ...event, at: AT }).length
    }
    let head: Head = EMPTY
    const seal = async (): Promise<void> => {
      const { body, hash, private: kept } = await sealRecord(chain, head, event, AT, SALT)
      written += JSON.stringify(body).length + JSON.stringify(kept).length
      head = { seq: body.seq, hash, at: body.at }
    }
    const taken: { readonly plain: number; readonly sealed: number }[] = []
    // Taken in turns, so that whatever else the machine does falls on both alike; the first are to warm up.
    for (let batch = -WARM_UP; batch < BATCHES; batch += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      const times = { plain: await microseconds(plain), sealed: await microseconds(seal) }
      if (batch >= 0) taken.push(times)
    }
    if (written === 0 || head.seq !== BATCH * (BATCHES + WARM_UP)) throw new Error('not sealed')
    const [json, sealed] = [median(taken.map((t) => t.plain)), median(taken.map((t) => t.sealed))]
    const name = `a call with ${hostCalls} host calls`
    const ratio = (sealed / json).toFixed(0)
    console.log(
      `${name.padEnd(32)} ${sealed.toFixed(0)} sealed, ${json.toFixed(1)} as JSON, ratio ${ratio}`,
    )
  }
  console.log('')
}

/** Of one run, over a batch. */
async function microseconds(run: () => void | Promise<void>): Promise<number> {
  const start = performance.now()
  // oxlint-disable-next-line no-await-in-loop -- a record follows the one before
  for (let n = 0; n < BATCH; n += 1) await run()
  return ((performance.now() - start) * 1_000) / BATCH
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await measureAudit()
