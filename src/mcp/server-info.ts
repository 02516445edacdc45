// What this server calls itself, to clients and to collectors.

import type { Implementation } from '@modelcontextprotocol/server'
import { SERVER_ICON } from './server-icon.ts'

export const SERVER_INFO = { name: 'wassette-edge', title: 'wassette-edge', version: '0.1.0' }

/** The same with its icon, which clients fetch from here. */
export function serverInfo(publicUrl: string): Implementation {
  const { path, type, sizes } = SERVER_ICON
  const src = new URL(path, publicUrl).href
  return { ...SERVER_INFO, icons: [{ src, mimeType: type, sizes }] }
}
