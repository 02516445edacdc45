// What signs that a person need not be asked again whether a client may act for them. A key of its own, made of the
// host's master key: without that, nothing is remembered.

const LABEL = new TextEncoder().encode('wassette-edge: remembered consent')

/** Seconds. */
export const REMEMBERED_S = 30 * 86_400

/** `null`: the host has no master key. */
export async function rememberingKey(master: string | undefined): Promise<string | null> {
  if (master === undefined || master === '') return null
  const bytes = new TextEncoder().encode(master)
  const key = await crypto.subtle.importKey(
    'raw',
    bytes,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, LABEL)).toHex()
}
