// Fuel of what takes a processor long for few bytes of code.

import { describe, expect, it } from 'vitest'
import { expectSameWat } from './support/metered.ts'

const times = (count: number, text: string): string => `${text} `.repeat(count)
const i64s = (count: number): string => times(count, 'i64')

describe('fuel is charged', () => {
  const round = async (setup: string, body: string): Promise<number> => {
    const [one, two] = await expectSameWat(
      `(module (memory (export "memory") 1) ${setup}
        (func (export "run") (param $n i32) (result i32) (local $v v128)
          (loop $again ${body}
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (i32.const 0)))`,
      [[100], [200]],
    )
    return ((two ?? 0) - (one ?? 0)) / 100
  }

  it('for locals that a call sets to zero, be it of a function that does nothing', async () => {
    const call = (locals: number) => round(`(func $f (local ${i64s(locals)}))`, '(call $f)')
    const [few, many] = [await call(16), await call(5_000)]
    expect(few).toBeLessThan(30)
    expect(many).toBeGreaterThan(few + 9_900)
  })

  it('for values that go along with branches, calls and returns', async () => {
    const seq = (n: number) => times(n, '(i64.const 1)')
    const with16 = `(func $f (result ${i64s(16)}) ${seq(16)})`
    const returned = `(func $f (result ${i64s(16)}) (return ${seq(16)}))`
    const [plain, back] = [
      await round(with16, `(call $f) ${times(16, 'drop')}`),
      await round(returned, `(call $f) ${times(16, 'drop')}`),
    ]
    expect(plain).toBeGreaterThan(16 + 16)
    expect(back - plain).toBeGreaterThanOrEqual(16)
    const block = (inside: string) =>
      round(
        `(type $t (func (result ${i64s(16)})))`,
        `(block (type $t) ${seq(16)} ${inside}) ${times(16, 'drop')}`,
      )
    const [falls, leaves] = [await block(''), await block('(br 0)')]
    expect(leaves - falls).toBeGreaterThanOrEqual(16)
    const callOf = (n: number) => round(`(func $f (param ${i64s(n)}))`, `${seq(n)} (call $f)`)
    const [eight, hundred] = [await callOf(8), await callOf(108)]
    expect(hundred - eight).toBeGreaterThanOrEqual(200)
  })

  it('for vector instructions by what they take', async () => {
    const one = (instruction: string) =>
      round('', `(local.set $v (${instruction} (local.get $v) (v128.const f64x2 1.5 2.5)))`)
    const [add, divide, narrow, multiply] = [
      await one('f64x2.add'),
      await one('f64x2.div'),
      await one('f32x4.div'),
      await one('i64x2.mul'),
    ]
    expect([divide - add, narrow - add, multiply - add]).toEqual([12, 8, 4])
  })
})
