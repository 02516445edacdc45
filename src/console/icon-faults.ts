// Why an icon was not taken, for pages and for the JSON API. Each says what to do.

import type { IconFault } from '../component/icon.ts'
import { ICON_LIMITS } from '../component/icon.ts'

interface Told {
  readonly status: 404 | 409 | 413 | 422
  readonly sentence: string
}

const { BYTES, SIDE } = ICON_LIMITS

export const ICON_FAULTS: Readonly<
  Record<IconFault | 'unknown-component' | 'nothing-there' | 'component-changed', Told>
> = {
  'icon-too-large': {
    status: 413,
    sentence: `An icon has ${BYTES} bytes (${BYTES / 1024} KiB) at the most: make it smaller.`,
  },
  'icon-is-svg': {
    status: 422,
    sentence:
      'SVG is not taken: it can hold script, and links that tell others who looks at it. Send a PNG, JPEG or WebP.',
  },
  'icon-unreadable': {
    status: 422,
    sentence: 'This is no whole PNG, JPEG or WebP. What its name says does not count.',
  },
  'icon-dimensions': {
    status: 422,
    sentence: `An icon is 1 to ${SIDE} pixels wide and high: scale it.`,
  },
  'unknown-component': { status: 404, sentence: 'You have no component of that id.' },
  'nothing-there': { status: 404, sentence: 'The component has no icon of yours.' },
  'component-changed': {
    status: 409,
    sentence: 'The component was published anew meanwhile. Nothing was done; try again.',
  },
}
