import * as z from 'zod'
import { ENVIRONMENT_LIMITS } from '../../policy/environment.ts'
import { PERMISSION_TYPES } from '../ask.ts'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'

export const revokeEnvironmentVariablePermission = builtin({
  name: 'revoke-environment-variable-permission',
  title: 'Take a variable back from a component',
  description:
    'Takes back the permission of a component to be handed a variable. It holds for the next call.',
  scope: 'components:manage',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    component_id: componentId,
    details: z.strictObject({ key: z.string().min(1).max(ENVIRONMENT_LIMITS.KEY_CHARS) }),
  }),
  output: z.looseObject({
    status: z.string(),
    component_id: z.string(),
    permission_type: z.string(),
    details: z.looseObject({}),
    was_granted: z.boolean(),
  }),
  async run({ component_id, details }, { account, now }) {
    const revoked = await account.revokeEnvironment(component_id, details.key, now())
    if (revoked === null) return UNKNOWN_COMPONENT
    return {
      ok: true,
      value: {
        status: 'permission revoked',
        component_id,
        permission_type: PERMISSION_TYPES.environment,
        details,
        was_granted: revoked,
      },
    }
  },
})
