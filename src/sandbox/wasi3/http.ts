// wasi:http/types and client of 0.3: a request is handed to the call's network capability, which judges
// it, as in 0.2.

import type { NetworkFace } from '../../capabilities/held.ts'
import { DENIED } from '../wasi/http.ts'
import { sendRequest } from '../wasi/outgoing-request.ts'
import { Fields } from './fields.ts'
import { Request, RequestOptions } from './request.ts'
import { Response } from './response.ts'
import type { Streams } from './streams.ts'

export function http3(
  network: NetworkFace | null,
  streams: Streams,
): Record<string, Record<string, unknown>> {
  const send = async (request: Request): Promise<Response> => {
    if (network === null) {
      request.abandon()
      throw DENIED
    }
    request.transmit(streams)
    const reply = await sendRequest(network, request.outgoing, request.timeouts)
    if (!reply.ok) throw reply.error
    return Response.received(reply.value, network, streams)
  }

  return {
    'wasi3:http/types': { Fields, Request, RequestOptions, Response },
    'wasi3:http/client': { send },
  }
}
