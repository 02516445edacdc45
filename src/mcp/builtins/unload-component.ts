import * as z from 'zod'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'

export const unloadComponent = builtin({
  name: 'unload-component',
  title: 'Unload a component',
  description:
    'Unloads a component. Its tools, every permission granted to it and what it kept end at once; what the ' +
    'person denied or limited holds again when it is loaded again.',
  scope: 'components:manage',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({ id: componentId }),
  output: z.looseObject({ status: z.string(), id: z.string() }),
  async run({ id }, { account, now }) {
    const removed = await account.uninstall(id, now())
    if (!removed) return UNKNOWN_COMPONENT
    return { ok: true, value: { status: 'component unloaded successfully', id } }
  },
})
