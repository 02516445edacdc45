// Amounts as policies write them: memory and CPU as Wassette does (and Kubernetes), bounds with a unit.

import type { Bound } from './limits.ts'

const KI = 1024
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  Ki: KI,
  Mi: KI ** 2,
  Gi: KI ** 3,
  Ti: KI ** 4,
}
const MILLISECONDS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000 }
const COUNTS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 }

/** Bytes; `null`: not `<digits>` or `<digits>Ki|Mi|Gi|Ti`, zero, or beyond all memory. */
export function parseBytes(text: string): number | null {
  return parseAmount(text, BYTES)
}

/** Cores: `1.5`, or `500m` for thousandths. */
export function parseCores(text: string): number | null {
  const parts = /^(\d{1,9}(?:\.\d{1,9})?)(m)?$/.exec(text)
  if (parts?.[1] === undefined) return null
  const cores = Number(parts[1]) / (parts[2] === undefined ? 1 : 1_000)
  return cores > 0 ? cores : null
}

/** An amount of a bound, in its own unit. */
export function parseAmountOf(unit: Bound['unit'], text: string): number | null {
  return parseAmount(text, suffixesOf(unit))
}

export function suffixesOf(unit: Bound['unit']): Readonly<Record<string, number>> {
  if (unit === 'bytes') return BYTES
  return unit === 'milliseconds' ? MILLISECONDS : COUNTS
}

function parseAmount(text: string, suffixes: Readonly<Record<string, number>>): number | null {
  const parts = /^(\d{1,16})([A-Za-z]{0,2})$/.exec(text)
  const factor = Object.hasOwn(suffixes, parts?.[2] ?? '?')
    ? suffixes[parts?.[2] ?? '?']
    : undefined
  if (parts === null || factor === undefined) return null
  const amount = Number(parts[1]) * factor
  return amount > 0 && Number.isSafeInteger(amount) ? amount : null
}
