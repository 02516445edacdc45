// Growing a memory by nothing takes five bytes, and sixty once it is metered: a small module of nothing else would
// become larger than the memory of the isolate that compiles it. So would one of loops that do nothing, which
// take three bytes and an engine longer.

import { expect, it } from 'vitest'
import { wat } from '../support/components.ts'
import { beside, neighbour, refused, resident } from '../support/escape.ts'

const bomb = (body: string): string => `(component
  (core module $m
    (memory 1)
    (func (export "run") (result i32) i32.const 1)
    (func ${body}))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

it.each([
  ['growth', 'i32.const 0 memory.grow drop ', 600_000, 'metered code'],
  [
    'loops',
    '(loop)',
    1_500_000,
    'a function of so many instructions over so many locals and operands',
  ],
])(
  'is refused before it has grown, while another person’s calls go on: %s',
  async (_, one, count, detail) => {
    const bytes = await wat(bomb(one.repeat(count)))
    expect(bytes.length).toBeLessThan(5_000_000)
    // Connections that wait for that long are closed.
    const [alice, bob] = [await resident('alice'), await neighbour()]
    const [{ status, text, there }, answers] = await beside(bob, refused(alice, bytes))
    expect([status, there]).toEqual([422, 0])
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'too-large', detail } })
    expect(answers).toBeGreaterThan(5)
  },
)
