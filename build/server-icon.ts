// node build/server-icon.ts: draws the server's icon, a gate with one way through, and prints it as base64 for
// `src/mcp/server-icon.ts`. By hand, when the drawing changes.
import { crc32, deflateSync } from 'node:zlib'

const SIDE = 64
/** Points of each pixel, across and down, that are asked for its colour. */
const SAMPLES = 4
const GROUND = [23, 62, 92] as const
const INK = [255, 255, 255] as const

/** 0 outside, 1 ground, 2 ink; coordinates from 0 to 1. */
function colourAt(x: number, y: number): 0 | 1 | 2 {
  const [dx, dy] = [Math.abs(x - 0.5), Math.abs(y - 0.5)]
  const corner = Math.hypot(Math.max(dx - 0.3, 0), Math.max(dy - 0.3, 0))
  if (corner > 0.2) return 0
  const isPost = dx > 0.2 && dx < 0.3 && dy < 0.3
  const isBeam = dx < 0.3 && y > 0.2 && y < 0.3
  const isWay = dx < 0.06 && y > 0.42 && y < 0.8
  return isPost || isBeam || isWay ? 2 : 1
}

function pixel(px: number, py: number): number[] {
  let [ground, ink] = [0, 0]
  for (let sy = 0; sy < SAMPLES; sy += 1) {
    for (let sx = 0; sx < SAMPLES; sx += 1) {
      const at = (p: number, s: number): number => (p + (s + 0.5) / SAMPLES) / SIDE
      const colour = colourAt(at(px, sx), at(py, sy))
      if (colour === 1) ground += 1
      if (colour === 2) ink += 1
    }
  }
  const covered = ground + ink
  if (covered === 0) return [0, 0, 0, 0]
  const mixed = GROUND.map((g, i) => Math.round((g * ground + (INK[i] ?? 0) * ink) / covered))
  return [...mixed, Math.round((255 * covered) / SAMPLES ** 2)]
}

function chunk(kind: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), body])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

const header = Buffer.alloc(13)
header.writeUInt32BE(SIDE, 0)
header.writeUInt32BE(SIDE, 4)
// 8 bits of red, green, blue and alpha; no filter, not interlaced.
header.set([8, 6, 0, 0, 0], 8)
const rows = Array.from({ length: SIDE }, (_, y) => [
  0,
  ...Array.from({ length: SIDE }, (_, x) => pixel(x, y)).flat(),
])
const png = Buffer.concat([
  Buffer.from('89504e470d0a1a0a', 'hex'),
  chunk('IHDR', header),
  chunk('IDAT', deflateSync(Buffer.from(rows.flat()), { level: 9 })),
  chunk('IEND', Buffer.alloc(0)),
])
console.log(png.toString('base64'))
