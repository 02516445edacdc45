// The import object of one call: every interface of `component/linkable.ts`, under the names that jco asks
// for. A component takes from it what it imports. WASI 0.3 stands under names of its own.

import type { GuestCall } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import type { Halt } from './halt.ts'
import { client } from './mcp/client.ts'
import type { Pending } from './pending.ts'
import { clocks, MonotonicClock } from './wasi/clocks.ts'
import { config } from './wasi/config.ts'
import { environment } from './wasi/environment.ts'
import { IoError } from './wasi/error.ts'
import { filesystem } from './wasi/filesystem.ts'
import { http } from './wasi/http.ts'
import { keyvalueDraft } from './wasi/keyvalue-draft.ts'
import { keyvalueDraft2 } from './wasi/keyvalue-draft2.ts'
import { logging } from './wasi/logging.ts'
import { network } from './wasi/network.ts'
import { Pollable, poll } from './wasi/poll.ts'
import { random } from './wasi/random.ts'
import type { Captured } from './wasi/stdio.ts'
import { stdio } from './wasi/stdio.ts'
import type { ByteSource } from './wasi/streams.ts'
import { emptySource, InputStream, OutputStream, textSource } from './wasi/streams.ts'
import { tcp } from './wasi/tcp.ts'
import { udp } from './wasi/udp.ts'
import { clocks3 } from './wasi3/clocks.ts'
import { environment3 } from './wasi3/environment.ts'
import { filesystem3 } from './wasi3/filesystem.ts'
import { http3 } from './wasi3/http.ts'
import { random3 } from './wasi3/random.ts'
import { stdio3 } from './wasi3/stdio.ts'
import { Streams } from './wasi3/streams.ts'

export type Interfaces = Record<string, Record<string, unknown>>

/** What one call keeps beside its instance. */
export interface CallState {
  readonly captured: Captured
  readonly halt: Halt
  readonly pending: Pending
  /** To be called wherever a guest gives us something outside of a host call. */
  readonly reached: () => void
}

export function importsOf(
  call: () => Pick<GuestCall, 'argv' | 'environment' | 'slot' | 'stdin'>,
  capabilities: GuestCapabilities,
  state: CallState,
): Interfaces {
  const { captured, halt, pending } = state
  const clock = new MonotonicClock()
  const stdin = inputOf(call)
  const streams = new Streams(state)
  return {
    'wasi:io/error': { Error: IoError },
    'wasi:io/poll': { Pollable, poll },
    'wasi:io/streams': { InputStream, OutputStream },
    ...stdio(captured, stdin),
    ...logging(captured),
    ...environment(call, halt),
    ...config(() => call().environment),
    ...clocks(clock),
    ...random(),
    ...filesystem(capabilities.drive, pending),
    ...http(capabilities),
    ...network(capabilities.sockets),
    ...tcp(capabilities.sockets),
    ...udp(),
    ...keyvalueDraft(capabilities.keyValue),
    ...keyvalueDraft2(capabilities.keyValue),
    ...stdio3(captured, stdin, { pending, streams }),
    ...environment3(call, halt),
    ...clocks3(clock),
    ...random3(),
    ...filesystem3(capabilities.drive, { pending, streams }),
    ...http3(capabilities.network, streams),
    ...client(capabilities.client, () => call().slot === null, { halt, pending }),
  }
}

/** One for each call: whoever asks for standard input again reads on where it was. */
function inputOf(call: () => Pick<GuestCall, 'stdin'>): () => ByteSource {
  let [of, source]: [Pick<GuestCall, 'stdin'> | null, ByteSource] = [null, emptySource]
  return () => {
    const current = call()
    if (current !== of) [of, source] = [current, textSource(current.stdin)]
    return source
  }
}
