// KV as the authorization server sees it. Names in it are made of what clients send: one that KV would not take is the
// name of nothing, and no fault of ours.

/** Bytes (the limit of Workers KV). */
const MAX_NAME_BYTES = 512

/** Only `get` is another. */
export function tokenStore(kv: KVNamespace): KVNamespace {
  return new Proxy(kv, {
    get(of, verb) {
      const value: unknown = Reflect.get(of, verb)
      if (verb !== 'get' || typeof value !== 'function') return value
      return async (name: string, ...rest: unknown[]) =>
        isName(name) ? ((await Reflect.apply(value, of, [name, ...rest])) as unknown) : null
    },
  })
}

function isName(name: string): boolean {
  return new TextEncoder().encode(name).byteLength <= MAX_NAME_BYTES
}
