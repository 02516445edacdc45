// A fault of ours at the desk, as a client is told of it: an internal error with a code. Its cause stays here.

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { isStoreLate } from '../patience.ts'
import type { Desk } from './desk.ts'

/** The same desk; it throws nothing but such errors. */
export function withTypedFaults(desk: Desk): Desk {
  return {
    list: () => typed(desk.list()),
    call: (...args) => typed(desk.call(...args), callFaultOf),
    resources: () => typed(desk.resources()),
    resourceTemplates: () => typed(desk.resourceTemplates()),
    readResource: (...args) => typed(desk.readResource(...args), callFaultOf),
    prompts: () => typed(desk.prompts()),
    getPrompt: (...args) => typed(desk.getPrompt(...args), callFaultOf),
    complete: (...args) => typed(desk.complete(...args)),
    resolve: (...args) => typed(desk.resolve(...args)),
  }
}

interface Fault {
  readonly code: 'store-late' | 'internal'
  readonly message: string
}

/** Of what is done whole or not at all. */
export function faultOf(cause: unknown): Fault {
  return isStoreLate(cause)
    ? {
        code: 'store-late',
        message:
          'A store of this server does not answer. Nothing was half-done; try again in a moment.',
      }
    : { code: 'internal', message: 'The server failed. Nothing was half-done; try again.' }
}

/** Of a call without an answer, as it could not be recorded: nobody knows here how far it had come. */
function callFaultOf(cause: unknown): Fault {
  const { code } = faultOf(cause)
  const what =
    code === 'store-late' ? 'A store of this server does not answer' : 'The server failed'
  return {
    code,
    message: `${what}, and what the call did may be done: look before it is tried again.`,
  }
}

async function typed<T>(work: Promise<T>, of: (cause: unknown) => Fault = faultOf): Promise<T> {
  try {
    return await work
  } catch (cause) {
    console.error('desk fault', cause)
    const { code, message } = of(cause)
    throw new ProtocolError(ProtocolErrorCode.InternalError, message, { code })
  }
}
