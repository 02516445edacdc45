// What the person had before them when they gave something. An agent may have unloaded it since, and loaded another
// component under its name: what is given goes to what was seen, or to nobody.

import { digestOf } from '../component/digest.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Install } from '../store/installs.ts'
import type { Holdings } from './holdings.ts'

export type NotSeen = 'unknown-component' | 'component-changed'

/** Names where it comes from, its bytes and the text that describes them. */
export async function seenOf({
  source,
  digest,
  wit,
}: Pick<Install, 'source' | 'digest' | 'wit'>): Promise<string> {
  return await digestOf(JSON.stringify([source, digest, wit]))
}

/** For a `write`: what has the name, if it is what was seen. `seen`: as above, or the digest of its bytes; `null`: any. */
export async function installSeen(
  holdings: Holdings,
  component: string,
  seen: string | null,
): Promise<Result<Install, NotSeen>> {
  const install = await holdings.install(component)
  if (install === undefined) return err('unknown-component')
  const isSeen = seen === null || seen === install.digest || seen === (await seenOf(install))
  return isSeen ? ok(install) : err('component-changed')
}
