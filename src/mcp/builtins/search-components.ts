import * as z from 'zod'
import { PAGED, pageAnswer, PAGING } from '../answer-page.ts'
import { builtin } from '../builtin.ts'
import { iconsOf } from '../icons.ts'

const DEFAULT_LIMIT = 50

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
  input: z.strictObject({
    query: z.string().max(256).optional().describe('Words to look for'),
    ...PAGING,
  }),
  output: z.looseObject({
    status: z.string(),
    components: z.array(
      z.looseObject({ name: z.string(), description: z.string(), uri: z.string() }),
    ),
    ...PAGED,
  }),
  async run({ query, ...paging }, { catalogue, publicUrl }) {
    const found = await catalogue.search(query ?? '')
    const components = found.map(({ name, description, digest, icon }) => ({
      name,
      description,
      uri: name,
      digest,
      ...iconsOf(publicUrl, icon),
    }))
    return pageAnswer(
      components,
      paging,
      DEFAULT_LIMIT,
      ({ name }) => name,
      (page) => ({
        status: 'Component list found',
        components: page,
      }),
    )
  },
})
