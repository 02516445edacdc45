// What a WIT text says about what it declares: words by names. Raw, as their author wrote them.

/** Empty where nothing was written; the same below. */
export interface FunctionWords {
  readonly docs: string
  readonly params: ReadonlyMap<string, string>
}

export interface TypeWords {
  readonly docs: string
  readonly items: ReadonlyMap<string, string>
  /** What it is another name for. `interface` null: in the same place. */
  readonly of: { readonly interface: string | null; readonly name: string } | null
}

export class WitPlace {
  readonly functions = new Map<string, FunctionWords>()
  readonly types = new Map<string, TypeWords>()
}

/**
 * Interfaces by full name, `a:b/clock@0.1.0`, or by their own where no package is named. All worlds
 * together, for encoding forgets their names.
 */
export class WitText {
  readonly interfaces = new Map<string, WitPlace>()
  /** `use a:b/c as d;` at the top: the full name of `d`, and what it stands for. */
  readonly aliases = new Map<string, string>()
  readonly world = new WitPlace()
  /** Of the worlds' exports under a plain name: written out there, or an interface's full name. */
  readonly inline = new Map<string, WitPlace | string>()
  /** `include w with { a as b }`: b, and a. */
  readonly renamed = new Map<string, string>()
}

/** Worlds may declare one thing twice: the first with words counts. */
export function keep<Words extends { readonly docs: string }>(
  words: Map<string, Words>,
  name: string,
  found: Words,
): void {
  if ((words.get(name)?.docs ?? '') === '') words.set(name, found)
}
