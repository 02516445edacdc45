// npm run icon -- <component.wasm> <picture>
// Puts a picture into a component's file, where clients are shown it from (docs/icons.md).
import { writeFileSync } from 'node:fs'
import { ICON_LIMITS, readPicture } from '../src/component/icon.ts'
import type { IconFault } from '../src/component/icon.ts'
import { readIcon, withIcon } from '../src/component/icon-section.ts'
import { readNamed } from './named-file.ts'
import { endWith, UsageError } from './usage-error.ts'

const { BYTES, SIDE } = ICON_LIMITS
const USAGE = `npm run icon -- <component.wasm> <picture>
  picture: PNG, JPEG or WebP, ${BYTES / 1024} KiB and ${SIDE} pixels at the most. It takes the place of one before.`

const FAULTS: Readonly<Record<IconFault, string>> = {
  'icon-too-large': `has more than ${BYTES / 1024} KiB`,
  'icon-is-svg': 'is SVG, which can hold script: draw it as PNG',
  'icon-unreadable': 'is no whole PNG, JPEG or WebP',
  'icon-dimensions': `is more than ${SIDE} pixels wide or high`,
}

async function main(): Promise<void> {
  const [file, picture] = process.argv.slice(2)
  if (file === undefined || picture === undefined) throw new UsageError(USAGE)
  const bytes = readNamed(picture, USAGE)
  const read = readPicture(bytes)
  if (!read.ok) throw new UsageError(`${picture} ${FAULTS[read.error]}.`)
  const made = withIcon(readNamed(file, USAGE), bytes)
  const found = readIcon(made)
  if (!found.ok || found.value === null) {
    throw new UsageError(`${file} is no component that can be given an icon.`)
  }
  writeFileSync(file, made)
  const { type, width, height } = read.value
  console.log(`${file}: ${type}, ${width}x${height}`)
}

await main().catch(endWith)
