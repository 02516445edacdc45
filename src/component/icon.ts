// Icons: small pictures that clients show beside a component's tools. Read from their bytes alone: what kind of
// picture it is and how large, never what somebody says of it. SVG is none of them: it can hold script and links.

import * as z from 'zod'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

export const ICON_LIMITS = {
  /** Bytes of a file. A drawn icon of 256 pixels has 5 to 30 KB. */
  BYTES: 64 * 1024,
  /** Pixels of a side: what a client unpacks is at most 4 MiB. */
  SIDE: 1024,
} as const

export const IconType = z.enum(['image/png', 'image/jpeg', 'image/webp'])
export type IconType = z.infer<typeof IconType>

/** What a picture is, by its bytes. `width` and `height` in pixels. */
export interface Picture {
  readonly type: IconType
  readonly width: number
  readonly height: number
}

export type IconFault = 'icon-too-large' | 'icon-is-svg' | 'icon-unreadable' | 'icon-dimensions'

export function readPicture(bytes: Uint8Array): Result<Picture, IconFault> {
  if (bytes.length > ICON_LIMITS.BYTES) return err('icon-too-large')
  const picture = readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes)
  if (picture === null) return err(isMarkup(bytes) ? 'icon-is-svg' : 'icon-unreadable')
  const { width, height } = picture
  const fits = (side: number): boolean => side >= 1 && side <= ICON_LIMITS.SIDE
  return fits(width) && fits(height) ? ok(picture) : err('icon-dimensions')
}

/** Signature, then chunks: IHDR first, IEND last, and nothing behind it (PNG, third edition, §5). */
function readPng(bytes: Uint8Array): Picture | null {
  if (!startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return null
  const view = viewOf(bytes)
  let size: { readonly width: number; readonly height: number } | null = null
  let hasData = false
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    const kind = ascii(bytes, at + 4, 4)
    const next = at + 12 + length
    if (next > bytes.length || (kind === 'IHDR') !== (at === 8)) return null
    if (kind === 'IHDR') {
      if (length !== 13) return null
      size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) }
    }
    hasData ||= kind === 'IDAT'
    if (kind === 'IEND') {
      const isWhole = hasData && size !== null && next === bytes.length
      return isWhole && size !== null ? { type: 'image/png', ...size } : null
    }
    at = next
  }
  return null
}

/** Segments up to the frame header, which has the size; an end marker at the end (ITU-T T.81, B.1). */
function readJpeg(bytes: Uint8Array): Picture | null {
  if (!startsWith(bytes, [0xff, 0xd8])) return null
  if (bytes.at(-2) !== 0xff || bytes.at(-1) !== 0xd9) return null
  const view = viewOf(bytes)
  for (let at = 2; at + 9 <= bytes.length;) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return null
    const length = view.getUint16(at + 2)
    if (length < 2) return null
    if (isFrameHeader(marker)) {
      return { type: 'image/jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    }
    at += 2 + length
  }
  return null
}

/** SOF0 to SOF15; three of those codes are tables. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}

/** RIFF with the length of the file, and the first chunk of one of three kinds (RFC 9649). */
function readWebp(bytes: Uint8Array): Picture | null {
  if (bytes.length < 30 || ascii(bytes, 0, 4) !== 'RIFF' || ascii(bytes, 8, 4) !== 'WEBP') {
    return null
  }
  const view = viewOf(bytes)
  if (view.getUint32(4, true) + 8 !== bytes.length) return null
  const type = 'image/webp'
  const of24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 2 ** 16
  switch (ascii(bytes, 12, 4)) {
    case 'VP8X':
      return { type, width: of24(24) + 1, height: of24(27) + 1 }
    case 'VP8L': {
      if (bytes[20] !== 0x2f) return null
      const packed = view.getUint32(21, true)
      return { type, width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ': {
      if (ascii(bytes, 23, 3) !== '\u009d\u0001\u002a') return null
      return {
        type,
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      }
    }
    default:
      return null
  }
}

/** It begins as SVG and HTML do. */
function isMarkup(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 256)).trimStart().startsWith('<')
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}
