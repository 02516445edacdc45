import * as z from 'zod'
import { isOutOfReach } from '../../policy/address.ts'
import { unreachable } from '../../policy/host.ts'
import { parseHostRule } from '../../policy/host-rule.ts'
import { ask, ASKED } from '../ask.ts'
import { builtin, componentId } from '../builtin.ts'

const NAME = 'grant-network-permission'

export const grantNetworkPermission = builtin({
  name: NAME,
  title: 'Ask the person to let a component reach a host',
  description:
    'Asks the person to let a component reach a host. Grants nothing by itself: the answer holds a link ' +
    'where the signed-in person decides.',
  scope: 'components:manage',
  asks: true,
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    component_id: componentId,
    details: z.strictObject({
      host: z
        .string()
        .min(1)
        .max(512)
        .describe(
          'host, host:port, *.domain, a URL with a path, {argument} for the host that this argument of a call ' +
            'names, or tcp://host:port for connections; with GET,HEAD and a space before it for methods',
        ),
    }),
  }),
  output: ASKED,
  async run({ component_id: component, details }, deps) {
    const rule = parseHostRule(details.host)
    if (!rule.ok) {
      const sentence =
        'The host is not a host name, host:port, *.domain, http(s) URL, {argument} or tcp://host:port.'
      return { ok: false, error: { code: 'bad-host', sentence, details: { problem: rule.error } } }
    }
    const { host } = rule.value
    const isLost = host.kind === 'cidr' && isOutOfReach(host.prefix)
    const address = isLost ? 'address' : null
    const why = host.kind === 'exact' ? unreachable(host.name, deps.load.ownHosts) : address
    if (why !== null) {
      const sentence = 'No permission opens this host: it is out of reach of every component.'
      return { ok: false, error: { code: 'unreachable-host', sentence, details: { why } } }
    }
    const wanted = { tool: NAME, component, permission: 'network', details } as const
    return await ask({ ...wanted, rule: rule.value.text }, deps)
  },
})
