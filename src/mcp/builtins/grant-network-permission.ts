import * as z from 'zod'
import { parseHostRule } from '../../policy/host-rule.ts'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'
import { approvalUrl } from '../results.ts'

export const grantNetworkPermission = builtin({
  name: 'grant-network-permission',
  title: 'Ask the person to let a component reach a host',
  description:
    'Asks the person to let a component reach a host. Grants nothing by itself: the answer holds a link ' +
    'where the signed-in person decides.',
  scope: 'components:manage',
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
          'host, host:port, *.domain, a URL with a path, or tcp://host:port for connections',
        ),
    }),
  }),
  async run({ component_id, details }, { account, principal, publicUrl, now }) {
    const rule = parseHostRule(details.host)
    if (!rule.ok) {
      const sentence =
        'The host is not a host name, host:port, *.domain, http(s) URL or tcp://host:port.'
      return { ok: false, error: { code: 'bad-host', sentence, details: { problem: rule.error } } }
    }
    const question = {
      client: principal.client,
      clientName: principal.clientName,
      component: component_id,
      tool: 'grant-network-permission',
      permission: 'network' as const,
      rule: rule.value.text,
    }
    const approval = await account.ask(question, now())
    if (approval === null) return UNKNOWN_COMPONENT
    return {
      ok: true,
      value: {
        status: 'permission requested: the person decides',
        component_id,
        permission_type: 'network',
        details,
        approval_url: approvalUrl(publicUrl, approval.id),
        expires_at: Math.floor(approval.expires_at / 1000),
      },
    }
  },
})
