// Pictures by their bytes, and the one that a component brings.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ICON_LIMITS, readPicture } from '../../src/component/icon.ts'
import { ICON_SECTION, readIcon, withIcon } from '../../src/component/icon-section.ts'
import { SERVER_ICON } from '../../src/mcp/server-icon.ts'
import { err, ok } from '../../src/policy/result.ts'
import { wat } from '../support/components.ts'
import { squarePng } from '../support/png.ts'

const RED = [255, 0, 0] as const
const PNG = squarePng(3, RED)
const bytes = (...parts: (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...Buffer.from(part as string, 'latin1')]))
const riff = (...parts: (string | readonly number[])[]): Uint8Array => {
  const rest = bytes('WEBP', ...parts)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(rest.length)
  return bytes('RIFF', [...length], [...rest])
}
const PADDING = Array.from({ length: 16 }, () => 0)
// A table, then the frame header of a baseline JPEG: 8 bits, 5 high, 7 wide.
const JPEG = bytes(
  [0xff, 0xd8, 0xff, 0xc4, 0, 4, 0, 0],
  [0xff, 0xc0, 0, 11, 8, 0, 5, 0, 7, 1, 1, 0x11, 0],
  [0xff, 0xd9],
)

describe('readPicture', () => {
  it.each([
    ['PNG', PNG, { type: 'image/png', width: 3, height: 3 }],
    ['JPEG', JPEG, { type: 'image/jpeg', width: 7, height: 5 }],
    [
      'WebP of one frame',
      riff('VP8 ', [20, 0, 0, 0], [0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 32, 0], PADDING),
      { type: 'image/webp', width: 64, height: 32 },
    ],
    [
      'WebP without loss',
      riff('VP8L', [20, 0, 0, 0], [0x2f, 63, 0xc0, 0x07, 0], PADDING),
      { type: 'image/webp', width: 64, height: 32 },
    ],
    [
      'WebP with more',
      riff('VP8X', [10, 0, 0, 0], [0, 0, 0, 0, 63, 0, 0, 31, 0, 0], PADDING),
      { type: 'image/webp', width: 64, height: 32 },
    ],
  ] as const)('reads a %s', (_, picture, read) => {
    expect(readPicture(picture)).toEqual(ok(read))
  })

  it.each([
    ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'icon-is-svg'],
    ['SVG behind white space', bytes('\n  <?xml version="1.0"?><svg/>'), 'icon-is-svg'],
    ['nothing', bytes(), 'icon-unreadable'],
    ['text', bytes('GIF89a and more of it'), 'icon-unreadable'],
    ['a PNG that is cut off', PNG.subarray(0, -1), 'icon-unreadable'],
    ['a PNG with something behind it', bytes([...PNG], '<script>'), 'icon-unreadable'],
    ['a JPEG that is cut off', JPEG.subarray(0, -2), 'icon-unreadable'],
    ['a WebP of another length', bytes([...riff('VP8X', PADDING), 0]), 'icon-unreadable'],
    ['a side that is too long', squarePng(ICON_LIMITS.SIDE + 1, RED), 'icon-dimensions'],
    ['too many bytes', new Uint8Array(ICON_LIMITS.BYTES + 1), 'icon-too-large'],
  ] as const)('refuses %s', (_, picture, fault) => {
    expect(readPicture(picture)).toEqual(err(fault))
  })

  it('answers for any bytes, and never takes the beginning of a picture for the whole', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(PNG, JPEG, SERVER_ICON.bytes),
        fc.nat({ max: 400 }),
        fc.uint8Array({ maxLength: 40 }),
        (picture, cut, rest) => {
          fc.pre(cut < picture.length)
          const damaged = Uint8Array.from([...picture.subarray(0, cut), ...rest])
          const read = readPicture(damaged)
          if (read.ok) expect(read.value.width).toBeGreaterThan(0)
          if (rest.length === 0) expect(read.ok).toBe(false)
        },
      ),
    )
  })
})

const text = (content: Uint8Array): string =>
  [...content].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
const section = (content: Uint8Array) => `(@custom "${ICON_SECTION}" "${text(content)}")`
const OTHER = squarePng(4, RED)

describe('readIcon', () => {
  it.each([
    ['nothing', '(component)', null],
    ['its own', `(component ${section(PNG)})`, PNG],
    ['that of a core module', `(component (core module ${section(PNG)}))`, PNG],
    [
      'its own before that of a part',
      `(component ${section(PNG)} (component ${section(OTHER)}))`,
      PNG,
    ],
    ['the last of several', `(component ${section(PNG)} ${section(OTHER)})`, OTHER],
    ['none that is no picture', `(component ${section(bytes('<svg/>'))})`, null],
  ] as const)('reads %s', async (_, component, icon) => {
    expect(readIcon(await wat(component))).toEqual(ok(icon))
  })

  it('finds what was put in, in the place of what was there', async () => {
    const component = await wat(`(component ${section(PNG)})`)
    expect(readIcon(withIcon(component, OTHER))).toEqual(ok(OTHER))
  })
})

describe('npm run icon', () => {
  it('puts a picture into the file, and says why it does not', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wassette-edge-icon-'))
    const [component, picture, drawing] = ['c.wasm', 'p.png', 'd.svg'].map((n) =>
      path.join(folder, n),
    )
    if (!component || !picture || !drawing) throw new Error('no names')
    writeFileSync(component, await wat('(component)'))
    writeFileSync(picture, PNG)
    writeFileSync(drawing, '<svg/>')
    const run = (file: string) =>
      execFileSync(process.execPath, ['local/icon.ts', component, file], { encoding: 'utf8' })
    expect(run(picture)).toContain('image/png, 3x3')
    expect(readIcon(new Uint8Array(readFileSync(component)))).toEqual(ok(PNG))
    expect(() => run(drawing)).toThrow('is SVG')
    rmSync(folder, { recursive: true })
  })
})
