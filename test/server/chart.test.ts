// The chart component as its person uses it: from the catalogue, by real clients, each image decoded.

import type {
  CallToolResult,
  ElicitRequestFormParams,
  ElicitResult,
} from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, textOf } from '../support/agent.ts'
import { decodePng, type Picture } from '../support/png.ts'

const { url } = inject('server')
const PALETTE = 'wassette-edge://chart/chart://palette'
const EXPENSES = 'wassette-edge://chart/chart://samples/expenses'
const TEMPERATURES = 'wassette-edge://chart/chart://samples/temperatures'
const WHITE = '#ffffff'

let alice: Agent
/** The colours of series and slices, in their order, as the component gives them out. */
let blue: string
let orange: string
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  await alice.startFresh()
  const { tools } = await alice.load('chart')
  expect(tools).toEqual(['bar-chart', 'line-chart', 'pie-chart', 'ask-chart'])
  const palette = JSON.parse(await read(alice, PALETTE)) as { colour: string }[]
  ;[blue, orange] = palette.map(({ colour }) => colour) as [string, string]
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
})

async function read({ client }: Agent, uri: string): Promise<string> {
  const [contents] = (await client.readResource({ uri })).contents
  if (contents === undefined || !('text' in contents)) throw new Error('no text')
  return contents.text
}

/** The one image of an answer that has to be a success. */
function pictureOf(result: CallToolResult): Picture {
  if (result.isError === true) throw new Error(textOf(result))
  const [image, ...more] = result.content.filter(({ type }) => type === 'image')
  if (image?.type !== 'image' || more.length > 0) throw new Error('not one image')
  expect(image.mimeType).toBe('image/png')
  return decodePng(Buffer.from(image.data, 'base64'))
}

describe('bar-chart', () => {
  const visitors = {
    title: 'Visitors',
    categories: ['Mon', 'Tue'],
    series: [{ name: '2026', values: [120, 60] }],
  }

  it('answers with an image, a summary for the model and the numbers', async () => {
    const result = await alice.call('bar-chart', visitors)
    expect(result.content.map(({ type }) => type)).toEqual(['image', 'text'])
    expect(result.content[1]).toEqual({
      type: 'text',
      text: 'Bar chart “Visitors”, 2 categories.\n- 2026: min 60 (Tue), max 120 (Mon), total 180',
      annotations: { audience: ['assistant'] },
    })
    expect(result.structuredContent).toEqual({
      kind: 'bar',
      title: 'Visitors',
      categories: ['Mon', 'Tue'],
      series: [
        {
          name: '2026',
          values: [120, 60],
          min: { value: 60, at: 'Tue' },
          max: { value: 120, at: 'Mon' },
          total: 180,
        },
      ],
      image: { width: 960, height: 540 },
    })
  })

  it('draws bars as high as their numbers', async () => {
    const { width, height, pixel } = pictureOf(await alice.call('bar-chart', visitors))
    expect([width, height]).toEqual([960, 540])
    expect(pixel(0, 0)).toBe(WHITE)
    const [monday, tuesday] = [280, 715]
    expect([pixel(monday, 480), pixel(monday, 160)]).toEqual([blue, blue])
    expect([pixel(tuesday, 480), pixel(tuesday, 340)]).toEqual([blue, blue])
    expect([pixel(tuesday, 160), pixel(500, 480)]).toEqual([WHITE, WHITE])
    // Half of the tallest bar, within a pixel.
    const top = (x: number): number => {
      for (let y = 105; y < height; y += 1) if (pixel(x, y) === blue) return y
      throw new Error('no bar')
    }
    const zero = 500
    expect((zero - top(tuesday)) / (zero - top(monday))).toBeCloseTo(0.5, 1)
  })

  it('draws series side by side, below zero too, or on top of each other', async () => {
    const categories = ['only']
    const series = [
      { name: 'a', values: [10] },
      { name: 'b', values: [-10] },
    ]
    const beside = pictureOf(await alice.call('bar-chart', { title: '', categories, series }))
    expect([beside.pixel(460, 200), beside.pixel(550, 400)]).toEqual([blue, orange])
    expect([beside.pixel(550, 200), beside.pixel(460, 400)]).toEqual([WHITE, WHITE])

    const up = [series[0], { name: 'b', values: [10] }]
    const options = { stacked: true, theme: 'dark', width: 1000, height: 600 }
    const stacked = await alice.call('bar-chart', { title: '', categories, series: up, options })
    const { pixel, width, height } = pictureOf(stacked)
    expect([width, height]).toEqual([1000, 600])
    expect([pixel(0, 0), pixel(520, 500), pixel(520, 200)]).toEqual(['#171a1f', blue, orange])
  })
})

describe('line-chart', () => {
  it('numbers the points, or takes numbers or labels for them', async () => {
    const series = [{ name: 'flat', values: [5, 5, 5] }]
    const given = [
      [undefined, [1, 2, 3]],
      [{ tag: 'numbers', val: [0.5, 2, 40] }, [0.5, 2, 40]],
      [{ tag: 'labels', val: ['a', 'b', 'c'] }, ['a', 'b', 'c']],
    ]
    for (const [x, drawn] of given) {
      const result = await alice.call('line-chart', { title: 'Flat', series, ...(x && { x }) })
      expect(result.structuredContent).toMatchObject({ kind: 'line', x: drawn })
      const { pixel, height } = pictureOf(result)
      const line = Array.from({ length: height }, (_, y) => pixel(400, y)).filter(
        (at) => at === blue,
      )
      expect(line.length).toBeGreaterThan(0)
      expect(line.length).toBeLessThanOrEqual(3)
    }
  })

  it('tells how far a large chart has come', async () => {
    const values = Array.from({ length: 20_000 }, (_, at) => Math.sin(at / 500))
    const args = { title: 'Wave', series: [{ name: '', values }] }
    const heard: unknown[] = []
    const result = await alice.client.callTool(
      { name: 'line-chart', arguments: args },
      { onprogress: (progress) => void heard.push(progress) },
    )
    expect(heard).toEqual([
      { progress: 1, total: 3, message: 'checked the numbers' },
      { progress: 2, total: 3, message: 'drew 1 of 1 series' },
      { progress: 3, total: 3, message: 'wrote the image' },
    ])
    expect(pictureOf(result).width).toBe(960)
    expect(result.structuredContent).toMatchObject({ series: [{ values: { length: 20_000 } }] })
  })
})

describe('pie-chart', () => {
  it('draws slices clockwise around the total', async () => {
    const slices = [
      { label: 'right', value: 30 },
      { label: 'left', value: 30 },
    ]
    const result = await alice.call('pie-chart', { title: 'Halves', slices })
    expect(textOf(result)).toContain('Pie chart “Halves”, 2 slices, total 60.\n- right: 30 (50.0%)')
    expect(result.structuredContent).toMatchObject({
      kind: 'pie',
      slices: [
        { label: 'right', value: 30, share: 0.5 },
        { label: 'left', value: 30, share: 0.5 },
      ],
      total: 60,
    })
    const { pixel } = pictureOf(result)
    expect([pixel(420, 295), pixel(100, 295)]).toEqual([blue, orange])
    expect([pixel(180, 340), pixel(60, 90)]).toEqual([WHITE, WHITE])
  })
})

describe('what cannot be drawn', () => {
  const series = (values: unknown[]) => [{ name: 'a', values }]
  const long = (length: number): number[] => Array.from({ length }, (_, at) => at)
  const BAD: [tool: string, args: Record<string, unknown>, err: string][] = [
    ['bar-chart', { categories: [], series: series([]) }, 'categories: empty'],
    ['bar-chart', { categories: ['a'], series: [] }, 'series: empty'],
    [
      'bar-chart',
      { categories: ['a', 'b'], series: [...series([1, 2]), ...series([1])] },
      'series[1].values: 1 numbers, but categories has 2',
    ],
    [
      'bar-chart',
      { categories: ['a', 'b'], series: series([1, 'NaN']) },
      'series[0].values[1]: not a finite number',
    ],
    [
      'bar-chart',
      { categories: ['a'], series: series([1e16]) },
      'series[0].values[0]: larger than 1e15',
    ],
    [
      'bar-chart',
      { categories: long(501).map(String), series: series(long(501)) },
      'series: 501 bars; 500 at most',
    ],
    [
      'bar-chart',
      { categories: ['a'], series: Array.from({ length: 11 }, () => series([1])[0]) },
      'series: 11; 10 at most',
    ],
    ['line-chart', { series: [] }, 'series: empty'],
    ['line-chart', { series: series([]) }, 'series[0].values: empty'],
    ['line-chart', { series: series(['-inf']) }, 'series[0].values[0]: not a finite number'],
    ['line-chart', { series: series(long(20_001)) }, 'series: 20001 points; 20000 at most'],
    [
      'line-chart',
      { x: { tag: 'numbers', val: [1, 1] }, series: series([1, 2]) },
      'x[1]: 1 is not larger than 1 before it',
    ],
    [
      'line-chart',
      { series: series([1]), options: { stacked: true } },
      'options.stacked: for bars only',
    ],
    ['pie-chart', { slices: [] }, 'slices: empty'],
    ['pie-chart', { slices: [{ label: 'a', value: 0 }] }, 'slices: all are 0'],
    ['pie-chart', { slices: [{ label: 'a', value: -1 }] }, 'slices[0]: negative: -1'],
    [
      'pie-chart',
      { slices: [{ label: 'a', value: 1 }], options: { 'x-label': 'x' } },
      'options.x-label and options.y-label: a pie has no axes',
    ],
    [
      'pie-chart',
      { slices: [{ label: 'a', value: 1 }], options: { width: 399 } },
      'options.width: 400 to 1600, not 399',
    ],
    ['ask-chart', { data: '' }, 'data: empty'],
    ['ask-chart', { data: 'a,b\nx,1\n\ny,two' }, 'data, line 4, column b: not a number: "two"'],
    ['ask-chart', { data: 'a,b\n"x,1' }, 'data, line 2: a quotation mark is not closed'],
  ]
  it.each(BAD.map(([name, args, err]) => ({ name, args, err })))(
    '$name says what is wrong: $err',
    async ({ name, args, err }) => {
      const titled = name === 'ask-chart' ? args : { title: 'Bad', ...args }
      const result = await alice.call(name, titled)
      expect(result.isError).toBe(true)
      expect(JSON.parse(textOf(result))).toEqual({ err })
    },
  )

  it('is drawn at its largest, with lines from edge to edge', async () => {
    const length = 2_000
    const largest = {
      title: 'Noise',
      x: { tag: 'numbers', val: Array.from({ length }, (_, at) => at) },
      series: Array.from({ length: 10 }, (_, line) => ({
        name: `line ${line}`,
        values: Array.from({ length }, (_, at) => ((at + line) % 2) * 100),
      })),
      options: { width: 1600, height: 1200 },
    }
    const { width, height } = pictureOf(await alice.call('line-chart', largest))
    expect([width, height]).toEqual([1600, 1200])
  })

  it('is drawn anyhow when it is only strange', async () => {
    const strange = {
      title: 'Ж 日本 🎉 \u0000\u202e'.repeat(500),
      categories: ['', 'x'.repeat(10_000)],
      series: Array.from({ length: 10 }, () => ({
        name: 'y'.repeat(5_000),
        values: [5e-324, -1e15],
      })),
      options: { width: 400, height: 300, 'x-label': 'z'.repeat(999), 'y-label': '"' },
    }
    const { width, height } = pictureOf(await alice.call('bar-chart', strange))
    expect([width, height]).toEqual([400, 300])
  })
})

describe.each(['auto', 'legacy'] as const)('ask-chart, by a client of the %s era,', (mode) => {
  const agents: Agent[] = []
  async function agent(answers?: (form: ElicitRequestFormParams) => ElicitResult): Promise<Agent> {
    const made = await Agent.of(url, 'alice', { mode, ...(answers && { answers }) })
    agents.push(made)
    return made
  }
  afterAll(async () => {
    for (const one of agents) await one.close()
  })

  it('draws what the person chose', async () => {
    const forms: ElicitRequestFormParams[] = []
    const person = await agent((form) => {
      forms.push(form)
      return { action: 'accept', content: { kind: 'pie', title: 'Our money' } }
    })
    const result = await person.call('ask-chart', { data: await read(person, EXPENSES) })
    expect(forms).toMatchObject([
      {
        message:
          'The component chart asks:\nHow do you want to see these numbers? Rows: 6, series: 1.',
        requestedSchema: {
          properties: {
            kind: {
              oneOf: [
                { const: 'bars', title: 'Bars' },
                { const: 'lines', title: 'Lines' },
                { const: 'pie', title: 'A pie' },
              ],
              default: 'bars',
            },
            title: { type: 'string', maxLength: 120 },
          },
          required: ['kind'],
        },
      },
    ])
    expect(result.structuredContent).toMatchObject({ kind: 'pie', title: 'Our money', total: 1880 })
    expect(pictureOf(result).pixel(420, 295)).toBe(blue)
  })

  it('offers a pie only for parts of one whole', async () => {
    let kinds: unknown
    const person = await agent(({ requestedSchema }) => {
      kinds = requestedSchema.properties['kind']
      return { action: 'accept', content: { kind: 'lines' } }
    })
    const result = await person.call('ask-chart', { data: await read(person, TEMPERATURES) })
    expect(JSON.stringify(kinds)).not.toContain('pie')
    expect(result.structuredContent).toMatchObject({
      kind: 'line',
      title: '',
      x: { length: 12, 0: 'Jan' },
      series: [
        { name: 'Lisbon', max: { value: 23.9, at: 'Aug' } },
        { name: 'Helsinki', min: { value: -4.9, at: 'Feb' } },
      ],
    })
  })

  it('draws nothing for a person who does not want it', async () => {
    const person = await agent(() => ({ action: 'decline' }))
    const result = await person.call('ask-chart', { data: 'a;b\n"x; ""y""";1' })
    expect(result.isError).toBe(true)
    expect(JSON.parse(textOf(result))).toEqual({ err: 'the person does not want a chart' })
  })

  it('draws bars where nobody can be asked, and says so', async () => {
    const mute = await agent()
    const result = await mute.call('ask-chart', { data: 'a;b\n"x; ""y""";1,5'.replace(',', '.') })
    expect(result.structuredContent).toMatchObject({
      kind: 'bar',
      categories: ['x; "y"'],
      series: [{ name: 'b', values: [1.5] }],
    })
    expect(textOf(result)).toContain('The client shows no forms, so nobody was asked')
    expect(pictureOf(result).pixel(500, 400)).toBe(blue)
  })
})

describe('resources', () => {
  it('are two tables and the colours', async () => {
    const { resources } = await alice.client.listResources()
    expect(resources.map(({ uri, mimeType }) => [uri, mimeType])).toEqual([
      [TEMPERATURES, 'text/csv'],
      [EXPENSES, 'text/csv'],
      [PALETTE, 'application/json'],
    ])
    for (const { uri, size } of resources) {
      expect(Buffer.byteLength(await read(alice, uri)), uri).toBe(size)
    }
    expect(JSON.parse(await read(alice, PALETTE))).toHaveLength(10)
    const unknown = alice.client.readResource({ uri: 'wassette-edge://chart/chart://samples/none' })
    await expect(unknown).rejects.toMatchObject({ code: -32602 })
  })
})

describe('prompts', () => {
  it('are two, each with the table as an argument', async () => {
    const { prompts } = await alice.client.listPrompts()
    expect(prompts).toMatchObject([
      {
        name: 'chart__describe-chart',
        arguments: [
          { name: 'data', required: true },
          { name: 'title', required: false },
        ],
      },
      {
        name: 'chart__choose-chart',
        arguments: [
          { name: 'data', required: true },
          { name: 'question', required: false },
        ],
      },
    ])
  })

  it('describe-chart brings the drawn chart along', async () => {
    const { messages } = await alice.client.getPrompt({
      name: 'chart__describe-chart',
      arguments: { data: 'day,visits\nMon,3\nTue,4', title: 'Visits' },
    })
    const [image, request] = messages.map(({ content }) => content)
    if (image?.type !== 'image' || request?.type !== 'text') throw new Error('other blocks')
    expect(decodePng(Buffer.from(image.data, 'base64')).pixel(280, 450)).toBe(blue)
    expect(request.text).toContain(
      'Bar chart “Visits”, 2 categories.\n- visits: min 3 (Mon), max 4',
    )
    expect(request.text).toContain('day,visits\nMon,3\nTue,4')
  })

  it('choose-chart asks the question, and a bad table is refused', async () => {
    const { messages } = await alice.client.getPrompt({
      name: 'chart__choose-chart',
      arguments: { data: 'day,visits\nMon,3', question: 'When do they come?' },
    })
    expect(messages).toHaveLength(1)
    expect(JSON.stringify(messages)).toContain('The question: When do they come?')
    const bad = alice.client.getPrompt({ name: 'chart__choose-chart', arguments: { data: 'a' } })
    await expect(bad).rejects.toThrow('data, line 1: one column')
  })
})
