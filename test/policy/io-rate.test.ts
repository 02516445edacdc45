import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

it('admits requests and drive operations together, as many as begun seconds allow', () => {
  const meter = new CallMeter(CALL_LIMITS, 3)
  expect([
    meter.admit('requests'),
    meter.admit('driveOperations'),
    meter.admit('requests'),
  ]).toEqual([true, true, true])
  vi.advanceTimersByTime(1_000)
  expect([1, 2, 3].map(() => meter.admit('driveOperations'))).toEqual([true, true, true])
  expect(meter.bound).toBeNull()
  vi.advanceTimersByTime(999)
  expect(meter.admit('requests')).toBe(false)
  expect(meter.bound).toBe('io-rate')
})

it('sets no pace when no policy does', () => {
  const meter = new CallMeter(CALL_LIMITS)
  for (let i = 0; i < 1_000; i++) expect(meter.admit('driveOperations')).toBe(true)
  expect(meter.bound).toBeNull()
})
