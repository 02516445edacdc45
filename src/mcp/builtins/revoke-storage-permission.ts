import * as z from 'zod'
import { toldRule } from '../../component/text.ts'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'

export const revokeStoragePermission = builtin({
  name: 'revoke-storage-permission',
  title: 'Take back the permission to use a path of the drive',
  description:
    'Takes back every access of a component to a path of the drive and what is below it. It holds for the next ' +
    'call. still_allowed_by names the rules that reach farther and may allow some of it still.',
  scope: 'components:manage',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    component_id: componentId,
    details: z.strictObject({ uri: z.string().min(1).max(5_000) }),
  }),
  output: z.looseObject({
    status: z.string(),
    component_id: z.string(),
    uri: z.string(),
    message: z.string(),
    was_granted: z.boolean(),
    still_allowed_by: z.array(z.string()),
  }),
  async run({ component_id, details }, { account, now }) {
    const taken = await account.revokeStorage(component_id, details.uri, now())
    if (taken === null) return UNKNOWN_COMPONENT
    const message = taken.ended ? 'the grant has ended' : 'there was no such grant'
    return {
      ok: true,
      value: {
        status: 'permission revoked successfully',
        component_id,
        uri: details.uri,
        message,
        was_granted: taken.ended,
        still_allowed_by: taken.stillAllowedBy.map(toldRule),
      },
    }
  },
})
