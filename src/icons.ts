// Keeps pictures: read from their bytes, stored under their digest before anything names them.

import { digestOf } from './component/digest.ts'
import type { IconFault } from './component/icon.ts'
import { readPicture } from './component/icon.ts'
import type { Result } from './policy/result.ts'
import { ok } from './policy/result.ts'
import type { Artifacts } from './store/artifacts.ts'
import type { Icon } from './store/icons.ts'

export interface IconDeps {
  readonly artifacts: Pick<Artifacts, 'putIcon'>
}

export async function storeIcon(
  bytes: Uint8Array,
  { artifacts }: IconDeps,
): Promise<Result<Icon, IconFault>> {
  const picture = readPicture(bytes)
  if (!picture.ok) return picture
  const digest = await digestOf(bytes)
  await artifacts.putIcon(digest, bytes)
  return ok({ digest, ...picture.value })
}

/** Of a component, as the compiler found it: read again, for what leaves an isolate proves nothing. */
export async function storeOwnIcon(
  { icon = null }: { readonly icon?: Uint8Array | null },
  deps: IconDeps,
): Promise<Icon | null> {
  const stored = icon === null ? null : await storeIcon(icon, deps)
  return stored?.ok === true ? stored.value : null
}
