// The linear memory that the instances of one component may have together, in pages. Metered code counts
// its growth down here and grows no further than what is left.

import { MEMORY_SECTION, PAGES_GLOBAL } from './meter-import.ts'

export const PAGE_BYTES = 65_536

export class MemoryPages {
  readonly #left = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  /** What metered modules import. */
  readonly imports: Readonly<Record<string, WebAssembly.ImportValue>> = {
    [PAGES_GLOBAL]: this.#left,
  }
  #allowed = 0

  /** `false`: the instances have more already. Whole pages of `bytes`, which are 4 GiB at most. */
  begin(bytes: number): boolean {
    const had = this.#allowed - this.#pages
    this.#allowed = Math.floor(bytes / PAGE_BYTES)
    this.#left.value = Math.max(0, this.#allowed - had)
    return had <= this.#allowed
  }

  /** Counts the memories that an instance of `module` starts with. `false`: there may be no such instance. */
  admit(module: WebAssembly.Module): boolean {
    const pages = startingPages(module)
    if (pages > this.#pages) return false
    this.#left.value = this.#pages - pages
    return true
  }

  /** Of all instances together, as they are now: memories do not shrink. */
  get usedBytes(): number {
    return (this.#allowed - this.#pages) * PAGE_BYTES
  }

  get #pages(): number {
    return this.#left.value as number
  }
}

/** What `meter.ts` wrote into the module: nobody else's section of that name stays in one. */
function startingPages(module: WebAssembly.Module): number {
  const [section] = WebAssembly.Module.customSections(module, MEMORY_SECTION)
  return section === undefined ? 0 : new DataView(section).getUint32(0, true)
}
