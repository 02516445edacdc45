import * as z from 'zod'
import { toldRule } from '../../component/text.ts'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'

export const revokeNetworkPermission = builtin({
  name: 'revoke-network-permission',
  title: 'Take back the permission to reach a host',
  description:
    'Takes back whatever a component may reach at a host: all that lies inside what is named. It holds for the ' +
    'next call. still_allowed_by names the rules that reach farther and may let it through still.',
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
  output: z.looseObject({
    status: z.string(),
    component_id: z.string(),
    permission_type: z.string(),
    details: z.looseObject({}),
    was_granted: z.boolean(),
    still_allowed_by: z.array(z.string()),
  }),
  async run({ component_id, details }, { account, now }) {
    const taken = await account.revokeNetwork(component_id, details.host, now())
    if (taken === null) return UNKNOWN_COMPONENT
    return {
      ok: true,
      value: {
        status: 'permission revoked',
        component_id,
        permission_type: 'network',
        details,
        was_granted: taken.ended,
        still_allowed_by: taken.stillAllowedBy.map(toldRule),
      },
    }
  },
})
