// A real browser for tests of pages: an installed Chromium, if there is one.

import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'

const CHROMIUMS = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome']
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const executable = CHROMIUMS.find((file) => file !== undefined && existsSync(file))

/** Why tests in a browser are skipped, for their names; empty when there is one. */
export const NO_BROWSER =
  executable === undefined ? ' (skipped: no Chromium found, set CHROMIUM to one)' : ''

export async function launch(): Promise<Browser> {
  if (executable === undefined) throw new Error('no Chromium found')
  return await chromium.launch({ executablePath: executable, args: FLAGS })
}
