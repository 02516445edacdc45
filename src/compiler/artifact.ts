// What compiling a component yields and what is stored of it. A manifest is parsed when it leaves R2.

import * as z from 'zod'
import type { ComponentFault } from '../component/fault.ts'
import type { ToolModel } from '../component/tools.ts'
import type { Described } from '../component/wit-docs.ts'
import type { WitFault } from '../component/wit-parser.ts'
import type { LabelSet } from '../policy/labels.ts'
import type { Result } from '../policy/result.ts'

/** Why a component cannot be run here. Each has one fixed sentence, in `faults.ts`. */
export type CompileFault =
  | ComponentFault
  | { readonly reason: 'unlinkable'; readonly imports: readonly string[] }
  | { readonly reason: 'no-tools'; readonly skipped: readonly Skipped[] }
  | { readonly reason: 'not-transpilable'; readonly detail: string }
  | { readonly reason: 'compile-bound'; readonly bound: CompileBound }

/** What one compile may use: fuel of the transpiler, and time on the wall, its turn waited for. */
export type CompileBound = 'compile-fuel' | 'compile-time'

export const LATE: CompileFault = { reason: 'compile-bound', bound: 'compile-time' }

export interface Skipped {
  readonly function: string
  readonly reason: string
}

/** A module of a guest isolate: JavaScript text or a core module. */
export type ArtifactModule =
  | { readonly name: string; readonly js: string }
  | { readonly name: string; readonly wasm: Uint8Array }

export interface Compiled {
  readonly tools: readonly ToolModel[]
  readonly skipped: readonly Skipped[]
  /** Full names of the imported interfaces, for a person to read and for linking. */
  readonly imports: readonly string[]
  /** What the component says of itself (`component/labels.ts`). */
  readonly labels: LabelSet
  readonly modules: readonly ArtifactModule[]
  /** The picture in it, if there is one (`component/icon-section.ts`). */
  readonly icon?: Uint8Array | null
  /** What came of the WIT text; null without one. One that cannot be read describes nothing. */
  readonly wit: Result<Described, WitFault> | null
}

/** `compiled/<compiler version>/<hex>/manifest.json`. `sha256` is 64 hex digits, sizes are bytes. */
export const Manifest = z.strictObject({
  digest: z.string(),
  compiler: z.string(),
  imports: z.array(z.string()),
  modules: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['js', 'wasm']),
      sha256: z.string(),
      bytes: z.number().int(),
    }),
  ),
})
export type Manifest = z.infer<typeof Manifest>
