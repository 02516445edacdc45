// WIT source text (WIT.md, "Item Grammar") as the docs of what it declares. Types are read to get
// past them and are not kept: what a component takes and gives is in its binary alone.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { lastName, WitNames } from './wit-names.ts'
import type { FunctionWords } from './wit-text.ts'
import { keep, WitPlace, WitText } from './wit-text.ts'
import { Tokens, Unreadable } from './wit-tokens.ts'

export interface WitFault {
  readonly reason: 'bad-wit'
  /** Counted from 1. */
  readonly line: number
  /** What should stand there, in our words. */
  readonly expected: string
}

export function parseWit(text: string): Result<WitText, WitFault> {
  try {
    return ok(new WitParser(text).file())
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause
    const line = text.slice(0, cause.offset).split('\n').length
    return err({ reason: 'bad-wit', line, expected: cause.expected })
  }
}

/** How far types may nest; WIT text is as deep as the binary may be. */
const MAX_DEPTH = COMPONENT_LIMITS.MAX_TYPE_DEPTH

class WitParser {
  readonly #tokens: Tokens
  readonly #wit = new WitText()
  readonly #names: WitNames

  constructor(text: string) {
    this.#tokens = new Tokens(text)
    this.#names = new WitNames(this.#tokens)
  }

  file(): WitText {
    while (this.#tokens.peek().kind !== 'end') this.#packageOrItem()
    return this.#wit
  }

  #packageOrItem(): void {
    this.#lead()
    if (!this.#tokens.accept('package')) {
      return this.#item('`package`, `interface`, `world` or `use`')
    }
    const around = this.#names.enterPackage()
    if (this.#tokens.accept(';')) return
    if (!this.#tokens.is('{')) this.#tokens.fail('`;` or `{`')
    this.#block(() => {
      this.#lead()
      this.#item('`interface`, `world`, `use` or `}`')
    })
    this.#names.leavePackage(around)
  }

  #item(expected: string): void {
    if (this.#tokens.accept('interface')) {
      const name = this.#names.local(this.#tokens.name('the name of an interface'))
      const place = this.#wit.interfaces.get(name) ?? new WitPlace()
      this.#wit.interfaces.set(name, place)
      this.#block(() => this.#interfaceItem(place))
    } else if (this.#tokens.accept('world')) {
      this.#tokens.name('the name of a world')
      this.#block(() => this.#worldItem())
    } else if (this.#tokens.accept('use')) {
      const path = this.#names.path()
      const alias = this.#tokens.accept('as') ? this.#tokens.name('a name') : lastName(path)
      this.#wit.aliases.set(this.#names.local(alias), path)
      this.#tokens.expect(';')
    } else {
      this.#tokens.fail(expected)
    }
  }

  #block(item: () => void): void {
    this.#tokens.expect('{')
    while (!this.#tokens.accept('}')) item()
  }

  #interfaceItem(place: WitPlace): void {
    const docs = this.#lead()
    if (this.#typeItem(place, docs)) return
    const name = this.#tokens.name('a function, a type or `}`')
    this.#tokens.expect(':')
    keep(place.functions, name, this.#functionType(docs))
    this.#tokens.expect(';')
  }

  #worldItem(): void {
    const docs = this.#lead()
    if (this.#tokens.accept('export')) return this.#extern(docs, true)
    if (this.#tokens.accept('import')) return this.#extern(docs, false)
    if (this.#tokens.accept('include')) return this.#include()
    if (!this.#typeItem(this.#wit.world, docs)) {
      this.#tokens.fail('`export`, `import`, `include`, `use`, a type or `}`')
    }
  }

  #include(): void {
    this.#names.path()
    if (this.#tokens.accept('with')) {
      this.#tokens.expect('{')
      this.#list('}', () => {
        const from = this.#tokens.name('a name')
        this.#tokens.expect('as')
        this.#wit.renamed.set(this.#tokens.name('a name'), from)
      })
    }
    this.#tokens.accept(';')
  }

  /** `fetch: func(…);`, `math: interface {…}`, `a:b/c@1.0.0;`, `c;` or `main: a:b/c;`. */
  #extern(docs: string, exported: boolean): void {
    const { world, inline } = this.#wit
    const first = this.#tokens.name('a name')
    if (!this.#tokens.accept(':')) {
      this.#tokens.expect(';')
    } else if (this.#tokens.is('func') || this.#tokens.is('async')) {
      const words = this.#functionType(docs)
      if (exported) keep(world.functions, first, words)
      this.#tokens.expect(';')
    } else if (this.#tokens.accept('interface')) {
      const place = new WitPlace()
      if (exported && !inline.has(first)) inline.set(first, place)
      this.#block(() => this.#interfaceItem(place))
    } else {
      const second = this.#tokens.name('`func`, `interface` or the name of an interface')
      if (this.#tokens.accept('/')) {
        this.#names.interfaceOf(`${first}:${second}`)
      } else {
        const path = this.#tokens.is(':')
          ? this.#names.pathAfter(second)
          : this.#names.local(second)
        if (exported && !inline.has(first)) inline.set(first, path)
      }
      this.#tokens.expect(';')
    }
  }

  /** False, and nothing taken, when no type is declared here. */
  #typeItem(place: WitPlace, docs: string): boolean {
    if (this.#tokens.accept('use')) return this.#use(place)
    const form = TYPE_FORMS.find((one) => this.#tokens.is(one))
    if (form === undefined) return false
    this.#tokens.take()
    const name = this.#tokens.name('the name of a type')
    if (form === 'type') {
      this.#tokens.expect('=')
      const alias = this.#type(0)
      this.#tokens.expect(';')
      const of = alias === null ? null : { interface: null, name: alias }
      keep(place.types, name, { docs, items: new Map(), of })
    } else if (form === 'resource') {
      keep(place.types, name, { docs, items: new Map(), of: null })
      this.#resource(place, name)
    } else {
      this.#tokens.expect('{')
      const items = this.#list('}', () => {
        const item = this.#tokens.name('a name or `}`')
        if (form === 'record') this.#typed()
        if (form === 'variant' && this.#tokens.accept('(')) {
          this.#type(0)
          this.#tokens.expect(')')
        }
        return item
      })
      keep(place.types, name, { docs, items, of: null })
    }
    return true
  }

  #use(place: WitPlace): true {
    const path = this.#names.path()
    this.#tokens.expect('.')
    this.#tokens.expect('{')
    this.#list('}', () => {
      const name = this.#tokens.name('the name of a type')
      const here = this.#tokens.accept('as') ? this.#tokens.name('a name') : name
      keep(place.types, here, { docs: '', items: new Map(), of: { interface: path, name } })
    })
    this.#tokens.expect(';')
    return true
  }

  /** Its functions have the names that they have in a binary. */
  #resource(place: WitPlace, resource: string): void {
    if (this.#tokens.accept(';')) return
    if (!this.#tokens.is('{')) this.#tokens.fail('`;` or `{`')
    this.#block(() => {
      const docs = this.#lead()
      const name = this.#tokens.name('a function or `}`')
      if (name === 'constructor' && this.#tokens.is('(')) {
        keep(place.functions, `[constructor]${resource}`, { docs, params: this.#signature() })
      } else {
        this.#tokens.expect(':')
        const kind = this.#tokens.accept('static') ? 'static' : 'method'
        keep(place.functions, `[${kind}]${resource}.${name}`, this.#functionType(docs))
      }
      this.#tokens.expect(';')
    })
  }

  #functionType(docs: string): FunctionWords {
    this.#tokens.accept('async')
    this.#tokens.expect('func')
    return { docs, params: this.#signature() }
  }

  #signature(): Map<string, string> {
    this.#tokens.expect('(')
    const params = this.#named()
    if (this.#tokens.accept('->')) {
      // Results with names are of the time before WIT 1.0; texts with them are still about.
      if (this.#tokens.accept('(')) this.#named()
      else this.#type(0)
    }
    return params
  }

  /** `a: u8, b: string)`. */
  #named(): Map<string, string> {
    return this.#list(')', () => {
      const name = this.#tokens.name('the name of a parameter or `)`')
      this.#typed()
      return name
    })
  }

  #typed(): void {
    this.#tokens.expect(':')
    this.#type(0)
  }

  /**
   * The words for each name that `item` gives, up to `close`, which is taken. A comment that ends
   * the line of a name without other words is that name's.
   */
  #list(close: ')' | '}', item: () => string | void): Map<string, string> {
    const words = new Map<string, string>()
    let carried = ''
    while (!this.#tokens.accept(close)) {
      const above = this.#lead(carried)
      const name = item()
      const before = this.#tokens.peek().behind
      const more = this.#tokens.accept(',')
      const behind = more ? this.#tokens.peek().behind : ''
      const own = above || before
      if (typeof name === 'string' && !words.has(name)) words.set(name, own || behind)
      carried = own === '' ? '' : behind
      if (more) continue
      if (!this.#tokens.is(close)) this.#tokens.fail(`\`,\` or \`${close}\``)
    }
    return words
  }

  /** The type's name where it is nothing but that. */
  #type(depth: number): string | null {
    if (depth > MAX_DEPTH) this.#tokens.fail(`types that nest at most ${MAX_DEPTH} deep`)
    if (this.#tokens.accept('_')) return null
    const name = this.#tokens.name('a type')
    if (!this.#tokens.accept('<')) return name
    do {
      if (this.#tokens.peek().kind === 'number') this.#tokens.take()
      else this.#type(depth + 1)
    } while (this.#tokens.accept(','))
    if (!this.#tokens.accept('>')) this.#tokens.fail('`,` or `>`')
    return null
  }

  /** The docs of what follows, those that end the line before too. Gates (`@since(version = 1.0.0)`) may stand between. */
  #lead(behind = this.#tokens.peek().behind): string {
    const docs = [behind, this.#tokens.peek().docs]
    while (this.#tokens.accept('@')) {
      this.#tokens.name('the name of a gate')
      if (this.#tokens.accept('(')) {
        this.#list(')', () => {
          this.#tokens.name('a name')
          this.#tokens.expect('=')
          if (this.#tokens.peek().kind === 'number') this.#tokens.version()
          else this.#tokens.name('a name or a version')
        })
      }
      docs.push(this.#tokens.peek().docs)
    }
    return docs.filter((text) => text !== '').join('\n')
  }
}

const TYPE_FORMS = ['type', 'record', 'flags', 'variant', 'enum', 'resource'] as const
