// Where the identity provider keeps its sessions, codes and tokens: in memory, as its adapter interface asks
// (github.com/panva/node-oidc-provider, example/my_adapter.js). They live for minutes; what must outlive a restart is
// in `secrets.ts`.
type Payload = {
  uid?: string
  grantId?: string
  userCode?: string
  consumed?: number
  [key: string]: unknown
}
type Entry = { payload: Payload; expiresAt: number }

/** One store for every model of one provider: its adapters share what `createIdentityStore` closes over. */
export function createIdentityStore() {
  const entries = new Map<string, Entry>()

  function dropExpired(): void {
    const now = Date.now()
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key)
  }

  return class IdentityStore {
    readonly #model: string

    constructor(model: string) {
      this.#model = model
    }

    async upsert(id: string, payload: Payload, expiresInSeconds?: number): Promise<void> {
      dropExpired()
      const expiresAt = expiresInSeconds ? Date.now() + expiresInSeconds * 1_000 : Infinity
      entries.set(`${this.#model}:${id}`, { payload, expiresAt })
    }

    async find(id: string): Promise<Payload | undefined> {
      dropExpired()
      return entries.get(`${this.#model}:${id}`)?.payload
    }

    async findByUid(uid: string): Promise<Payload | undefined> {
      return this.#findWhere((payload) => payload.uid === uid)
    }

    async findByUserCode(userCode: string): Promise<Payload | undefined> {
      return this.#findWhere((payload) => payload.userCode === userCode)
    }

    async consume(id: string): Promise<void> {
      const payload = await this.find(id)
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000)
    }

    async destroy(id: string): Promise<void> {
      entries.delete(`${this.#model}:${id}`)
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      // Asked once per model; another model of the grant may still be needed, such as the sign-in under way.
      for (const [key, { payload }] of entries) {
        if (key.startsWith(`${this.#model}:`) && payload.grantId === grantId) entries.delete(key)
      }
    }

    #findWhere(matches: (payload: Payload) => boolean): Payload | undefined {
      dropExpired()
      for (const [key, { payload }] of entries) {
        if (key.startsWith(`${this.#model}:`) && matches(payload)) return payload
      }
      return undefined
    }
  }
}
