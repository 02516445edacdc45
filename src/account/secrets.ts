// The secrets of one person that go into requests, inside their `Account`: bound and sealed by the person's word,
// opened for calls of exactly the version that they were set for, and told to nobody else.

import type { Authority } from '../policy/authority.ts'
import { readsVariables } from '../policy/environment.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type {
  BindingFault,
  BindingInput,
  Injection,
  SecretBinding,
  SecretValueFault,
  ValueFault,
} from '../policy/secret.ts'
import {
  checkSecretValue,
  parseBinding,
  parseSecretName,
  printBinding,
  SECRET_LIMITS,
} from '../policy/secret.ts'
import { openSecret, sealSecret } from '../secrets/secret.ts'
import type { Version } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { SecretRow } from '../store/secrets.ts'
import type { NoAuthority } from './authorities.ts'
import type { Held, Holdings } from './holdings.ts'
import type { PersonKeys, Sealed } from './person-keys.ts'
import { sealed } from './person-keys.ts'
import type { NotSeen } from './seen.ts'
import { installSeen } from './seen.ts'

/** Versions of components whose opened values are kept in memory: 2 MiB at most, of an object's 128. */
const MAX_OPENED = 8

export type SecretFault =
  | NotSeen
  | 'bad-name'
  | 'too-many'
  /** It imports no wasi:http, so there is no request to put anything into. */
  | 'sends-nothing'
  /** It imports no place to read a placeholder from. */
  | 'reads-nothing'
  | 'placeholder-taken'
  | BindingFault
  | SecretValueFault
  | Sealed

/** As the person says it. Binding and value are set together: neither changes without the other. */
export interface NewSecret {
  readonly name: string
  readonly value: string
  readonly binding: BindingInput
}

/** A value on its way to a call. `revision` as in `Injection`. */
export interface OpenedSecret extends Wanted {
  readonly value: string
}

/** The value that goes with one binding. */
export type Wanted = Pick<Injection, 'name' | 'revision'>

export class Secrets {
  readonly #holdings: Holdings
  readonly #keys: PersonKeys
  /** Dropped with what was read of D1. */
  readonly #opened = new WeakMap<Held, Map<string, readonly OpenedSecret[]>>()

  constructor(holdings: Holdings, keys: PersonKeys) {
    this.#holdings = holdings
    this.#keys = keys
  }

  /** Beside the authority of a call that begins: the values it may have put into its requests. */
  async beside(
    held: Held,
    install: Install,
    authority: Authority | NoAuthority,
  ): Promise<{
    readonly authority: Authority | NoAuthority
    readonly secrets: readonly OpenedSecret[]
  }> {
    if (typeof authority === 'string') return { authority, secrets: [] }
    const opened = await this.#open(held, install)
    if (!opened.ok) return { authority: 'secrets-sealed', secrets: [] }
    return { authority, secrets: opened.value }
  }

  /**
   * For a call that runs: of what was set anew since it began. Only the value that was set together with the binding
   * that the call knows: another one may be for other hosts.
   */
  async value(call: Version, { name, revision }: Wanted): Promise<Result<string, ValueFault>> {
    const held = await this.#holdings.held()
    const install = held.installs.find((i) => i.source === call.source && i.digest === call.digest)
    const isWanted = (one: Wanted) => one.name === name && one.revision === revision
    if (install === undefined || !injectionsOf(held, install).some(isWanted)) return err('gone')
    const opened = await this.#open(held, install)
    if (!opened.ok) return opened
    const found = opened.value.find(isWanted)
    return found === undefined ? err('gone') : ok(found.value)
  }

  /**
   * The person's word. The secret is for the version that is loaded now; what its placeholder replaces ends. `seen` as
   * `seen.ts` has it.
   */
  async set(
    { component, seen }: { readonly component: string; readonly seen: string | null },
    { name, value, binding: input }: NewSecret,
    at: number,
  ): Promise<Result<'set' | 'replaced', SecretFault>> {
    return await this.#holdings.write(async () => {
      const found = await installSeen(this.#holdings, component, seen)
      if (!found.ok) return found
      const held = await this.#holdings.held()
      if (parseSecretName(name) === null) return err('bad-name' as const)
      const binding = parseBinding(input, `wassette_${crypto.randomUUID().replaceAll('-', '')}`)
      if (!binding.ok) return binding
      const checked = checkSecretValue(value, binding.value.placement)
      if (!checked.ok) return checked
      const { source, digest, imports } = found.value
      const others = held.secrets.filter((s) => s.source === source && s.name !== name)
      if (others.length >= SECRET_LIMITS.SECRETS) return err('too-many' as const)
      if (!imports.some((owner) => owner.startsWith('wasi:http/'))) {
        return err('sends-nothing' as const)
      }
      const { placeholder } = binding.value
      if (placeholder !== null) {
        if (!readsVariables(imports)) return err('reads-nothing' as const)
        if (others.some((s) => s.binding.placeholder?.key === placeholder.key)) {
          return err('placeholder-taken' as const)
        }
      }
      const key = await this.#keys.openOrMake()
      if (!key.ok) return key
      const text = printBinding(binding.value)
      const place = { person: this.#holdings.person, source, name, binding: text }
      const old = held.secrets.find((s) => s.source === source && s.name === name)
      // No two of them have one revision, whatever the clocks of those who set them say.
      const row = { source, name, digest, binding: text, at: Math.max(at, (old?.set_at ?? 0) + 1) }
      await this.#holdings.db.batch([
        ...key.value.statements,
        this.#holdings.secrets.entry({
          ...row,
          sealed: await sealSecret(key.value.key, place, checked.value),
        }),
        ...this.#endings(source, [old?.binding, binding.value], at),
      ])
      return ok(old === undefined ? ('set' as const) : ('replaced' as const))
    })
  }

  /** Needs no key. False when there was none of that name; `null`: no such component. */
  async delete(component: string, name: string, at: number): Promise<boolean | null> {
    return await this.#holdings.write(async () => {
      const { installs, secrets } = await this.#holdings.held()
      const install = installs.find((i) => i.component === component)
      if (install === undefined) return null
      const { source } = install
      const old = secrets.find((s) => s.source === source && s.name === name)
      if (old === undefined) return false
      await this.#holdings.db.batch([
        this.#holdings.secrets.removal(source, name),
        ...this.#endings(source, [old.binding], at),
        this.#keys.removalIfUnused(),
      ])
      return true
    })
  }

  /**
   * A grant of a variable that a placeholder stands before: it ends when the placeholder comes, and one that was
   * given since when it goes. An agent may delete a secret, and is not to uncover a value by that.
   */
  #endings(
    source: string,
    bindings: readonly (SecretBinding | undefined)[],
    at: number,
  ): D1PreparedStatement[] {
    const keys = bindings.flatMap((binding) => binding?.placeholder?.key ?? [])
    return keys.map((key) => this.#holdings.grants.endVariable(source, key, 'replaced', at))
  }

  /**
   * The sealed ones of a version, as `held` has them: what was set anew since is not among them, as its value is for
   * another binding. They are opened for its calls, and for nothing else.
   */
  async #open(held: Held, install: Install): Promise<Result<readonly OpenedSecret[], Sealed>> {
    const { source, digest } = install
    const rows = ofVersion(held, install)
    if (rows.length === 0) return ok([])
    const kept = this.#opened.get(held) ?? new Map<string, readonly OpenedSecret[]>()
    const known = kept.get(source)
    if (known !== undefined) return ok(known)
    const key = await this.#keys.open()
    if (key === null) return sealed('a secret has no person key')
    if (!key.ok) return key
    const opened: OpenedSecret[] = []
    for (const row of await this.#holdings.secrets.sealed(source, digest)) {
      const { name, set_at: revision } = row
      if (!rows.some((one) => one.name === name && one.set_at === revision)) continue
      const place = { person: this.#holdings.person, source, name, binding: row.binding }
      // oxlint-disable-next-line no-await-in-loop -- a few, and each in microseconds
      const value = await openSecret(key.value, place, row.sealed)
      if (value === null) return sealed('a secret does not open: its row was altered')
      opened.push({ name, revision, value })
    }
    if (kept.size >= MAX_OPENED) kept.clear()
    kept.set(source, opened)
    this.#opened.set(held, kept)
    return ok(opened)
  }
}

/** What calls of a component may have put into their requests. */
export function injectionsOf(held: Held, install: Install): Injection[] {
  return ofVersion(held, install).map(({ name, binding, set_at: revision }) => ({
    name,
    ...binding,
    source: { kind: 'sealed' },
    revision,
  }))
}

function ofVersion({ secrets }: Held, { source, digest }: Install): SecretRow[] {
  return secrets.filter((secret) => secret.source === source && secret.digest === digest)
}
