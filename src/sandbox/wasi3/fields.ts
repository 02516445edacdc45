// wasi:http/types `fields` of 0.3, over those of 0.2.

import type { Header } from '../wasi/fields.ts'
import { Fields as OldFields } from '../wasi/fields.ts'

export class Fields {
  readonly #old: OldFields

  constructor(old?: OldFields) {
    this.#old = old ?? new OldFields()
  }

  static fromList(entries: readonly Header[]): Fields {
    return new Fields(OldFields.fromList(entries))
  }

  get old(): OldFields {
    return this.#old
  }

  get(name: string): Uint8Array[] {
    return this.#old.get(name)
  }
  has(name: string): boolean {
    return this.#old.has(name)
  }
  set(name: string, values: readonly Uint8Array[]): void {
    this.#old.set(name, values)
  }
  delete(name: string): void {
    this.#old.delete(name)
  }
  getAndDelete(name: string): Uint8Array[] {
    const values = this.#old.get(name)
    this.#old.delete(name)
    return values
  }
  append(name: string, value: Uint8Array): void {
    this.#old.append(name, value)
  }
  copyAll(): Header[] {
    return this.#old.entries()
  }
  clone(): Fields {
    return new Fields(this.#old.clone())
  }
}
