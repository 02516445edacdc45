import * as z from 'zod'
import { builtin } from '../builtin.ts'

export const searchComponents = builtin({
  name: 'search-components',
  title: 'Search the catalogue',
  description: 'Searches the catalogue of components that this server offers. No query lists all.',
  scope: 'tools:call',
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({ query: z.string().max(256).optional().describe('Words to look for') }),
  async run({ query }, { catalogue }) {
    const found = await catalogue.search(query ?? '')
    const components = found.map(({ name, description, digest }) => ({
      name,
      description,
      uri: name,
      digest,
    }))
    return { ok: true, value: { status: 'Component list found', components } }
  },
})
