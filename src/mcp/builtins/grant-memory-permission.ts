import * as z from 'zod'
import { limitRule } from '../../policy/limit-rule.ts'
import { parseBytes } from '../../policy/quantity.ts'
import { ask, ASKED } from '../ask.ts'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'
import { limitsInForce } from '../rules-in-force.ts'

const NAME = 'grant-memory-permission'
const MIB = 1024 * 1024

const memory = z
  .union([z.string().min(1).max(32), z.number().int().positive()])
  .describe('such as "32Mi" (Ki, Mi, Gi, Ti, or bytes without one), or a number of MiB')

export const grantMemoryPermission = builtin({
  name: NAME,
  title: 'Ask the person to bound the memory of a component',
  description:
    'Asks the person to bound the memory of a component, in the place of a bound they set before. Changes ' +
    'nothing by itself: the answer holds a link where the signed-in person decides.',
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
    details: z.union([
      z.strictObject({ memory }),
      z.strictObject({
        resources: z.strictObject({ limits: z.strictObject({ memory }) }),
      }),
    ]),
  }),
  output: ASKED,
  async run({ component_id: component, details }, deps) {
    const asked = 'memory' in details ? details.memory : details.resources.limits.memory
    const bytes = typeof asked === 'number' ? asked * MIB : parseBytes(asked)
    if (bytes === null || !Number.isSafeInteger(bytes)) {
      const sentence = 'The memory is not an amount such as "32Mi", bytes, or a number of MiB.'
      return { ok: false, error: { code: 'bad-memory', sentence } }
    }
    const view = await deps.account.component(component)
    if (view === null) return UNKNOWN_COMPONENT
    const { memoryBytes: most } = limitsInForce({ ...view, grants: [] })
    if (bytes > most) {
      const sentence = 'No permission gives so much memory: the host of this server allows less.'
      return { ok: false, error: { code: 'too-much-memory', sentence, details: { most } } }
    }
    const rule = limitRule('memoryBytes', bytes)
    return await ask({ tool: NAME, component, permission: 'limit', rule, details }, deps)
  },
})
