// Fetches a component from an https URL that an agent named. Public hosts only, each redirect judged again,
// bounded in bytes and time. What a server answers is never told to the agent beyond its status.

import { readBounded } from './bounded-body.ts'
import type { Upstreams } from './capabilities/upstreams.ts'
import { connectTo } from './capabilities/upstreams.ts'
import { COMPONENT_LIMITS } from './component/limits.ts'
import { mayBeAsked } from './policy/host.ts'
import type { Result } from './policy/result.ts'
import { err, ok } from './policy/result.ts'

export type DownloadFault =
  | { readonly reason: 'refused-host' }
  | { readonly reason: 'unreachable-url' }
  | { readonly reason: 'download-timeout' }
  | { readonly reason: 'http-status'; readonly status: number }
  | { readonly reason: 'too-many-redirects' }
  | { readonly reason: 'file-too-large' }

/** Milliseconds for the whole download, redirects included. */
const DOWNLOAD_TIMEOUT_MS = 30_000
const MAX_REDIRECTS = 5

export interface DownloadDeps {
  readonly upstreams: Upstreams
  readonly ownHosts: readonly string[]
}

export async function download(
  from: URL,
  deps: DownloadDeps,
): Promise<Result<Uint8Array, DownloadFault>> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), DOWNLOAD_TIMEOUT_MS)
  try {
    let url = from
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      if (!mayBeAsked(url, deps.ownHosts)) return err({ reason: 'refused-host' })
      const response = await fetch(connectTo(deps.upstreams, url), {
        redirect: 'manual',
        cache: 'no-store',
        signal: controller.signal,
        headers: { accept: 'application/wasm, application/octet-stream' },
      })
      const location = response.headers.get('location')
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel()
        if (!URL.canParse(location, url)) return err({ reason: 'unreachable-url' })
        url = new URL(location, url)
        continue
      }
      if (response.status !== 200) {
        await response.body?.cancel()
        return err({ reason: 'http-status', status: response.status })
      }
      const bytes = await readBounded(response, COMPONENT_LIMITS.MAX_COMPONENT_BYTES)
      return bytes === null ? err({ reason: 'file-too-large' }) : ok(bytes)
    }
    return err({ reason: 'too-many-redirects' })
  } catch {
    const late = controller.signal.aborted
    return err({ reason: late ? 'download-timeout' : 'unreachable-url' })
  } finally {
    clearTimeout(timer)
  }
}
