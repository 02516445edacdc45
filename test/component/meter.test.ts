import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryPages } from '../../src/component/memory-pages.ts'
import {
  CALLS_WITHOUT_CHECK,
  MEMORY_SECTION,
  METER_MODULE,
} from '../../src/component/meter-import.ts'
import { meterCoreModule, meterSteps } from '../../src/component/meter.ts'
import { checkNames } from '../../src/component/names.ts'
import { stripCustomSections } from '../../src/component/strip.ts'
import { expectSame, expectSameWat, instance, meter, OutOfFuel } from './support/metered.ts'
import { builtComponent, transpile, wat } from './support/toolchain.ts'

const UP_TO_12 = Array.from({ length: 13 }, (_, n) => [n])

describe('a metered module does what it did', () => {
  it.each([
    [
      'loops in loops that are left and continued from inside',
      `(module (func (export "run") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $sum i32)
        (block $done
          (loop $outer
            (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $j (i32.const 0))
            (loop $inner
              (local.set $j (i32.add (local.get $j) (i32.const 1)))
              (br_if $outer (i32.gt_u (local.get $j) (i32.const 7)))
              (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $i) (local.get $j))))
              (br_if $done (i32.gt_u (local.get $sum) (i32.const 900)))
              (br $inner))))
        (local.get $sum)))`,
    ],
    [
      'a table of branches, to the end of the function as well',
      `(module (func (export "run") (param $n i32) (result i32) (local $i i32)
        (loop $again
          (block $c (block $b (block $a
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_table $a $b $again $c (i32.rem_u (i32.mul (local.get $i) (local.get $n)) (i32.const 5))))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 20)))
            (return (i32.add (local.get $i) (i32.const 100))))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 9)))
            (local.get $i)
            (br_table 2 2 (i32.const 0)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 30))))
        (i32.const 300)))`,
    ],
    [
      'relaxed vectors, where every processor answers alike',
      `(module (func (export "run") (param $n i32) (result i32) (local $v v128)
        (local.set $v (i32x4.relaxed_trunc_f32x4_s (f32x4.relaxed_madd
          (f32x4.splat (f32.convert_i32_s (local.get $n)))
          (v128.const f32x4 2 3 4 5) (v128.const f32x4 1 1 1 1))))
        (local.set $v (i8x16.relaxed_swizzle (local.get $v)
          (v128.const i8x16 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11)))
        (local.set $v (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v)
          (v128.const i8x16 1 2 3 4 1 2 3 4 1 2 3 4 1 2 3 4) (local.get $v)))
        (i32.add (i32x4.extract_lane 0 (local.get $v)) (i32x4.extract_lane 3 (local.get $v)))))`,
    ],
    [
      'a table of functions that grows and is filled, and constants that are computed',
      `(module
        (global $base i32 (i32.add (i32.const 3) (i32.mul (i32.const 2) (i32.const 5))))
        (memory 1)
        (data (offset (i32.sub (i32.const 20) (i32.const 4))) "abcdefgh")
        (table $t 2 10 funcref)
        (elem declare func $seven)
        (func $seven (result i32) (i32.const 7))
        (func (export "run") (param $n i32) (result i32)
          (drop (table.grow $t (ref.func $seven) (i32.const 2)))
          (table.fill $t (i32.const 0) (ref.func $seven) (i32.const 2))
          (memory.copy (i32.const 64) (i32.const 16) (i32.const 8))
          (memory.fill (i32.const 66) (local.get $n) (i32.const 2))
          (i32.add (global.get $base)
            (i32.add (call_indirect $t (result i32) (i32.const 3))
              (i32.add (i32.load (i32.const 64)) (i32.extend8_s (i32.add (local.get $n) (i32.const 120))))))))`,
    ],
    [
      'results of several values, and branches that carry them',
      `(module
        (func $pair (param $n i32) (result i32 i64)
          (block (result i32 i64)
            (i32.const 1) (i64.const 2)
            (br_if 0 (i32.eq (local.get $n) (i32.const 3)))
            (br_if 1 (i32.eq (local.get $n) (i32.const 4)))
            (drop) (drop)
            (i32.const 5) (i64.const 6))
          (loop (br_if 0 (i32.eqz (i32.const 1)))))
        (func (export "run") (param i32) (result i64) (local $x i64)
          (local.set $x (call $pair (local.get 0)))
          (i64.add (i64.extend_i32_u) (local.get $x))))`,
    ],
    [
      'loops that take parameters',
      `(module (func (export "run") (param $n i32) (result i32)
        (i32.const 0) (local.get $n)
        (loop $again (param i32 i32) (result i32)
          (local.set $n)
          (i32.add (local.get $n))
          (local.tee 1)
          (i32.sub (local.get $n) (i32.const 1))
          (br_if $again (i32.gt_s (local.get $n) (i32.const 0)))
          (drop))) (func (param i32)))`.replace('(local.tee 1)', ''),
    ],
    [
      'ways through if, with and without else',
      `(module (func $tell (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
        (func (export "run") (param $n i32) (result i32) (local $r i32) (local $i i32)
        (loop $again
          (if (i32.and (local.get $i) (i32.const 1))
            (then (local.set $r (call $tell (local.get $r))))
            (else (if (i32.gt_u (local.get $i) (i32.const 6)) (then (return (local.get $r))))
              (local.set $r (i32.add (local.get $r) (i32.const 1)))))
          (if (i32.eq (local.get $i) (i32.const 9)) (then (unreachable)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
        (local.get $r)))`,
    ],
    [
      'calls in loops, direct, through a table, and recursive',
      `(module
        (type $f (func (param i32) (result i32)))
        (table funcref (elem $one $fib $loop))
        (func $one (type $f) (i32.const 1))
        (func $fib (type $f)
          (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
              (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
        (func $loop (type $f) (local $s i32)
          (loop $again
            (local.set $s (i32.add (local.get $s) (call $fib (local.get 0))))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get $s))
        (func (export "run") (param $n i32) (result i32)
          (call_indirect (type $f) (local.get $n) (i32.rem_u (local.get $n) (i32.const 3)))))`,
    ],
    [
      'tail calls, direct and through a table',
      `(module
        (type $f (func (param i32 i32) (result i32)))
        (table funcref (elem $odd))
        (func $even (type $f)
          (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
          (return_call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1))
            (i32.add (local.get 1) (i32.const 2)) (i32.const 0)))
        (func $odd (type $f)
          (loop (if (i32.eqz (local.get 0)) (then (return (i32.const -1)))))
          (return_call $even (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))
        (func (export "run") (param i32) (result i32) (return_call $even (local.get 0) (i32.const 0))))`,
    ],
    [
      'bulk memory, and memory that grows',
      `(module (memory (export "memory") 1 3) (data $d "abcdefgh") (data (i32.const 8) "xyz")
        (func (export "run") (param $n i32) (result i32) (local $i i32)
          (loop $again
            (memory.init $d (i32.mul (local.get $i) (i32.const 8)) (i32.const 0) (i32.const 8))
            (memory.copy (i32.const 100) (i32.const 0) (local.get $n))
            (memory.fill (i32.const 200) (local.get $i) (local.get $n))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
          (if (i32.gt_u (local.get $n) (i32.const 10)) (then (memory.fill (i32.const 0) (i32.const 1) (i32.const -1))))
          (i32.add (memory.grow (i32.const 1)) (memory.size))))`,
    ],
    [
      'tables and references',
      `(module
        (type $f (func (result i32)))
        (table $t 8 20 funcref) (table $x 2 funcref)
        (elem $passive func $a $b)
        (elem $expressions funcref (ref.func $b) (ref.null func) (ref.func $a))
        (func $a (result i32) (i32.const 11)) (func $b (result i32) (i32.const 22))
        (func (export "run") (param $n i32) (result i32)
          (table.init $t $passive (i32.const 0) (i32.const 0) (i32.const 2))
          (table.init $t $expressions (i32.const 2) (i32.const 0) (i32.const 3))
          (table.copy $t $t (i32.const 5) (i32.const 0) (i32.const 3))
          (table.fill $x (i32.const 0) (ref.func $a) (i32.const 2))
          (table.set $t (i32.const 3) (table.get $x (i32.const 1)))
          (drop (table.grow $t (ref.func $b) (i32.const 2)))
          (if (ref.is_null (table.get $t (i32.rem_u (local.get $n) (i32.const 10)))) (then (return (i32.const -1))))
          (call_indirect $t (type $f) (i32.rem_u (local.get $n) (i32.const 10)))))`,
    ],
    [
      'vectors, saturating truncation and sign extension',
      `(module (memory (export "memory") 1)
        (func (export "run") (param $n i32) (result i32) (local $v v128)
          (local.set $v (i8x16.splat (local.get $n)))
          (v128.store (i32.const 16) (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31
            (local.get $v) (v128.const i32x4 1 2 3 4)))
          (v128.store8_lane offset=40 3 (i32.const 0) (local.get $v))
          (local.set $v (v128.load8_lane 5 (i32.const 16) (local.get $v)))
          (i32.add
            (i32.trunc_sat_f64_s (f64.mul (f64.convert_i32_s (local.get $n)) (f64.const 1e9)))
            (i32.add (i32.extend8_s (i32.shl (local.get $n) (i32.const 5)))
              (i32x4.extract_lane 1 (i32x4.add (local.get $v) (v128.load32_zero (i32.const 16))))))))`,
    ],
    [
      'exceptions by try_table, within loops and across calls',
      `(module (tag $t (param i32)) (tag $u)
        (func $throws (param i32) (result i32)
          (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $t (i32.const 33))))
          (if (i32.eq (local.get 0) (i32.const 5)) (then (throw $u)))
          (local.get 0))
        (func (export "run") (param $n i32) (result i32) (local $sum i32)
          (loop $again
            (block $next
              (block $caught (result i32 exnref)
                (block $all
                  (local.set $sum (i32.add (local.get $sum)
                    (try_table (result i32) (catch_ref $t $caught) (catch_all $all) (call $throws (local.get $n)))))
                  (br $next))
                (local.set $sum (i32.add (local.get $sum) (i32.const 500)))
                (br $next))
              (drop) (local.set $sum (i32.add (local.get $sum))))
            (br_if $again (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
          (local.get $sum)))`.replace(
        '(drop) (local.set $sum (i32.add (local.get $sum)))',
        '(drop) (local.get $sum) (i32.add) (local.set $sum)',
      ),
    ],
    [
      'exceptions of the older form',
      `(module (tag $t (param i32))
        (func $throws (param i32)
          local.get 0 i32.const 1 i32.and if local.get 0 throw $t end)
        (func (export "run") (param $n i32) (result i32) (local $sum i32)
          loop $again
            try
              try
                local.get $n call $throws
                local.get $sum i32.const 1 i32.add local.set $sum
              catch $t
                local.get $sum i32.add local.set $sum
                local.get $n i32.const 7 i32.gt_s if rethrow 1 end
              end
              try
                local.get $n i32.const 1 i32.shr_u call $throws
              delegate 0
            catch_all
              local.get $sum i32.const 1000 i32.add local.set $sum
            end
            local.get $n i32.const 1 i32.sub local.tee $n
            i32.const 0 i32.gt_s br_if $again
          end
          local.get $sum))`,
    ],
    [
      'code that nobody reaches',
      `(module (func (export "run") (param $n i32) (result i32)
        (block $a (br $a)
          (loop $l (param) (block (br_if $l (i32.const 1)) (br_table $a $l 2 (i32.const 1) (i32.const 2)))
            (if (i32.const 1) (then (br $l)) (else (return (i32.const 4)))) (br $l)))
        (if (result i32) (local.get $n) (then (return (i32.const 5)) (loop $x (br $x)) (unreachable)) (else (i32.const 6)))))`,
    ],
  ])('%s', async (_, text) => {
    const fuel = await expectSameWat(text, UP_TO_12)
    expect(Math.min(...fuel)).toBeGreaterThanOrEqual(0)
  })
})

describe('what moved is found again', () => {
  it('keeps imports, exports, globals, start, offsets and every form of element segment', async () => {
    const text = `(module
      (type $f (func (result i32)))
      (import "host" "base" (global $base i32))
      (import "host" "add" (func $add (param i32) (result i32)))
      (global $next (export "next") (mut i32) (i32.add (global.get $base) (i32.const 3)))
      (global $ref (export "ref") funcref (ref.func $c))
      (memory (export "memory") 1)
      (data (offset (i32.mul (global.get $base) (i32.const 2))) "at twice the base")
      (table $t (export "table") 40 funcref) (table $u 10 funcref)
      (elem (i32.const 0) $a $b)
      (elem $passive func $b $c)
      (elem (table $u) (i32.const 1) func $c $a)
      (elem declare func $a)
      (elem (offset (global.get $base)) funcref (ref.func $b) (ref.null func))
      (elem $passive2 funcref (ref.func $a) (item (ref.func $c)))
      (elem (table $u) (offset (i32.const 4)) funcref (ref.func $b))
      (elem declare funcref (ref.func $a))
      (func $a (export "a") (type $f) (i32.const 11))
      (func $b (type $f) (call $add (i32.const 22)))
      (func $c (type $f) (global.get $next))
      (func $start (global.set $next (i32.add (global.get $next) (i32.const 1000))))
      (start $start)
      (func (export "run") (param $n i32) (result i32)
        (table.init $t $passive (i32.const 20) (i32.const 0) (i32.const 2))
        (table.init $t $passive2 (i32.const 22) (i32.const 0) (i32.const 2))
        (global.set $next (i32.add (global.get $next) (i32.const 1)))
        (if (ref.is_null (table.get $t (local.get $n)))
          (then (return (call_indirect $u (type $f) (i32.rem_u (local.get $n) (i32.const 6))))))
        (i32.add (i32.load8_u (local.get $n)) (call_indirect $t (type $f) (local.get $n)))))`
    const imports = () => ({ host: { base: 7, add: (value: number) => value + 100 } })
    const bytes = await wat(text)
    expectSame(
      bytes,
      'run',
      Array.from({ length: 24 }, (_, n) => [n]),
      imports,
    )
    const { exports } = instance(meter(bytes), imports())
    const seen = exports as Record<string, unknown>
    expect((seen['next'] as WebAssembly.Global).value).toBe(1010)
    expect(((seen['ref'] as WebAssembly.Global).value as () => number)()).toBe(1010)
    expect(((seen['table'] as WebAssembly.Table).get(7) as () => number)()).toBe(122)
    expect(exports['a']?.()).toBe(11)
    expect(Object.keys(seen).sort()).toEqual(['a', 'memory', 'next', 'ref', 'run', 'table'])
  })
})

describe('metering in steps', () => {
  function stepsOf(bytes: Uint8Array): number {
    let steps = 0
    const metering = meterSteps(bytes)
    while (metering.next().done !== true) steps += 1
    return steps
  }

  it.each([
    ['within a function', `(func (local i32) ${'(local.set 0 (i32.const 1))'.repeat(250_000)})`],
    ['from function to function', '(func (loop (br 0)))'.repeat(50_000)],
    ['over functions that are paid for', '(func)'.repeat(100_000)],
  ])('may pause %s', async (_, functions) => {
    const bytes = await wat(`(module ${functions})`)
    // A step is of sixteen thousand instructions or bytes at most.
    expect(stepsOf(bytes)).toBeGreaterThan(bytes.length / 40_000)
  })
})

describe('memory', () => {
  const GROWS = `(module (memory 2 50) (func (export "run") (param i32) (result i32)
    (memory.grow (local.get 0))))`

  it('grows by the pages that are left, and answers -1 beyond them', async () => {
    const grow = instance(meter(await wat(GROWS)), {}, 1_000_000n, 5).exports['run']
    expect([2, 4, 3, 1, 0].map((pages) => grow?.(pages))).toEqual([2, -1, 4, -1, 7])
    const refusedByItself = instance(meter(await wat(GROWS)), {}, 1_000_000n, 60).exports['run']
    expect([49, 48].map((pages) => refusedByItself?.(pages))).toEqual([-1, 2])
  })

  it('is charged for the pages that it got, and for the attempt', async () => {
    const guest = instance(meter(await wat(GROWS)), {}, 1_000_000n, 5)
    const cost = (pages: number): number => {
      guest.exports['run']?.(pages)
      return guest.burnt()
    }
    const [refused, one, two] = [cost(6), cost(1), cost(2)]
    expect([one - refused, two - refused]).toEqual([4_096, 8_192])
    expect(refused).toBeGreaterThan(1_900)
  })

  const startsWith = (bytes: Uint8Array, allowed: number): boolean => {
    const pages = new MemoryPages()
    expect(pages.begin(allowed * 65_536)).toBe(true)
    return pages.admit(new WebAssembly.Module(bytes as BufferSource))
  }

  it('counts at the start what is declared, wherever it is', async () => {
    const module = meter(await wat(GROWS))
    expect([startsWith(module, 2), startsWith(module, 1)]).toEqual([true, false])
    const withoutCode = meter(await wat('(module (memory (export "m") 300))'))
    expect([startsWith(withoutCode, 300), startsWith(withoutCode, 299)]).toEqual([true, false])
    const imported = meter(await wat('(module (import "a" "m" (memory 9)) (func (export "run")))'))
    expect(startsWith(imported, 0)).toBe(true)
  })

  it('believes no module that says so itself', async () => {
    const name = [...Buffer.from(MEMORY_SECTION)]
    const section = [0, name.length + 5, name.length, ...name, 0, 0, 0, 0]
    const plain = await wat(GROWS)
    for (const forged of [
      [...plain, ...section],
      [...plain.subarray(0, 8), ...section, ...plain.subarray(8)],
    ]) {
      expect(startsWith(meter(Uint8Array.from(forged)), 1)).toBe(false)
    }
  })
})

describe('random programs', () => {
  /** Statements over locals 0 to 3; a counter bounds all loops together, so that every program ends. */
  const statement: fc.Memo<string> = fc.memo((depth) => {
    const expression = fc.oneof(
      fc.integer({ min: -9, max: 99 }).map((value) => `(i32.const ${value})`),
      fc.integer({ min: 0, max: 3 }).map((local) => `(local.get ${local})`),
      fc
        .tuple(fc.constantFrom('add', 'sub', 'mul', 'xor', 'lt_s', 'shr_u'), fc.nat(3), fc.nat(3))
        .map(([operator, a, b]) => `(i32.${operator} (local.get ${a}) (local.get ${b}))`),
    )
    const simple = fc.oneof(
      fc.tuple(fc.nat(3), expression).map(([local, value]) => `(local.set ${local} ${value})`),
      fc.tuple(fc.nat(3), expression).map(([local, a]) => `(local.set ${local} (call $leaf ${a}))`),
      fc
        .tuple(fc.nat(3), expression)
        .map(([local, a]) => `(local.set ${local} (call $loops ${a}))`),
      expression.map((value) => `(i32.store (i32.and (local.get 1) (i32.const 1020)) ${value})`),
      expression.map(
        (n) => `(memory.fill (i32.const 64) (local.get 2) (i32.and ${n} (i32.const 63)))`,
      ),
    )
    if (depth <= 1) return simple
    const inner = fc
      .array(statement(depth - 1), { minLength: 1, maxLength: 4 })
      .map((l) => l.join('\n'))
    return fc.oneof(
      { weight: 3, arbitrary: simple },
      fc.tuple(expression, inner, inner).map(([c, a, b]) => `(if ${c} (then ${a}) (else ${b}))`),
      fc.tuple(expression, inner).map(([c, a]) => `(if ${c} (then ${a}))`),
      fc.tuple(expression, inner, inner).map(([c, a, b]) => `(block ${a} (br_if 0 ${c}) ${b})`),
      fc
        .tuple(expression, inner)
        .map(([c, a]) => `(loop ${a} ${STEP} (br_if 0 (i32.and ${c} ${GOES_ON})))`),
      fc.tuple(expression, inner, inner, inner).map(
        ([c, a, b, d]) =>
          `(block (loop (block ${a} ${STEP} (br_table 0 1 2 (i32.rem_u (i32.add ${c} (local.get 4))
              (select (i32.const 3) (i32.const 1) ${GOES_ON})))) ${b} (br_if 1 ${c}) ${d}))`,
      ),
      fc.tuple(expression, inner).map(([c, a]) => `(if ${c} (then ${a} (return (local.get 0))))`),
      fc
        .tuple(expression, inner)
        .map(([c, a]) => `(if ${c} (then ${a} (return_call $leaf (local.get 3))))`),
    )
  })
  const STEP = '(local.set 4 (i32.add (local.get 4) (i32.const 1)))'
  const GOES_ON = '(i32.lt_u (local.get 4) (i32.const 40))'

  it('come to the same result, with the same fuel every time', async () => {
    const program = fc.array(statement(4), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(program, async (statements) => {
        await expectSameWat(
          `(module (memory (export "memory") 1)
            (func $leaf (param i32) (result i32) (i32.xor (local.get 0) (i32.const 21)))
            (func $loops (param i32) (result i32) (local i32)
              (loop (local.set 1 (i32.add (local.get 1) (i32.const 3)))
                (br_if 0 (i32.lt_u (local.get 1) (i32.and (local.get 0) (i32.const 31)))))
              (call $leaf (local.get 1)))
            (func (export "run") (param i32 i32) (result i32) (local i32 i32 i32)
              ${statements.join('\n')}
              (i32.add (local.get 0) (i32.mul (local.get 2) (local.get 3)))))`,
          [
            [0, 0],
            [7, 1_000],
            [-5, 33],
          ],
        )
      }),
      { numRuns: 150 },
    )
  })
})

describe('fuel', () => {
  const endless = [
    ['a loop', '(func (export "run") (loop (br 0)))'],
    ['a conditional loop', '(func (export "run") (loop (br_if 0 (i32.const 1))))'],
    ['a table of branches', '(func (export "run") (loop (br_table 0 0 (i32.const 7))))'],
    ['a loop with parameters', '(func (export "run") (i32.const 1) (loop (param i32) (br 0)))'],
    [
      'a loop of a function with handlers',
      `(tag $t)
      (func (export "run") (loop (block $c (try_table (catch_all $c) (throw $t))) (br 0)))`,
    ],
    ['a tail call', '(func $f (export "run") (return_call $f))'],
    ['tail calls in turns', '(func $f (export "run") (return_call $g)) (func $g (return_call $f))'],
    [
      'tail calls through a table',
      `(table funcref (elem $f)) (type $t (func))
      (func $f (export "run") (return_call_indirect (type $t) (i32.const 0)))`,
    ],
    [
      'recursion',
      `(func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "run") (loop (call $f (i32.const 50)) (br 0)))`,
    ],
  ] as const

  it.each(endless)('ends %s', async (_, body) => {
    const bytes = meter(await wat(`(module ${body})`))
    expect(() => instance(bytes, {}, 100_000n).exports['run']?.()).toThrow(OutOfFuel)
  })

  it('ends an endless start function', async () => {
    const bytes = meter(await wat('(module (func $s (loop (br 0))) (start $s))'))
    expect(() => instance(bytes, {}, 100_000n)).toThrow(OutOfFuel)
  })

  it('is charged once for each round of a loop', async () => {
    const text = `(module (func (export "run") (param $n i32) (result i32) (local $i i32)
      (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $i)))`
    const [ten, twenty, thousand] = await expectSameWat(text, [[10], [20], [1000]])
    const round = ((twenty ?? 0) - (ten ?? 0)) / 10
    expect(round).toBeGreaterThan(5)
    expect((thousand ?? 0) - (ten ?? 0)).toBe(round * 990)
  })

  it('is charged by size for what works on many bytes or entries', async () => {
    const bulk = (text: string) =>
      expectSameWat(
        `(module (memory (export "memory") 4 40) (table 10 9000 funcref) (data $d "${'x'.repeat(900)}")
        (elem $e func ${'$f '.repeat(64)}) (func $f) (func (export "run") (param $n i32) (result i32)
        ${text} (i32.const 0)))`,
        [[1], [65]],
      )
    for (const [text, least] of [
      [
        '(memory.fill (i32.const 0) (i32.const 1) (i32.mul (local.get $n) (i32.const 4000)))',
        32_000,
      ],
      [
        '(memory.copy (i32.const 0) (i32.const 9) (i32.mul (local.get $n) (i32.const 4000)))',
        32_000,
      ],
      ['(memory.init $d (i32.const 0) (i32.const 0) (i32.mul (local.get $n) (i32.const 13)))', 104],
      ['(table.init $e (i32.const 0) (i32.const 0) (i32.div_u (local.get $n) (i32.const 8)))', 128],
      ['(table.fill (i32.const 0) (ref.func $f) (i32.div_u (local.get $n) (i32.const 8)))', 128],
      ['(table.copy (i32.const 0) (i32.const 1) (i32.div_u (local.get $n) (i32.const 8)))', 128],
      ['(drop (table.grow (ref.null func) (local.get $n)))', 1_024],
      ['(drop (memory.grow (i32.div_u (local.get $n) (i32.const 2))))', 32 * 4_096],
    ] as const) {
      const [few, many] = await bulk(text)
      expect((many ?? 0) - (few ?? 0), text).toBeGreaterThanOrEqual(least)
    }
    const [, refused] = await bulk(
      '(drop (memory.grow (i32.mul (local.get $n) (i32.const 10000))))',
    )
    expect(refused).toBeLessThan(5_000)
  })

  it('is not charged for a long way that was not taken', async () => {
    const work =
      '(local.set 1 (i32.mul (i32.add (local.get 1) (i32.const 3)) (i32.const 7)))'.repeat(500)
    const [skipped, taken] = await expectSameWat(
      `(module (func (export "run") (param i32) (result i32) (local i32)
        (if (local.get 0) (then ${work})) (local.get 1)))`,
      [[0], [1]],
    )
    expect(skipped).toBeLessThan(40)
    expect(taken).toBeGreaterThan(2_500)
  })

  it.each([
    ['directly', '(call $host (i32.const 1))'],
    ['through a table', '(call_indirect (param i32) (result i32) (i32.const 1) (i32.const 0))'],
    [
      'in a branch that another one skips',
      '(if (result i32) (local.get 0) (then (call $host (i32.const 1))) (else (i32.const 1)))',
    ],
  ])('that the host took is soon missed: a host that is called %s', async (_, call) => {
    const sum = Array.from({ length: 30 }, () => `(local.set 1 (i32.add (local.get 1) ${call}))`)
    const bytes = meter(
      await wat(`(module
        (import "" "host" (func $host (param i32) (result i32)))
        (table 1 funcref)
        (elem (i32.const 0) func $host)
        (func (export "run") (param i32) (result i32) (local i32) ${sum.join('')} (local.get 1)))`),
    )
    const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, 1_000n)
    let [owed, most] = [0, 0]
    const host = (one: number) => {
      owed += 1
      most = Math.max(most, owed)
      fuel.value = -1n
      return one
    }
    const tick = () => {
      owed = 0
      fuel.value = 1_000n
    }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      '': { host },
      [METER_MODULE]: {
        fuel,
        tick,
        pages: new WebAssembly.Global({ value: 'i32', mutable: true }, 0),
      },
    })
    expect((exports['run'] as (way: number) => number)(1)).toBe(30)
    expect(most).toBeLessThanOrEqual(CALLS_WITHOUT_CHECK)
  })

  it('cannot be reached by a guest that names what is not there', async () => {
    const beyond = [
      '(module (func (export "run") (global.set 0 (i64.const 9))))',
      '(module (func (export "run") (call 1)))',
      '(module (export "fuel" (global 0)))',
      '(module (table 1 funcref) (func $f) (elem (i32.const 0) func $f 1))',
    ]
    for (const text of beyond) {
      expect(meterCoreModule(await wat(text))).toMatchObject({
        ok: false,
        error: { reason: 'malformed' },
      })
    }
  })

  it('cannot be imported by a guest, not even inside of a component', async () => {
    const core = `(module (import "${METER_MODULE}" "fuel" (global (mut i64))) (func (export "run")))`
    expect(meterCoreModule(await wat(core))).toMatchObject({
      ok: false,
      error: { reason: 'forbidden-name' },
    })
    const component = await wat(`(component (core module $m ${core.slice('(module'.length)})`)
    expect(checkNames(component)).toMatchObject({ ok: false, error: { reason: 'forbidden-name' } })
  })
})

describe('what is not known is refused by name', () => {
  it.each([
    ['a 64-bit memory or table', '(module (memory i64 1) (func))'],
    ['a shared memory', '(module (memory 1 1 shared) (func))'],
    [
      'more than one memory',
      '(module (memory 1) (memory $m 1) (func (drop (i32.load $m (i32.const 0)))))',
    ],
    ['an atomic instruction', '(module (memory 1) (func (atomic.fence)))'],
    ['a type of the GC proposal', '(module (type (struct)) (func))'],
    ['a value type of the GC proposal', '(module (func (param anyref)))'],
    ['an instruction of the GC proposal', '(module (func (drop (ref.i31 (i32.const 1)))))'],
    [
      'a call through a typed function reference',
      '(module (type $f (func)) (func (call_ref $f (unreachable))))',
    ],
  ])('%s', async (detail, text) => {
    expect(meterCoreModule(await wat(text))).toEqual({
      ok: false,
      error: { reason: 'unsupported', detail },
    })
  })

  it('and so is what no engine takes: wide arithmetic, bytes cut short', async () => {
    const wide = `(module (func (result i64 i64)
      (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4))))`
    const error = { reason: 'malformed' }
    expect(meterCoreModule(await wat(wide))).toMatchObject({ ok: false, error })
    const bytes = await wat('(module (func (export "run") (loop (br 0))))')
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.slice(0, length)
      // Between two sections it may be a module again, one without code.
      expect(meterCoreModule(cut).ok, `${length} bytes`).toBe(
        WebAssembly.validate(cut as BufferSource),
      )
    }
  })
})

describe('real components', () => {
  const built = ['components', 'test/fixtures'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, '../..', folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${folder}/${name}/${name}.wasm`)
      .filter((path) => existsSync(join(import.meta.dirname, '../..', path))),
  )

  it.each(built)('every module of %s is metered, twice to the same bytes', async (path) => {
    const stripped = stripCustomSections(await builtComponent(path))
    if (!stripped.ok) throw new Error(stripped.error.reason)
    const { core } = await transpile(stripped.value)
    const modules = [...core].filter(([name]) => name.endsWith('.wasm'))
    expect(modules.length).toBeGreaterThan(0)
    for (const [, module] of modules) {
      const metered = meter(module)
      const imports = WebAssembly.Module.imports(new WebAssembly.Module(metered as BufferSource))
      const hasCode = imports.some(({ module }) => module === METER_MODULE)
      const functions = WebAssembly.Module.exports(new WebAssembly.Module(module as BufferSource))
      if (functions.some(({ kind }) => kind === 'function')) expect(hasCode).toBe(true)
      if (module.length < 100_000) expect(meter(module)).toEqual(metered)
    }
  })
})
