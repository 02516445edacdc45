// A core module twice: as it is, and metered with a fuel of the test's.

import { expect } from 'vitest'
import {
  FUEL_GLOBAL,
  METER_MODULE,
  PAGES_GLOBAL,
  TICK_FUNCTION,
} from '../../../src/component/meter-import.ts'
import { meterCoreModule } from '../../../src/component/meter.ts'
import { wat } from './toolchain.ts'

/** Thrown where the shell would end the guest. */
export class OutOfFuel extends Error {}

export interface Guest {
  readonly exports: Record<string, (...args: unknown[]) => unknown>
  readonly memory: () => Uint8Array
  /** Since the last time it was asked. */
  burnt(): number
}

const PLENTY = 1_000_000_000n
const PLENTY_OF_PAGES = 1024

export function meter(bytes: Uint8Array): Uint8Array {
  const metered = meterCoreModule(bytes)
  if (!metered.ok) throw new Error(JSON.stringify(metered.error))
  expect(compiled(metered.value)).toBeInstanceOf(WebAssembly.Module)
  return metered.value
}

function compiled(bytes: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(bytes as BufferSource)
}

export function instance(
  bytes: Uint8Array,
  imports: WebAssembly.Imports,
  fuel = PLENTY,
  pages = PLENTY_OF_PAGES,
): Guest {
  const global = new WebAssembly.Global({ value: 'i64', mutable: true }, fuel)
  const meterImports = {
    [FUEL_GLOBAL]: global,
    [PAGES_GLOBAL]: new WebAssembly.Global({ value: 'i32', mutable: true }, pages),
    [TICK_FUNCTION]: () => {
      throw new OutOfFuel()
    },
  }
  let last = fuel
  const { exports } = new WebAssembly.Instance(compiled(bytes), {
    ...imports,
    [METER_MODULE]: meterImports,
  })
  const memory = exports['memory'] as WebAssembly.Memory | undefined
  return {
    exports: exports as Guest['exports'],
    memory: () => new Uint8Array(memory?.buffer ?? new ArrayBuffer(0)),
    burnt() {
      const now = global.value as bigint
      const burnt = Number(last - now)
      last = now
      return burnt
    },
  }
}

/** What a call comes to: a value, or that it trapped. A trap of fuel is never equal to anything. */
function result(guest: Guest, name: string, args: readonly unknown[]): unknown {
  try {
    return guest.exports[name]?.(...args)
  } catch (thrown) {
    if (thrown instanceof OutOfFuel) throw thrown
    return thrown instanceof WebAssembly.RuntimeError ? 'trap' : `threw ${String(thrown)}`
  }
}

/**
 * Runs `name` plain and metered for each list of arguments; expects the same results and memories, and
 * the same fuel of two metered instances. The fuel of each.
 */
export function expectSame(
  bytes: Uint8Array,
  name: string,
  argumentLists: readonly (readonly unknown[])[],
  imports: () => WebAssembly.Imports = () => ({}),
): number[] {
  const metered = meter(bytes)
  const [plain, first, second] = [
    instance(bytes, imports()),
    instance(metered, imports()),
    instance(metered, imports()),
  ]
  return argumentLists.map((args) => {
    const expected = result(plain, name, args)
    expect(result(first, name, args)).toEqual(expected)
    expect(result(second, name, args)).toEqual(expected)
    expect(Buffer.compare(first.memory(), plain.memory())).toBe(0)
    const burnt = first.burnt()
    expect(second.burnt()).toBe(burnt)
    return burnt
  })
}

export async function expectSameWat(
  text: string,
  argumentLists: readonly (readonly unknown[])[],
  imports?: () => WebAssembly.Imports,
): Promise<number[]> {
  return expectSame(await wat(text), 'run', argumentLists, imports)
}
