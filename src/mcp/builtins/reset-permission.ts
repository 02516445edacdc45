import * as z from 'zod'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'

export const resetPermission = builtin({
  name: 'reset-permission',
  title: 'Take back every permission of a component',
  description: 'Takes back everything that was granted to a component. It holds for the next call.',
  scope: 'components:manage',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({ component_id: componentId }),
  output: z.looseObject({ status: z.string(), component_id: z.string() }),
  async run({ component_id }, { account, now }) {
    const done = await account.reset(component_id, now())
    if (done === null) return UNKNOWN_COMPONENT
    return { ok: true, value: { status: 'permissions reset successfully', component_id } }
  },
})
