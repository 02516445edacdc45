// A fault of ours at the desk, as a client is told of it: an internal error with a code. Its cause stays here.

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { isStoreLate } from '../patience.ts'
import type { Desk } from './desk.ts'

/** The same desk; it throws nothing but such errors. */
export function withTypedFaults(desk: Desk): Desk {
  return {
    list: () => typed(desk.list()),
    call: (...args) => typed(desk.call(...args)),
    resources: () => typed(desk.resources()),
    resourceTemplates: () => typed(desk.resourceTemplates()),
    readResource: (...args) => typed(desk.readResource(...args)),
    prompts: () => typed(desk.prompts()),
    getPrompt: (...args) => typed(desk.getPrompt(...args)),
    complete: (...args) => typed(desk.complete(...args)),
    resolve: (...args) => typed(desk.resolve(...args)),
  }
}

async function typed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    console.error('desk fault', cause)
    const [code, message] = isStoreLate(cause)
      ? ['store-late', 'A store of this server does not answer. Try again in a moment.']
      : ['internal', 'The server failed. Nothing was half-done; try again.']
    throw new ProtocolError(ProtocolErrorCode.InternalError, message, { code })
  }
}
