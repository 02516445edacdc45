import type { Tool } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { ranked, scoreOfWords } from '../../store/ranking.ts'
import { PAGED, pageAnswer, PAGING } from '../answer-page.ts'
import { builtin } from '../builtin.ts'
import { META } from '../results.ts'

const DEFAULT_LIMIT = 10

export const searchTools = builtin({
  name: 'search-tools',
  title: 'Search the tools that are there',
  description:
    'Finds tools by words in their names, titles, descriptions and parameters, the best first, with the ' +
    'schemas of their inputs. What is found is called by its name, whether or not it was listed.',
  scope: 'tools:call',
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    query: z.string().max(256).describe('Words to look for; none of them: every tool'),
    ...PAGING,
  }),
  output: z.looseObject({
    status: z.string(),
    tools: z.array(z.looseObject({ name: z.string(), inputSchema: z.looseObject({}) })),
    ...PAGED,
  }),
  async run({ query, ...paging }, { listed }) {
    const found = ranked(await listed(), joined(query), score, ({ name }) => name).map(shown)
    return pageAnswer(
      found,
      paging,
      DEFAULT_LIMIT,
      ({ name }) => name,
      (tools) => ({
        status: 'Tool list found',
        tools,
      }),
    )
  },
})

function shown({ name, title, description, inputSchema, annotations, _meta }: Tool) {
  const component = _meta?.[META.component]
  return {
    name,
    title,
    description,
    ...(component === undefined ? {} : { component }),
    inputSchema,
    annotations,
  }
}

function score({ name, title, description, inputSchema, _meta }: Tool, term: string): number {
  const parameters = Object.keys(inputSchema.properties ?? {}).map(joined)
  const byParameter = parameters.includes(term)
    ? 10
    : parameters.some((one) => one.includes(term))
      ? 5
      : 0
  const of = String(_meta?.[META.component] ?? '')
  const byPlace = [title ?? '', of].filter((text) => joined(text).includes(term)).length * 5
  const about = joined(description ?? '')
  return scoreOfWords(joined(name), about, term) + byParameter + byPlace
}

/** WIT joins words with `-`, and agents write `_`. */
function joined(text: string): string {
  return text.toLowerCase().replaceAll('_', '-')
}
