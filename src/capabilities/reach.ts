// Whether a connection can be opened to where a request went or goes. It carries no byte either way, and
// goes where a request to the same place was approved.

import { connect } from 'cloudflare:sockets'

export type Reach = (
  at: { readonly hostname: string; readonly port: number },
  withinMs: number,
) => Promise<boolean>

export const reachBySocket: Reach = async (at, withinMs) => {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), withinMs)
  try {
    const socket = connect(at, { allowHalfOpen: false, secureTransport: 'off' })
    socket.closed.catch(() => {})
    const opened = socket.opened.then(
      () => true,
      () => false,
    )
    const isOpen = await Promise.race([opened, late.promise])
    socket.close().catch(() => {})
    return isOpen
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
