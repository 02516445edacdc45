import * as z from 'zod'
import { parseStorageRule } from '../../policy/storage-rule.ts'
import { ask, ASKED } from '../ask.ts'
import { builtin, componentId } from '../builtin.ts'

const NAME = 'grant-storage-permission'

export const grantStoragePermission = builtin({
  name: NAME,
  title: 'Ask the person to let a component use a path of the drive',
  description:
    'Asks the person to let a component read or write a path of their drive. Grants nothing by itself: ' +
    'the answer holds a link where the signed-in person decides.',
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
      uri: z
        .string()
        .min(1)
        .max(4096)
        .describe('fs://path, with * and ** as globs; or {argument} for the path that it names'),
      access: z
        .array(z.enum(['read', 'write']))
        .min(1)
        .max(2),
    }),
  }),
  output: ASKED,
  async run({ component_id: component, details }, deps) {
    const rule = parseStorageRule(details.uri, details.access)
    if (!rule.ok) {
      const sentence =
        'The uri is not fs:// and a path on the drive, or its glob is not one we know.'
      return { ok: false, error: { code: 'bad-uri', sentence, details: { problem: rule.error } } }
    }
    const wanted = { tool: NAME, component, permission: 'storage', details } as const
    return await ask({ ...wanted, rule: rule.value.text }, deps)
  },
})
