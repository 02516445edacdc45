// Names of packages and interfaces in WIT text, written out in full wherever they stand:
// `a:b/clock@0.1.0`.

import type { Tokens } from './wit-tokens.ts'

interface PackageName {
  readonly name: string
  readonly version: string
}

export class WitNames {
  readonly #tokens: Tokens
  #package: PackageName = { name: '', version: '' }

  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  /** Reads the name of a package, where local names are from now on. Answers with that before. */
  enterPackage(): PackageName {
    const around = this.#package
    const namespace = this.#tokens.name('the name of a package')
    this.#tokens.expect(':')
    const name = `${namespace}:${this.#tokens.name('the name of a package')}`
    this.#package = { name, version: this.#version() }
    return around
  }

  leavePackage(around: PackageName): void {
    this.#package = around
  }

  /** `clock` or `a:b/clock@0.1.0`. */
  path(): string {
    const first = this.#tokens.name('the name of an interface')
    return this.#tokens.is(':') ? this.pathAfter(first) : this.local(first)
  }

  /** What is left of a path behind its namespace. */
  pathAfter(namespace: string): string {
    this.#tokens.expect(':')
    const name = this.#tokens.name('the name of a package')
    this.#tokens.expect('/')
    return this.interfaceOf(`${namespace}:${name}`)
  }

  interfaceOf(inPackage: string): string {
    const name = `${inPackage}/${this.#tokens.name('the name of an interface')}`
    const version = this.#version()
    return version === '' ? name : `${name}@${version}`
  }

  /** The name alone in a text that names no package. */
  local(name: string): string {
    const { name: here, version } = this.#package
    if (here === '') return name
    return version === '' ? `${here}/${name}` : `${here}/${name}@${version}`
  }

  #version(): string {
    return this.#tokens.accept('@') ? this.#tokens.version() : ''
  }
}

/** `clock` of `a:b/clock@0.1.0`. */
export function lastName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const at = name.indexOf('@')
  return at < 0 ? name : name.slice(0, at)
}
