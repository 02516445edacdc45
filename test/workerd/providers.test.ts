// What a component lists of itself, and what is said where it lists or reads nothing: its words come from outside.

import { describe, expect, it } from 'vitest'
import type { Provider } from '../../src/account/tool-list.ts'
import { providerFunction } from '../../src/component/mcp-types.ts'
import type { Json } from '../../src/component/schema.ts'
import { Providers } from '../../src/mcp/providers.ts'
import { toFailure } from '../../src/mcp/results.ts'
import type { Outcome } from '../../src/outcome.ts'
import { NOTHING_DENIED } from '../../src/outcome.ts'

const HIDDEN = ['\u200b', '\u202e', '\ufeff', '\u{e0041}', '\n', '\u3164'] as const

function answered(json: Json, isError = false): Extract<Outcome, { tag: 'answered' }> {
  const text = JSON.stringify(json)
  const result = { json, text, isError, structured: null, blob: null, content: null }
  return { tag: 'answered', component: 'notes', result, printed: '', denied: NOTHING_DENIED }
}

/** One component, whose functions answer with `ok` of these. */
function providers(lists: Readonly<Record<string, Json>>): Providers {
  const all = Object.keys(lists).map((name): Provider => {
    const kind = name.includes('prompt') ? 'prompts' : 'resources'
    const answers = providerFunction({ interface: `wassette-edge:mcp/${kind}@0.1.0`, name })
    return { name, component: 'notes', icon: null, answers }
  })
  return new Providers(
    async () => all,
    async (tool) => answered({ ok: lists[tool] ?? null }),
    async () => [],
    async () => [],
    'https://edge.test',
  )
}

const about = { title: null, description: null }
const described = { ...about, name: 'a name', 'mime-type': null, annotations: null }
const argument = (name: string) => ({ name, ...about, required: false })
const prompt = (name: string, argumentName = 'who') => ({
  name,
  ...about,
  arguments: [argument(argumentName)],
})

describe('a name with characters that nobody sees', () => {
  it.each(HIDDEN)('is in no list, and takes nothing else out of it: %j', async (hidden) => {
    const uri = (name: string) => ({ uri: `notes://${name}`, size: null, ...described })
    const template = (name: string) => ({ 'uri-template': `notes://${name}/{day}`, ...described })
    const listed = providers({
      'list-prompts': [prompt(`gr${hidden}eet`), prompt('greet'), prompt('ask', `w${hidden}ho`)],
      'list-resources': [uri('today'), uri(`to${hidden}day`)],
      'list-templates': [template(`x${hidden}`), template('x')],
    })
    expect((await listed.prompts()).map(({ name }) => name)).toEqual(['notes__greet'])
    expect((await listed.resources()).map((one) => one.uri)).toEqual([
      'wassette-edge://notes/notes://today',
    ])
    expect((await listed.templates()).map((one) => one.uriTemplate)).toEqual([
      'wassette-edge://notes/notes://x/{day}',
    ])
  })
})

describe('what a component says instead of a resource', () => {
  it('is its words, clean and short, behind a sentence of ours', () => {
    const said = `\u202ebefore${'x'.repeat(100_000)}\u200b`
    const { content, isError, _meta } = toFailure(answered({ err: said }, true), 'https://e.test')
    expect([isError, _meta]).toEqual([true, { 'wassette-edge/error': { code: 'component-error' } }])
    const [ours, theirs, ...more] = content
    expect(ours).toEqual({ type: 'text', text: 'Error: The component answered with an error.' })
    expect(more).toEqual([])
    if (theirs?.type !== 'text') throw new Error('no words')
    expect(theirs._meta).toEqual({ 'wassette-edge/origin': 'component' })
    expect(theirs.text).toMatch(/^\{"err":"beforex+…$/)
    expect(theirs.text).toHaveLength(2_000)
  })

  it('is not told when it is no answer of that kind', () => {
    const { content } = toFailure(answered({ ok: 'x'.repeat(1_000_000) }), 'https://e.test')
    expect(content).toEqual([
      {
        type: 'text',
        text: 'Error: The component answered with a value that is not of its type.',
      },
    ])
  })
})
