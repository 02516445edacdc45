// What an engine compiles without being paid for it: modules of a few kilobytes that would hold a thread for
// minutes, or become code beyond what an engine holds, and those that stay below the bounds.

import { describe, expect, it } from 'vitest'
import { checkNames } from '../../src/component/names.ts'
import { Budget, attempt } from '../../src/component/binary.ts'
import { meterCoreModule, meterSteps } from '../../src/component/meter.ts'
import { runSteps } from '../../src/component/steps.ts'
import { meter } from './support/metered.ts'
import { wat } from './support/toolchain.ts'

const times = (count: number, text: string): string => `${text} `.repeat(count)
const i64s = (count: number): string => times(count, 'i64')

async function fault(text: string): Promise<unknown> {
  const metered = meterCoreModule(await wat(`(module ${text})`))
  return metered.ok ? null : metered.error
}

class Tally extends Budget {
  total = 0

  constructor() {
    super(0, 'nothing')
  }

  override spend(weight: number): void {
    this.total += weight
  }
}

describe('values that are moved', () => {
  it.each([
    ['parameters', (n: number) => `(func (param ${i64s(n)}))`, 255],
    ['results', (n: number) => `(type (func (result ${i64s(n)}))) (func)`, 16],
    [
      'parameters of a block',
      (n: number) =>
        `(type $t (func (param ${i64s(n)}))) (func unreachable (block (type $t) unreachable))`,
      16,
    ],
    ['of an exception', (n: number) => `(tag (param ${i64s(n)})) (func)`, 16],
    [
      'of an exception that is imported',
      (n: number) => `(import "a" "b" (tag (param ${i64s(n)}))) (func)`,
      16,
    ],
    ['locals', (n: number) => `(func (local ${i64s(n)}))`, 10_000],
  ])('are bounded: %s', async (_, text, most) => {
    expect(await fault(text(most))).toBe(null)
    expect(await fault(text(most + 1))).toMatchObject({ reason: 'too-large' })
  })

  it('are bounded in the types of a component', async () => {
    const typed = (results: number) =>
      wat(`(component (core type (module (import "a" "b" (func (result ${i64s(results)}))))))`)
    expect(checkNames(await typed(16))).toMatchObject({ ok: true })
    expect(checkNames(await typed(17))).toMatchObject({ ok: false, error: { reason: 'too-large' } })
  })
})

describe('instructions times values', () => {
  const SMALL = 0.05

  it.each([
    [
      'ifs over locals',
      (n: number) => `(local ${i64s(9_000)}) ${times(n, '(if (local.get 0) (then))')}`,
      2_000,
    ],
    [
      'branches over locals',
      (n: number) => `(local ${i64s(9_000)}) ${times(n, '(br_if 0 (local.get 0))')}`,
      20_000,
    ],
    ['loops over locals', (n: number) => `(local ${i64s(9_000)}) ${times(n, '(loop)')}`, 2_000],
    [
      'calls over locals',
      (n: number) => `(local ${i64s(9_000)}) ${times(n, '(call 0 (i32.const 1))')}`,
      60_000,
    ],
    [
      'locals that are set one after the other',
      (n: number) => `(local ${i64s(9_000)}) ${times(n, '(local.set 9 (i64.load (i32.const 0)))')}`,
      50_000,
    ],
    [
      'branches over operands',
      (n: number) =>
        `${times(n, 'local.get 0')} ${times(n, '(br_if 0 (local.get 0))')} unreachable`,
      15_000,
    ],
    [
      'branches over vectors',
      (n: number) =>
        `${times(n, '(v128.const i64x2 0 0)')} ${times(n, '(br_if 0 (local.get 0))')} unreachable`,
      15_000,
    ],
    [
      'the labels of tables',
      (n: number) =>
        `${times(100, '(block')} ${times(n, `(block (br_table ${Array.from({ length: 100 }, (_, i) => i).join(' ')} (local.get 0)))`)} ${times(100, ')')}`,
      5_000,
    ],
  ])('are bounded: %s', async (_, body, count) => {
    const text = (n: number): string => `(memory 1) (func (param i32) ${body(n)})`
    expect(await fault(text(Math.round(count * SMALL)))).toBe(null)
    expect(await fault(text(count))).toEqual({
      reason: 'too-large',
      detail: 'a function of so many instructions over so many locals and operands',
    })
  })

  it('are bounded for all modules of a component together', async () => {
    const bytes = await wat(`(module (func ${times(1_000, '(loop)')}))`)
    const budget = new Budget(5_000_000, 'too much')
    const next = () => attempt(() => runSteps(meterSteps(bytes, budget))).ok
    expect([next(), next()]).toEqual([true, false])
  })

  it('are known exactly: operands go as they come', async () => {
    // Each statement leaves nothing: branches behind many of them weigh what they do in front.
    const statements = [
      '(i32.store (i32.const 0) (i32.add (local.get 0) (i32.eqz (local.get 0))))',
      '(drop (select (i64.const 1) (i64.extend_i32_s (local.get 0)) (i32.const 1)))',
      '(local.set 0 (i32.trunc_f64_s (f64.add (f64.const 1) (f64.convert_i32_s (local.get 0)))))',
      '(drop (call $two (local.get 0) (i32.const 2)))',
      '(drop (call_indirect (type $t) (local.get 0) (i32.const 2) (i32.const 0)))',
      '(memory.fill (i32.const 0) (i32.const 1) (memory.size))',
      '(table.set 0 (i32.const 0) (table.get 0 (i32.const 0)))',
      '(drop (table.grow 0 (ref.func $two) (table.size 0)))',
      '(global.set 0 (global.get 0))',
      '(v128.store (i32.const 0) (i32x4.add (i32x4.splat (local.get 0)) (v128.load (i32.const 0))))',
      '(drop (i8x16.extract_lane_s 0 (i8x16.replace_lane 0 (v128.const i64x2 0 0) (local.get 0))))',
      '(drop (v128.bitselect (v128.const i64x2 0 0) (v128.const i64x2 0 0) (v128.const i64x2 0 0)))',
      '(drop (v128.load8_lane 0 (i32.const 0) (i64x2.shl (v128.const i64x2 0 0) (local.get 0))))',
      '(v128.store8_lane 0 (i32.const 0) (f64x2.div (v128.const i64x2 0 0) (v128.const i64x2 0 0)))',
      '(drop (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))',
      '(drop (block (result i32) (br 0 (i32.const 1)) drop i64.add drop (i32.const 2)))',
    ]
    const branches = times(100, '(br_if 0 (local.get 0))')
    const weight = async (body: string): Promise<number> => {
      const tally = new Tally()
      const bytes = await wat(`(module (memory 1) (table 1 funcref) (global (mut i32) (i32.const 0))
        (elem declare func $two) (type $t (func (param i32 i32) (result i32)))
        (func $two (type $t) (local.get 0)) (func (param i32) ${body}))`)
      runSteps(meterSteps(bytes, tally))
      return tally.total
    }
    for (const statement of statements) {
      const many = times(100, statement)
      // oxlint-disable-next-line no-await-in-loop -- one says more than all
      const [behind, before] = [await weight(many + branches), await weight(branches + many)]
      expect(behind, statement).toBe(before)
    }
  })
})

it('takes what a toolchain writes for a large interpreter', async () => {
  const arms = 250
  const table = Array.from({ length: arms }, (_, i) => i).join(' ')
  const text = `(module (memory 1) (func (param i32) (local ${i64s(400)})
    (loop $next ${times(arms, '(block')} (br_table ${table} (local.get 0)) ${times(
      arms,
      `) ${times(20, '(if (i32.load (i32.const 0)) (then (local.set 5 (i64.load (i32.const 8)))))')} (br $next)`,
    )})))`
  expect(meter(await wat(text)).length).toBeGreaterThan(100_000)
})
