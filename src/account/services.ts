// Services of one owner, described: of the host for everybody, or of a person in their `Account`. A client secret
// is sealed here and opened here, and handed to nobody but the conversation with its service.

import { registerAt } from '../connect/registration.ts'
import type { ServiceClient } from '../connect/client.ts'
import type { ServiceTrouble } from '../connect/fault.ts'
import type { Reach } from '../connect/transport.ts'
import { reachOf } from '../connect/transport.ts'
import { digestOf } from '../component/digest.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Service, ServiceFault, ServiceOf, ServiceRef } from '../policy/service.ts'
import { isServiceName, parseService, SERVICE_LIMITS } from '../policy/service.ts'
import type { MasterKeyTexts } from '../secrets/master-key.ts'
import { openText, sealText } from '../secrets/sealed-text.ts'
import { HOST_OWNER, ServiceStore } from '../store/services.ts'
import type { ServiceRow } from '../store/services.ts'
import type { Sealed } from './person-keys.ts'
import { PersonKeys, sealed } from './person-keys.ts'

export type ServiceWriteFault =
  | ServiceFault
  | 'service-name'
  | 'too-many-services'
  | 'no-registration'
  | ServiceTrouble
  | Sealed

/** As it is shown: nothing of it is secret. */
export interface ServiceView extends ServiceRef, Service {
  readonly has_secret: boolean
  readonly redirect_uri: string
  readonly written_at: number
}

export interface ServicesParts {
  readonly db: D1Database
  /** Of whom they are: a person, or `HOST_OWNER`. */
  readonly owner: string
  readonly keys: PersonKeys
  readonly reach: Reach
  readonly publicUrl: string
  /** Lets writes of the owner pass one at a time: two that come first would each make a key. */
  readonly write: <T>(work: () => Promise<T>) => Promise<T>
}

/** What they are made from, the Worker's bindings among it. */
export interface ServicesEnv extends MasterKeyTexts {
  readonly DB: D1Database
  readonly PUBLIC_URL: string
  readonly EGRESS_UPSTREAMS: string
}

/** Those of the host. No object stands in between, as whoever hosts writes seldom: a second first key fails. */
export function hostServices(env: ServicesEnv): Services {
  return new Services({
    db: env.DB,
    owner: HOST_OWNER,
    keys: new PersonKeys(HOST_OWNER, env.DB, env),
    reach: reachOf(env),
    publicUrl: env.PUBLIC_URL,
    write: (work) => work(),
  })
}

/**
 * What of a description decides where tokens go, and as whose: a person agrees to this. Scopes and hosts they agree to
 * one by one; a secret may be another one tomorrow.
 */
export async function serviceTerms(service: Service): Promise<string> {
  const { issuer, endpoints, client_id, authentication, resource } = service
  return await digestOf(JSON.stringify([issuer, endpoints, client_id, authentication, resource]))
}

/** All of a description that a person is shown, and agrees to, when they connect. */
export async function serviceOffer(service: Service): Promise<string> {
  const { hosts, placement, scopes } = service
  const terms = await serviceTerms(service)
  return await digestOf(JSON.stringify([terms, hosts, placement, scopes]))
}

export class Services {
  readonly #of: ServiceOf
  readonly #parts: ServicesParts
  readonly #store: ServiceStore

  constructor(parts: ServicesParts) {
    this.#of = parts.owner === HOST_OWNER ? 'host' : 'mine'
    this.#parts = parts
    this.#store = new ServiceStore(parts.db, parts.owner)
  }

  async all(): Promise<ServiceView[]> {
    return (await this.#store.all()).map((row) => this.#view(row))
  }

  async find(name: string): Promise<ServiceView | null> {
    const row = await this.#store.find(name)
    return row === null ? null : this.#view(row)
  }

  /** What is written takes the place of what was there. Without a client, this server registers itself first. */
  async put(
    name: string,
    draft: unknown,
    at: number,
  ): Promise<Result<ServiceView, ServiceWriteFault>> {
    if (!isServiceName(name)) return err('service-name')
    const { reach, db, keys, write } = this.#parts
    const parsed = parseService(draft, { of: this.#of, ownHosts: reach.ownHosts })
    if (!parsed.ok) return parsed
    if (!(await this.#hasRoomFor(name))) return err('too-many-services')
    const { service } = parsed.value
    // A key that does not open is found before a service is asked for anything.
    const ready = await keys.openOrMake()
    if (!ready.ok) return ready
    const client =
      parsed.value.client === null
        ? await registerAt(service, this.#redirectUri(name), reach)
        : ok(parsed.value.client)
    if (!client.ok) return client
    const { id, secret, authentication } = client.value
    const described = { ...service, client_id: id, authentication }
    return await write(async () => {
      // Others may have come while the service was asked.
      if (!(await this.#hasRoomFor(name))) return err('too-many-services' as const)
      const sealing = await keys.openOrMake()
      if (!sealing.ok) return sealing
      const { key, statements } = sealing.value
      const place = this.#place(name, id)
      const row: ServiceRow = {
        name,
        service: described,
        secret: secret === null ? null : await sealText(key, place, secret),
        written_at: at,
      }
      await db.batch([...(secret === null ? [] : statements), this.#store.entry(row)])
      return ok(this.#view(row))
    })
  }

  /** False when there was none. */
  async remove(name: string): Promise<boolean> {
    const { db, keys, write } = this.#parts
    return await write(async () => {
      // The host's writes do not wait for each other: one may be sealing with the key just now.
      const unused = this.#of === 'host' ? [] : [keys.removalIfUnused()]
      const [removed] = await db.batch([this.#store.removal(name), ...unused])
      return (removed?.meta.changes ?? 0) > 0
    })
  }

  /** This server as the service knows it; `null`: there is no such service. */
  async client(name: string): Promise<Result<ServiceClient, Sealed> | null> {
    const row = await this.#store.find(name)
    if (row === null) return null
    const { service } = row
    const client = { of: this.#of, service, redirectUri: this.#redirectUri(name) }
    if (row.secret === null) return ok({ ...client, secret: null })
    const key = await this.#parts.keys.open()
    if (key === null) return sealed('a client secret has no key')
    if (!key.ok) return key
    const secret = await openText(key.value, this.#place(name, service.client_id), row.secret)
    if (secret === null) return sealed('a client secret does not open: its row was altered')
    return ok({ ...client, secret })
  }

  async #hasRoomFor(name: string): Promise<boolean> {
    const others = (await this.#store.all()).filter((row) => row.name !== name)
    return others.length < SERVICE_LIMITS.SERVICES
  }

  #place(name: string, client: string): ['client-secret', string, string, string] {
    return ['client-secret', this.#parts.owner, name, client]
  }

  #redirectUri(name: string): string {
    return `${this.#parts.publicUrl}/console/connections/callback/${this.#of}/${name}`
  }

  #view({ name, service, secret, written_at }: ServiceRow): ServiceView {
    const redirect_uri = this.#redirectUri(name)
    return { of: this.#of, name, ...service, has_secret: secret !== null, redirect_uri, written_at }
  }
}
