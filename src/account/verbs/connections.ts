// The verbs of a person's `Account` about services that components are connected to, their own services among them.

import type { Result } from '../../policy/result.ts'
import type { ServiceRef } from '../../policy/service.ts'
import type { Revoked } from '../acts.ts'
import type { ConnectionFault, ConnectionsView, Wish as ConnectionWish } from '../connections.ts'
import type { Parts } from '../parts.ts'
import type { ServiceView, ServiceWriteFault } from '../services.ts'

type Needed = Pick<Parts, 'acts' | 'connecting'>

export class ConnectionVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /** What a component of the person can be connected to, and is. `null`: no such component. */
  async connections(component: string): Promise<ConnectionsView | null> {
    return await this.#parts.connecting.connections.view(component)
  }

  /** The person's word: where to send their browser. */
  async beginConnection(
    wish: ConnectionWish,
    at: number,
  ): Promise<Result<string, ConnectionFault>> {
    return await this.#parts.connecting.connections.begin(wish, at)
  }

  /** The browser came back with an `answer` of the service. The name of the component. */
  async finishConnection(
    ref: ServiceRef,
    answer: string,
    browser: string,
    at: number,
  ): Promise<Result<string, ConnectionFault>> {
    return await this.#parts.connecting.connections.finish(ref, answer, browser, at)
  }

  /** What the service made of it; `null`: there was no such connection. */
  async disconnect(component: string, ref: ServiceRef): Promise<Revoked | null> {
    return await this.#parts.connecting.connections.end(component, ref)
  }

  /** Services of the person's own. */
  async ownServices(): Promise<ServiceView[]> {
    return await this.#parts.connecting.services.mine.all()
  }

  async putOwnService(
    name: string,
    draft: unknown,
    at: number,
  ): Promise<Result<ServiceView, ServiceWriteFault>> {
    return await this.#parts.acts.ownServicePut(name, () =>
      this.#parts.connecting.services.mine.put(name, draft, at),
    )
  }

  /** What was connected to it ends first. False when there was none. */
  async removeOwnService(name: string): Promise<boolean> {
    const { connections, services } = this.#parts.connecting
    return await this.#parts.acts.ownServiceRemoved(name, async () => {
      await connections.endOfService({ of: 'mine', name }, 'service-removed')
      return await services.mine.remove(name)
    })
  }
}
