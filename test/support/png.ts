// PNGs of 8-bit RGB: read as pixels, where what is not well-formed throws (signature, chunk order and sums, lengths),
// and made of one colour.

import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = '89504e470d0a1a0a'
const BYTES_PER_PIXEL = 3

export interface Picture {
  readonly width: number
  readonly height: number
  /** `#rrggbb`, from the upper left corner. */
  pixel(x: number, y: number): string
}

export function decodePng(file: Buffer): Picture {
  if (file.subarray(0, 8).toString('hex') !== SIGNATURE) throw new Error('not a PNG')
  const [header, image, end, ...more] = chunks(file.subarray(8))
  if (
    header?.kind !== 'IHDR' ||
    image?.kind !== 'IDAT' ||
    end?.kind !== 'IEND' ||
    more.length > 0
  ) {
    throw new Error('not the chunks IHDR, IDAT, IEND')
  }
  if (header.body.length !== 13 || end.body.length !== 0)
    throw new Error('a chunk of a wrong length')
  // Bit depth, colour type, compression, filter, interlace.
  if (header.body.subarray(8).toString('hex') !== '0802000000') throw new Error('not 8-bit RGB')
  const width = header.body.readUInt32BE(0)
  const height = header.body.readUInt32BE(4)
  const rows = inflateSync(image.body)
  const stride = 1 + width * BYTES_PER_PIXEL
  if (rows.length !== stride * height) throw new Error('the image has a wrong length')
  for (let y = 0; y < height; y += 1) {
    if (rows[y * stride] !== 0) throw new Error('a filtered row')
  }
  return {
    width,
    height,
    pixel: (x, y) => {
      if (!(x >= 0 && x < width && y >= 0 && y < height)) throw new Error('outside of the picture')
      const at = y * stride + 1 + x * BYTES_PER_PIXEL
      return `#${rows.subarray(at, at + BYTES_PER_PIXEL).toString('hex')}`
    },
  }
}

function chunks(bytes: Buffer): { kind: string; body: Buffer }[] {
  const found = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const named = bytes.subarray(at + 4, at + 8 + length)
    if (named.length !== 4 + length) throw new Error('a chunk that is cut off')
    if (bytes.readUInt32BE(at + 8 + length) !== crc32(named)) throw new Error('a wrong sum')
    found.push({ kind: named.toString('latin1', 0, 4), body: named.subarray(4) })
    at += 12 + length
  }
  return found
}

/** A square of one colour. */
export function squarePng(side: number, colour: readonly [number, number, number]): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const row = [0, ...Array.from({ length: side }, () => [...colour]).flat()]
  const rows = Buffer.from(Array.from({ length: side }, () => row).flat())
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.of()),
  ]
  return Uint8Array.from(Buffer.concat([Buffer.from(SIGNATURE, 'hex'), ...parts]))
}

function chunk(kind: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), body])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
