// What is called of each component: the same calls under wassette-edge and under wasmtime. Arguments are the JSON
// of the schemas; `#2` is the handle that the third call answered with.

export interface Case {
  /** An interface of `wit/world.wit`; null for a function of the world. */
  readonly interface: string | null
  readonly function: string
  readonly args: Readonly<Record<string, unknown>>
  /** Where two runs cannot answer the same: what an answer is held to instead. */
  readonly holds?: (answer: unknown) => boolean
}

export const EVERYTHING = {
  truth: true,
  tiny: 255,
  low: -128,
  small: 65535,
  short: -32768,
  plain: 4294967295,
  signed: -2147483648,
  large: '18446744073709551615',
  deep: '-9223372036854775808',
  coarse: 0.5,
  fine: -1e300,
  letter: '𝄞',
  'two-words': 'Grüße, 世界 \u0000 🎉',
  bytes: 'AP8QgA==',
  points: [
    { x: 1, y: 2.5 },
    { x: -3, y: 0 },
  ],
  maybe: { x: 7, y: -0.25 },
  access: ['read', 'may-execute'],
  colour: 'dark-blue',
  shape: { tag: 'label', val: 'a label' },
  pair: ['one', 1],
  outcome: { ok: 3 },
}

const SPARSE = {
  ...EVERYTHING,
  truth: false,
  large: 0,
  deep: 9007199254740991,
  coarse: 'NaN',
  fine: 'inf',
  letter: 'a',
  'two-words': '',
  bytes: '',
  points: [],
  maybe: null,
  access: [],
  colour: 'red',
  shape: { tag: 'nothing' },
  outcome: { err: 'no' },
}

const SHAPES = [
  { tag: 'nothing' },
  { tag: 'circle', val: 1.5 },
  { tag: 'label', val: null },
  { tag: 'label', val: 'x' },
  { tag: 'polygon', val: [{ x: 1, y: 1 }] },
]

const SQUARE = {
  tag: 'polygon',
  val: [
    { x: 0, y: 0 },
    { x: 4, y: 0 },
    { x: 4, y: 4 },
    { x: 0, y: 4 },
  ],
}

const many = {
  ...{ a: 1, b: 'two', c: 3, d: 4.5, e: 'five', f: [6, 6], g: true, h: 'h', i: -9 },
  ...{ j: 10, k: 'eleven' },
}

const values = (name: string, args: Case['args']): Case => ({
  interface: 'values',
  function: name,
  args,
})

/** Values that are there and back, and some that are computed. */
export const VALUES: readonly Case[] = [
  values('echo', { value: EVERYTHING }),
  values('echo', { value: SPARSE }),
  values('echo-shapes', { value: SHAPES }),
  values('echo-shapes', { value: [] }),
  values('echo-nested', { value: null }),
  values('echo-nested', { value: { tag: 'some', val: null } }),
  values('echo-nested', { value: { tag: 'some', val: 'x' } }),
  values('divide', { dividend: '-9223372036854775807', divisor: 2 }),
  values('divide', { dividend: 1, divisor: 0 }),
  values('sorted', { texts: ['b', 'a', 'ä', '', 'B'] }),
  values('area', { shape: SQUARE }),
  values('area', { shape: { tag: 'circle', val: 2 } }),
  values('check', { good: true }),
  values('check', { good: false }),
  values('many', many),
  values('many', { ...many, j: null }),
]

const counters = (name: string, args: Case['args']): Case => ({
  interface: 'counters',
  function: name,
  args,
})

export const COUNTERS: readonly Case[] = [
  counters('[constructor]counter', { start: 4 }),
  counters('[method]counter.add', { self: '#0', amount: 3 }),
  counters('[constructor]counter', { start: 100 }),
  counters('value-of', { counter: '#0' }),
  counters('[static]counter.merge', { one: '#0', other: '#2' }),
  counters('value-of', { counter: '#4' }),
  counters('[method]counter.add', { self: '#4', amount: 1 }),
]

export const HOST: readonly Case[] = [
  {
    interface: 'clock',
    function: 'now',
    args: {},
    holds: (answer) => typeof answer === 'number' && Math.abs(answer - Date.now() / 1000) < 60,
  },
  {
    interface: 'clock',
    function: 'random',
    args: { length: 12 },
    holds: (answer) => typeof answer === 'string' && /^[A-Za-z0-9+/]{16}$/.test(answer),
  },
  { interface: 'clock', function: 'print', args: { text: 'printed' } },
  { interface: 'settings', function: 'setting', args: { key: 'COLOUR' } },
  { interface: 'settings', function: 'setting', args: { key: 'ABSENT' } },
  {
    interface: 'files',
    function: 'keep',
    args: { path: 'kept.txt', text: 'first line\nsecond: ä\n' },
  },
  {
    interface: 'files',
    function: 'keep',
    args: { path: 'absent/kept.txt', text: '' },
    holds: isErr,
  },
  {
    interface: 'web',
    function: 'get',
    args: { url: 'http://demo.test/hello' },
    // wasmtime has no such name.
    holds: (answer) => JSON.stringify(answer) === '{"ok":"hello from demo.test"}',
  },
  {
    interface: 'web',
    function: 'get',
    args: { url: 'http://demo.test/status/404' },
    holds: (answer) => JSON.stringify(answer) === '{"err":"status 404"}',
  },
]

/** What they say of a file that cannot be written is their own. */
function isErr(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && Object.keys(answer).join() === 'err'
}

const world = (name: string, args: Case['args']): Case => ({
  interface: null,
  function: name,
  args,
})

export const TEXTS: readonly Case[] = [
  world('hash', { text: '' }),
  world('hash', { text: 'Grüße 🎉' }),
  world('repeated', { text: 'añ', times: 3 }),
  world('repeated', { text: 'x', times: 100_000 }),
  world('repeated', { text: '', times: 7 }),
]
