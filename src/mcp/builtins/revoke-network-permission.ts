import * as z from 'zod'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'

export const revokeNetworkPermission = builtin({
  name: 'revoke-network-permission',
  title: 'Take back the permission to reach a host',
  description:
    'Takes back the permission of a component to reach a host. It holds for the next call.',
  scope: 'components:manage',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    component_id: componentId,
    details: z.strictObject({ host: z.string().min(1).max(512) }),
  }),
  async run({ component_id, details }, { account, now }) {
    const revoked = await account.revokeNetwork(component_id, details.host, now())
    if (revoked === null) return UNKNOWN_COMPONENT
    return {
      ok: true,
      value: {
        status: 'permission revoked',
        component_id,
        permission_type: 'network',
        details,
        was_granted: revoked,
      },
    }
  },
})
