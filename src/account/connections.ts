// What a person has connected, inside their `Account`: begun on a page, finished with what the service answers to
// their browser, ended by them, or with the component. Tokens come in here and are handed to nobody here.

import type { StartSecrets, Tokens } from '../connect/client.ts'
import { authorizationUrl, newStart, redeem, revoke } from '../connect/client.ts'
import type { ServiceTrouble } from '../connect/fault.ts'
import type { Reach } from '../connect/transport.ts'
import { digestOf } from '../component/digest.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ServiceRef } from '../policy/service.ts'
import { parseServiceRef, printServiceRef } from '../policy/service.ts'
import type { Connection } from '../store/connections.ts'
import type { Install } from '../store/installs.ts'
import type { Acts, EndOfConnection, Revoked } from './acts.ts'
import type { ConnectionStarts, Start } from './connection-starts.ts'
import type { ConnectionTokens } from './connection-tokens.ts'
import type { Held, Holdings } from './holdings.ts'
import type { PersonKeys, Sealed } from './person-keys.ts'
import type { OpenTokens } from './open-tokens.ts'
import type { Services, ServiceView } from './services.ts'
import { serviceOffer, serviceTerms } from './services.ts'

export type ConnectionFault =
  | 'unknown-component'
  | 'unknown-service'
  /** A new version of the component waits for the person. */
  | 'waits'
  /** It is another version than the one the person has seen, or the service is described in another way. */
  | 'changed'
  | 'bad-scopes'
  /** Not begun in this browser by this person, used before, or too long ago. */
  | 'not-begun'
  | ServiceTrouble
  | Sealed

/** A service, and what the person has there for one component. */
export interface ServiceOffer {
  readonly service: ServiceView
  /** Digest of the description. */
  readonly offer: string
  readonly connection: ConnectionView | null
}

export interface ConnectionView extends Pick<
  Connection,
  'service' | 'scopes' | 'hosts' | 'placement' | 'who' | 'made_at'
> {
  /** `works`; `not-this-version`: another version of the component has it; else the person has to connect again. */
  readonly state: 'works' | 'not-this-version' | 'broken'
  /** Of the access token; `null`: the service did not say. It is refreshed by itself. */
  readonly expires_at: number | null
  /** The service has given what it takes to refresh. */
  readonly lasts: boolean
}

export interface ConnectionsView {
  readonly install: Install
  readonly waits: boolean
  readonly offers: readonly ServiceOffer[]
  /** Of services that are not described any more. */
  readonly orphans: readonly ConnectionView[]
}

export interface Wish {
  readonly component: string
  readonly service: ServiceRef
  readonly scopes: readonly string[]
  /** The version that the person has seen. */
  readonly seen: string
  /** Digest of the description that they have seen. */
  readonly offer: string
  /** Digest of the session of their browser. */
  readonly browser: string
}

export interface ConnectionsParts {
  readonly holdings: Holdings
  readonly starts: ConnectionStarts
  readonly tokens: ConnectionTokens
  readonly open: OpenTokens
  readonly keys: PersonKeys
  readonly services: Readonly<Record<ServiceRef['of'], Services>>
  readonly acts: Acts
  readonly reach: Reach
}

export class Connections {
  readonly #parts: ConnectionsParts

  constructor(parts: ConnectionsParts) {
    this.#parts = parts
  }

  /** `null`: no such component. */
  async view(component: string): Promise<ConnectionsView | null> {
    const { holdings, services } = this.#parts
    const held = await holdings.held()
    const install = held.installs.find((one) => one.component === component)
    if (install === undefined) return null
    const all = [...(await services.host.all()), ...(await services.mine.all())]
    const mine = held.connections.filter(({ source }) => source === install.source)
    const views = new Map(mine.map((one) => [one.service, this.#connectionView(one, install)]))
    const known = new Set(all.map(printServiceRef))
    const offered = async (service: ServiceView) => ({
      service,
      offer: await serviceOffer(service),
      connection: views.get(printServiceRef(service)) ?? null,
    })
    return {
      install,
      waits: held.waiting.some((one) => one.component === component),
      offers: await Promise.all(all.map(offered)),
      orphans: [...views.values()].filter(({ service }) => !known.has(service)),
    }
  }

  /** Where to send the person's browser. */
  async begin(wish: Wish, at: number): Promise<Result<string, ConnectionFault>> {
    const { holdings, services, starts, reach } = this.#parts
    const { install, waits } = standing(await holdings.held(), wish.component)
    if (install === undefined) return err('unknown-component')
    if (waits) return err('waits')
    if (install.digest !== wish.seen) return err('changed')
    const { of, name } = wish.service
    const client = await services[of].client(name)
    if (client === null) return err('unknown-service')
    if (!client.ok) return client
    const { service } = client.value
    if ((await serviceOffer(service)) !== wish.offer) return err('changed')
    const scopes = service.scopes.filter((scope) => wish.scopes.includes(scope))
    if (scopes.length < new Set(wish.scopes).size) return err('bad-scopes')
    const secrets = newStart()
    const url = await authorizationUrl(client.value, scopes, secrets, reach)
    if (!url.ok) return url
    const { state, nonce, codeVerifier } = secrets
    const start: Start = {
      source: install.source,
      digest: install.digest,
      service: printServiceRef(wish.service),
      terms: await serviceTerms(service),
      scopes,
      hosts: service.hosts,
      placement: service.placement,
      nonce,
      codeVerifier,
    }
    starts.begin({ state: await digestOf(state), browser: wish.browser }, start, at)
    return url
  }

  /** `answer`: the query with which the service sent the browser back. The name of the component. */
  async finish(
    ref: ServiceRef,
    answer: string,
    browser: string,
    at: number,
  ): Promise<Result<string, ConnectionFault>> {
    const { holdings, starts, acts } = this.#parts
    const query = new URLSearchParams(answer)
    const state = query.get('state') ?? ''
    const keys = { state: await digestOf(state), browser }
    const start = starts.take(keys, printServiceRef(ref), at)
    if (start === null) return err('not-begun')
    const held = await holdings.held()
    const install = held.installs.find(isVersion(start))
    if (install === undefined || standing(held, install.component).waits) return err('changed')
    const { service, scopes, hosts } = start
    const made = await acts.connectionMade(install, { service, scopes, hosts }, () =>
      this.#redeem(ref, start, query, { ...start, state }, at),
    )
    return made.ok ? ok(install.component) : made
  }

  /** What became of the tokens at the service; `null`: there is no such connection. Here they are gone. */
  async end(component: string, ref: ServiceRef): Promise<Revoked | null> {
    const held = await this.#parts.holdings.held()
    const { install } = standing(held, component)
    const service = printServiceRef(ref)
    const found = held.connections.find(
      (one) => one.source === install?.source && one.service === service,
    )
    if (found === undefined) return null
    return await this.#end(found, component, 'person')
  }

  /** All that the person has at a service. */
  async endOfService(ref: ServiceRef, because: EndOfConnection): Promise<void> {
    const service = printServiceRef(ref)
    const { connections, installs } = await this.#parts.holdings.held()
    for (const one of connections.filter((other) => other.service === service)) {
      const component = installs.find(({ source }) => source === one.source)?.component ?? ''
      // oxlint-disable-next-line no-await-in-loop -- one record after the other
      await this.#end(one, component, because)
    }
  }

  /**
   * The person is forgotten: whatever a service makes of it, nothing stays here. Rejects once all are tried where a
   * store failed: while a row is left, so are its tokens, to be revoked next time.
   */
  async endAll(): Promise<void> {
    const { connections } = await this.#parts.holdings.held()
    const ends = await Promise.allSettled(connections.map((one) => this.#end(one, '', 'forgotten')))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Of one component, of whichever version. */
  async of(component: string): Promise<readonly Connection[]> {
    const held = await this.#parts.holdings.held()
    const { install } = standing(held, component)
    return held.connections.filter(({ source }) => source === install?.source)
  }

  /**
   * `work` takes their rows out of D1, when it is `isDone`: then their tokens are gone here and, as far as it can be
   * had, at their services. The tokens are taken first: what is removed may be the last that their key was for.
   */
  async ending<T>(
    connections: readonly Connection[],
    { component, because }: { readonly component: string; readonly because: EndOfConnection },
    work: () => Promise<T>,
    isDone: (result: T) => boolean,
  ): Promise<T> {
    const taken = await Promise.all(connections.map((one) => this.#parts.open.take(one.id)))
    const putBack = () => taken.forEach((one) => one.putBack())
    const result = await work().catch((cause: unknown) => {
      putBack()
      throw cause
    })
    if (!isDone(result)) putBack()
    else {
      for (const [at, one] of connections.entries()) {
        const about = { component, source: one.source, service: one.service }
        // oxlint-disable-next-line no-await-in-loop -- one record after the other
        await this.#parts.acts.connectionEnded(about, because, () =>
          this.#revoke(one, taken[at]?.tokens ?? null),
        )
      }
    }
    return result
  }

  async #end(connection: Connection, component: string, because: EndOfConnection) {
    const { acts, open, holdings, keys } = this.#parts
    const { id, source, service } = connection
    return await acts.connectionEnded({ component, source, service }, because, async () => {
      const { tokens, putBack } = await open.take(id)
      const removal = [...holdings.connections.removal([id]), keys.removalIfUnused()]
      await holdings
        .write(() => holdings.db.batch(removal))
        .catch((cause: unknown) => {
          putBack()
          throw cause
        })
      return await this.#revoke(connection, tokens)
    })
  }

  async #redeem(
    ref: ServiceRef,
    start: Start,
    answer: URLSearchParams,
    secrets: StartSecrets,
    at: number,
  ): Promise<Result<null, ConnectionFault>> {
    const { services, reach } = this.#parts
    const client = await services[ref.of].client(ref.name)
    if (client === null) return err('unknown-service')
    if (!client.ok) return client
    if ((await serviceTerms(client.value.service)) !== start.terms) return err('changed')
    const { scopes } = start
    const given = await redeem(client.value, answer, { scopes, secrets }, reach)
    if (!given.ok) return given
    // Nobody has what was given: nobody shall.
    const giveBack = () => revoke(client.value, given.value, reach)
    const kept = await this.#keep(start, given.value, at).catch(async (cause: unknown) => {
      await giveBack()
      throw cause
    })
    if (!kept.ok) await giveBack()
    return kept
  }

  /** The tokens first: a row in D1 without them would promise what is not there. */
  async #keep(start: Start, tokens: Tokens, at: number): Promise<Result<null, 'changed' | Sealed>> {
    const { holdings, keys, tokens: rows, open } = this.#parts
    return await holdings.write(async () => {
      const held = await holdings.held()
      const install = held.installs.find(isVersion(start))
      if (install === undefined || standing(held, install.component).waits) return err('changed')
      const sealing = await keys.openOrMake()
      if (!sealing.ok) return sealing
      const { key, statements } = sealing.value
      const id = crypto.randomUUID()
      const { source, digest, service, terms, hosts, placement } = start
      rows.put(await open.seal(key, id, tokens, at))
      const scopes = [...(tokens.scopes ?? start.scopes)]
      const agreed = { service, terms, scopes, hosts, placement }
      const about = { ...agreed, who: tokens.who, made_at: at }
      const entry = holdings.connections.entry({ id, source, digest, ...about })
      await holdings.db.batch([...statements, ...entry]).catch((cause: unknown) => {
        rows.remove(id)
        throw cause
      })
      // Of the one that was replaced nothing is revoked: services take a revocation for the whole of what the
      // person has granted, the new tokens among it.
      rows.keepOnly([...held.connections.map((one) => one.id).filter(isNot(held, start)), id])
      return ok(null)
    })
  }

  async #revoke(
    connection: Connection,
    tokens: Pick<Tokens, 'access' | 'refresh'> | null,
  ): Promise<Revoked> {
    const { services, reach } = this.#parts
    const ref = parseServiceRef(connection.service)
    const client = ref === null ? null : await services[ref.of].client(ref.name)
    if (client === null || !client.ok || tokens === null) return 'failed'
    const isSame = (await serviceTerms(client.value.service)) === connection.terms
    return isSame ? await revoke(client.value, tokens, reach) : 'failed'
  }

  #connectionView(connection: Connection, install: Install): ConnectionView {
    const { service, scopes, hosts, placement, who, made_at } = connection
    const row = this.#parts.tokens.find(connection.id)
    const isBroken = row === null || row.broken !== null
    const state = connection.digest === install.digest ? 'works' : 'not-this-version'
    return {
      service,
      scopes,
      hosts,
      placement,
      who,
      made_at,
      state: isBroken ? 'broken' : state,
      expires_at: row?.expires_at ?? null,
      lasts: row?.lasts === 1,
    }
  }
}

function standing(held: Held, component: string) {
  return {
    install: held.installs.find((one) => one.component === component),
    waits: held.waiting.some((one) => one.component === component),
  }
}

function isVersion({ source, digest }: Start): (install: Install) => boolean {
  return (install) => install.source === source && install.digest === digest
}

/** Ids of other connections than the one that `start` replaces. */
function isNot(held: Held, { source, service }: Start): (id: string) => boolean {
  const replaced = held.connections.find((one) => one.source === source && one.service === service)
  return (id) => id !== replaced?.id
}
