import * as z from 'zod'
import { PAGED, pageAnswer, PAGING } from '../answer-page.ts'
import { builtin } from '../builtin.ts'

const DEFAULT_LIMIT = 50

export const listComponents = builtin({
  name: 'list-components',
  title: 'List the loaded components',
  description:
    'Lists your loaded components with their sources, digests and tools. search-tools finds single tools.',
  scope: 'tools:call',
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject(PAGING),
  output: z.looseObject({
    components: z.array(
      z.looseObject({
        id: z.string(),
        tools_count: z.number().int(),
        schema: z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })) }),
        source: z.string(),
        digest: z.string(),
      }),
    ),
    ...PAGED,
  }),
  async run(input, { account }) {
    const loaded = await account.components()
    const components = loaded.map(({ install, tools, labels, waits }) => ({
      id: install.component,
      tools_count: tools.length,
      schema: {
        tools: tools.map(({ name, model }) => ({
          name,
          description: model.description,
          inputSchema: model.inputSchema,
          ...(model.outputSchema === null ? {} : { outputSchema: model.outputSchema }),
        })),
      },
      source: install.source,
      digest: install.digest,
      imports: install.imports,
      // The most that its calls bring into a session by default.
      labels: labels.atMost,
      // A version that waits for the person is told by the names of its tools alone.
      skipped: waits ? [] : install.skipped,
      waits,
    }))
    return pageAnswer(
      components,
      input,
      DEFAULT_LIMIT,
      ({ id }) => id,
      (page) => ({ components: page }),
    )
  },
})
