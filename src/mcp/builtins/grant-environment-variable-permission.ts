import * as z from 'zod'
import { ENVIRONMENT_LIMITS, parseVariableKey } from '../../policy/environment.ts'
import { ask, ASKED } from '../ask.ts'
import { builtin, componentId } from '../builtin.ts'

const NAME = 'grant-environment-variable-permission'

export const grantEnvironmentVariablePermission = builtin({
  name: NAME,
  title: 'Ask the person to hand a variable to a component',
  description:
    'Asks the person to hand one of their variables, such as an API token, to a component. Grants nothing ' +
    'by itself: the answer holds a link where the signed-in person decides and types the value. Never ask ' +
    'for the value yourself.',
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
      key: z
        .string()
        .min(1)
        .max(ENVIRONMENT_LIMITS.KEY_CHARS)
        .describe('the exact name of the variable, such as GITHUB_TOKEN'),
    }),
  }),
  output: ASKED,
  async run({ component_id: component, details }, deps) {
    const rule = parseVariableKey(details.key)
    if (rule === null) {
      const sentence =
        'The key is not the name of a variable: letters, digits, _, - and . after a letter or _.'
      return { ok: false, error: { code: 'bad-key', sentence } }
    }
    return await ask({ tool: NAME, component, permission: 'environment', rule, details }, deps)
  },
})
