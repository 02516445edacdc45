// Icons as MCP has them (server/tools, Icon): an address at this server, never anybody else's. Not a `data:` URI: a
// list of a thousand tools would carry each picture a thousand times.

import type { Icon as McpIcon } from '@modelcontextprotocol/server'
import type { Digest } from '../component/digest.ts'
import { hexOf } from '../component/digest.ts'
import type { Icon } from '../store/icons.ts'

export function iconUrl(publicUrl: string, digest: Digest): string {
  return new URL(`/icons/${hexOf(digest)}`, publicUrl).href
}

/** Nothing, or the property of a tool, a resource or a prompt. */
export function iconsOf(publicUrl: string, icon: Icon | null): { icons?: McpIcon[] } {
  if (icon === null) return {}
  const { digest, type, width, height } = icon
  const src = iconUrl(publicUrl, digest)
  return { icons: [{ src, mimeType: type, sizes: [`${width}x${height}`] }] }
}
