// A Durable Object's verbs, gathered from classes of their own. What a stub calls must stand on the prototype of the
// object's class; each verb is put there, so that it stays one round trip and keeps its type.

import { DurableObject } from 'cloudflare:workers'
import type { Parts } from './parts.ts'

/** A class of verbs: each takes what it needs of the parts. */
type Verbs = new (parts: Parts) => object

type Offered<Classes> = Classes extends readonly [new (parts: never) => infer First, ...infer Rest]
  ? First & Offered<Rest>
  : unknown

/** What an object of these classes is: their verbs, and nothing of what they hold. */
type Offering<Classes> = new (
  ctx: DurableObjectState,
  env: Env,
  parts: Parts,
) => DurableObject<Env> & Offered<Classes>

/** To be extended. Every method of the classes is a verb of the object; two of one name are a fault, at once. */
export function offering<const Classes extends readonly Verbs[]>(
  ...classes: Classes
): Offering<Classes> {
  class Offers extends DurableObject<Env> {
    readonly #held: ReadonlyMap<Verbs, object>

    constructor(ctx: DurableObjectState, env: Env, parts: Parts) {
      super(ctx, env)
      this.#held = new Map(classes.map((each) => [each, new each(parts)]))
    }

    static {
      for (const each of classes) {
        for (const [verb, method] of methodsOf(each)) {
          if (verb in this.prototype) throw new Error(`two verbs are called ${verb}`)
          const value = function (this: Offers, ...args: unknown[]): unknown {
            return Reflect.apply(method, this.#held.get(each), args)
          }
          Object.defineProperty(this.prototype, verb, { value, configurable: true, writable: true })
        }
      }
    }
  }
  // What the loop above has put there, no type can follow.
  return Offers as unknown as Offering<Classes>
}

function methodsOf({ prototype }: { readonly prototype: object }) {
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor')
  return names.map((name) => {
    const method: unknown = Reflect.get(prototype, name)
    if (typeof method !== 'function') throw new Error(`${name} is no verb`)
    return [name, method] as const
  })
}
