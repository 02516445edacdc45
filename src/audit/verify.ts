// Verification of an export, line by line, with public keys alone: nothing is asked of the server. Each chain of
// the file opens with a signed statement of what has to follow.

import type { Json } from './canonical.ts'
import { canonicalJson } from './canonical.ts'
import { ADMINISTRATIVE } from './event.ts'
import type { AuditKind } from './event.ts'
import { fromHex } from './hash.ts'
import type { VerifyingKey } from './key.ts'
import type { Line } from './lines.ts'
import { parseLine } from './lines.ts'
import type { AuditRecord } from './record.ts'
import { commitmentsTo, GENESIS, hashOf } from './record.ts'
import type { ExportStatement, Signed } from './statement.ts'
import { Checkpoint, isSigned } from './statement.ts'

export type AuditFault =
  | 'changed'
  | 'dropped'
  | 'reordered'
  | 'truncated'
  | 'bad-signature'
  /** No signed statement says what the file has to hold. */
  | 'unsigned'

export interface Verified {
  readonly statement: ExportStatement
  /** Records whose texts were forgotten, or are not for whoever holds the file. */
  readonly withoutTexts: number
}

export type Verdict =
  | { readonly ok: true; readonly chains: readonly Verified[] }
  /** The first bad line, counted from 1; a sentence of ours. */
  | {
      readonly ok: false
      readonly fault: AuditFault
      readonly line: number
      readonly sentence: string
    }

class Bad extends Error {
  readonly fault: AuditFault
  readonly line: number

  constructor(fault: AuditFault, line: number, sentence: string) {
    super(sentence)
    this.fault = fault
    this.line = line
  }
}

/**
 * `remembered` are checkpoints from elsewhere, such as the store or an earlier export: the file has to agree with
 * them, and to reach as far as they do.
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  keys: readonly VerifyingKey[],
  remembered: readonly Signed[] = [],
): Promise<Verdict> {
  const file = new ExportFile(keys, remembered)
  try {
    for await (const text of lines) await file.read(text)
    return { ok: true, chains: await file.end() }
  } catch (bad) {
    if (!(bad instanceof Bad)) throw bad
    const { fault, line, message } = bad
    return { ok: false, fault, line, sentence: message }
  }
}

class ExportFile {
  readonly #keys: readonly VerifyingKey[]
  readonly #remembered: readonly Signed[]
  readonly #chains: Verified[] = []
  #line = 0
  #open: ChainPart | null = null

  constructor(keys: readonly VerifyingKey[], remembered: readonly Signed[]) {
    this.#keys = keys
    this.#remembered = remembered
  }

  async read(text: string): Promise<void> {
    this.#line += 1
    const line = parseLine(text)
    // What follows a gap is only asked whether it fills it.
    if (this.#open?.gap != null) return this.#open.fills(line)
    if (line === null) throw new Bad('changed', this.#line, 'This is not a line of an export.')
    if ('body' in line) return await this.#part().record(line, this.#line)
    if (!(await isSigned(line, this.#keys))) {
      const sentence = 'It was not signed like this by a key that you trust.'
      throw new Bad('bad-signature', this.#line, sentence)
    }
    const { statement } = line
    if (statement.type === 'checkpoint') return this.#part().checkpoint(statement, this.#line)
    await this.#close('dropped')
    this.#belongs(statement)
    this.#open = new ChainPart(statement, this.#wanted(statement.chain))
    const expected = this.#chains.length + 1
    if (statement.part !== expected) {
      const fault = statement.part < expected ? 'reordered' : 'dropped'
      const sentence = `This is chain ${statement.part} of the export, where ${expected} should be.`
      throw new Bad(fault, this.#line, sentence)
    }
  }

  /** All are of one export, and each of another chain. */
  #belongs({ id, chain, parts, texts }: ExportStatement): void {
    const first = this.#chains[0]?.statement
    if (first === undefined) return
    const isOther = id !== first.id || parts !== first.parts || texts !== first.texts
    if (!isOther && this.#chains.every(({ statement }) => statement.chain !== chain)) return
    const sentence = 'This statement is of another export than the one that the file begins with.'
    throw new Bad('changed', this.#line, sentence)
  }

  async end(): Promise<readonly Verified[]> {
    this.#line += 1
    await this.#close('truncated')
    const last = this.#chains.at(-1)
    if (last === undefined) throw new Bad('unsigned', 1, 'The file holds no signed statement.')
    if (last.statement.parts !== this.#chains.length) {
      const sentence = `The export had ${last.statement.parts} chains, the file has ${this.#chains.length}.`
      throw new Bad('truncated', this.#line, sentence)
    }
    const chains = new Set(this.#chains.map(({ statement }) => statement.chain))
    if (this.#remembered.some(({ statement }) => !chains.has(statement.chain))) {
      throw new Bad(
        'dropped',
        this.#line,
        'The chain of a remembered checkpoint is not in the file.',
      )
    }
    return this.#chains
  }

  #part(): ChainPart {
    if (this.#open !== null) return this.#open
    const sentence = 'No signed statement comes before it: an export begins with one.'
    throw new Bad('unsigned', this.#line, sentence)
  }

  async #close(missing: 'dropped' | 'truncated'): Promise<void> {
    const part = this.#open
    if (part === null) return
    part.end(missing, this.#line)
    for (const signed of this.#remembered) {
      if (await isSigned(signed, this.#keys)) continue
      throw new Bad(
        'bad-signature',
        0,
        'A remembered checkpoint was not signed by a key you trust.',
      )
    }
    this.#chains.push({ statement: part.statement, withoutTexts: part.withoutTexts })
    this.#open = null
  }

  #wanted(chain: string): Checkpoint[] {
    return this.#remembered.flatMap(({ statement }) => {
      const checkpoint = Checkpoint.safeParse(statement)
      return checkpoint.success && checkpoint.data.chain === chain ? [checkpoint.data] : []
    })
  }
}

/** The records of one chain, as its statement says they are. */
class ChainPart {
  readonly statement: ExportStatement
  withoutTexts = 0
  /** A record that is missing where it should be: dropped, or further down. */
  gap: { readonly line: number; readonly seq: number } | null = null
  readonly #remembered: readonly Checkpoint[]
  #line = 0
  #seq: number
  #hash: string | null
  #at = 0
  #checkpoints = 0
  #lastCheckpoint = 0

  constructor(statement: ExportStatement, remembered: readonly Checkpoint[]) {
    this.statement = statement
    this.#remembered = remembered
    this.#seq = statement.from - 1
    this.#hash = statement.from === 1 ? GENESIS : null
  }

  async record(record: AuditRecord, line: number): Promise<void> {
    const { body, hash } = record
    if ((await hashOf(body)) !== hash) {
      throw new Bad('changed', line, `Record ${body.seq} does not have the hash that it says.`)
    }
    if (body.chain !== this.statement.chain) {
      throw new Bad('reordered', line, 'The record belongs to another chain.')
    }
    const expected = this.#seq + 1
    if (body.seq < expected || body.seq > this.statement.to) {
      const sentence = `Record ${body.seq} stands where record ${expected} should be.`
      throw new Bad('reordered', line, sentence)
    }
    if (body.seq > expected) {
      this.gap = { line, seq: expected }
      return
    }
    if (this.#hash !== null && body.prev !== this.#hash) {
      const sentence = `Record ${body.seq} does not follow the record before it: one of them was changed.`
      throw new Bad('changed', line, sentence)
    }
    if (body.at < this.#at) {
      throw new Bad('changed', line, `Record ${body.seq} is older than the one before it.`)
    }
    await this.#texts(record, line)
    this.#line = line
    this.#seq = body.seq
    this.#hash = hash
    this.#at = body.at
    for (const checkpoint of this.#remembered) {
      if (checkpoint.seq === body.seq) this.#agree(checkpoint, line)
    }
  }

  checkpoint(checkpoint: Checkpoint, line: number): void {
    const { chain, seq } = checkpoint
    if (chain === this.statement.chain && seq > this.#seq) {
      this.gap = { line, seq: this.#seq + 1 }
      return
    }
    if (chain !== this.statement.chain || seq !== this.#seq || seq <= this.#lastCheckpoint) {
      throw new Bad('reordered', line, `The checkpoint of record ${seq} is not behind that record.`)
    }
    this.#lastCheckpoint = seq
    this.#checkpoints += 1
    this.#agree(checkpoint, line)
  }

  fills(line: Line | null): void {
    if (this.gap === null || line === null || !('body' in line)) return
    if (line.body.chain !== this.statement.chain || line.body.seq !== this.gap.seq) return
    throw new Bad('reordered', this.gap.line, `Record ${this.gap.seq} stands further down.`)
  }

  /** `missing`: what it is called when there are too few records. */
  end(missing: 'dropped' | 'truncated', line: number): void {
    const { to, hash, checkpoints, head } = this.statement
    if (this.gap !== null) {
      throw new Bad('dropped', this.gap.line, `Record ${this.gap.seq} is missing before it.`)
    }
    if (this.#seq < to) {
      const sentence = `The export went up to record ${to}, and record ${this.#seq + 1} is missing.`
      throw new Bad(missing, line, sentence)
    }
    if (this.#hash !== null && this.#hash !== hash) {
      const sentence = `Record ${this.#seq} is not the one that was signed: it or one before it was changed.`
      throw new Bad('changed', this.#line, sentence)
    }
    if (this.#checkpoints !== checkpoints) {
      const sentence = `The export had ${checkpoints} checkpoints, the file has ${this.#checkpoints}.`
      throw new Bad('dropped', line, sentence)
    }
    for (const { seq, at } of this.#remembered) {
      if (seq <= head) continue
      const when = new Date(at).toISOString()
      const sentence = `The chain had record ${seq} at ${when}, and in this export it ends with ${head}.`
      throw new Bad('truncated', line, sentence)
    }
  }

  #agree({ seq, hash }: Checkpoint, line: number): void {
    if (hash === this.#hash) return
    const sentence = `A signed checkpoint has another record ${seq}: it or one before it was changed.`
    throw new Bad('changed', line, sentence)
  }

  async #texts({ body, private: kept }: AuditRecord, line: number): Promise<void> {
    const names = Object.keys(body.commitments)
    if (kept === null) {
      if (names.length === 0) return
      const { redacted, texts } = this.statement
      const isOpen = texts === 'all' || ADMINISTRATIVE.has(body.kind as AuditKind)
      if (isOpen && body.seq > redacted) {
        throw new Bad('changed', line, `The texts of record ${body.seq} were taken away.`)
      }
      this.withoutTexts += 1
      return
    }
    const salt = fromHex(kept.salt) ?? new Uint8Array()
    const shown = await commitmentsTo(kept.texts as Record<string, Json>, salt)
    if (names.length > 0 && canonicalJson(shown) === canonicalJson(body.commitments)) return
    throw new Bad(
      'changed',
      line,
      `The texts of record ${body.seq} are not those it was made with.`,
    )
  }
}
