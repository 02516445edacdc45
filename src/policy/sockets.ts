// Judges what a guest does with sockets. A name may be looked up when some connection to it is granted; no
// real address ever takes part, so `network.ts` judges a connection by name and port like any request.

import * as z from 'zod'
import type { NetworkVerdict } from './denial.ts'
import type { Hostname } from './host.ts'
import { canonicalHost, unreachable } from './host.ts'
import type { Permit } from './layers.ts'
import { judgeLayers } from './layers.ts'
import type { NetworkPermission } from './network.ts'
import { lookupName } from './network.ts'
import type { Result } from './result.ts'
import { err } from './result.ts'

/** What a guest asks for, before anything of it is believed. */
export const LookupName = z.string().min(1).max(512)

export const ConnectMessage = z.strictObject({
  address: z.union([
    z.strictObject({ ipv4: z.array(z.number().int().min(0).max(255)).length(4) }),
    z.strictObject({ ipv6: z.array(z.number().int().min(0).max(65_535)).length(8) }),
  ]),
  port: z.number().int().min(1).max(65_535),
})
export type ConnectMessage = z.infer<typeof ConnectMessage>

/** `null` for what is no host name: anything that would be more than a host in a URL. */
export function parseName(text: string): Hostname | null {
  if (/[\s@/\\?#:]/.test(text) || !URL.canParse(`http://${text}/`)) return null
  return canonicalHost(new URL(`http://${text}/`))
}

/** Whether the name may be looked up, and under which grants. */
export function judgeLookup(
  permission: NetworkPermission,
  host: Hostname,
): Result<Permit, NetworkVerdict> {
  const about = { permission: 'network', host, port: 0 } as const
  const why = unreachable(host, permission.ownHosts)
  if (why !== null) return err({ ...about, reason: 'unreachable', why })
  const verdict = judgeLayers(permission.layers, lookupName(host))
  if (verdict.ok) return verdict
  switch (verdict.error.by) {
    case 'ceiling':
      return err({ ...about, reason: 'ceiling' })
    case 'person':
      return err({ ...about, reason: 'denied', rule: verdict.error.rule.text })
    case 'nobody':
      return err({ ...about, reason: 'name-not-granted' })
  }
}

/** How an address is written in a URL and in a record. */
export function addressText(address: ConnectMessage['address']): string {
  if ('ipv4' in address) return address.ipv4.join('.')
  return `[${address.ipv6.map((part) => part.toString(16)).join(':')}]`
}
