// The suite's scenarios for authorization servers, which no revision scores: metadata, and the code grant with
// PKCE by a client that registered itself. A person walks our pages when the suite says where they begin.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { Browser } from '../../local/browser.ts'
import { findFreePort } from '../../local/ports.ts'
import { passSignIn } from '../../local/sign-in.ts'
import type { Check } from './suite.ts'
import { Check as CheckSchema, PACKAGE } from './suite.ts'

export const AUTHORIZATION_SCENARIOS = [
  'authorization-code-grant',
  'authorization-server-metadata-endpoint',
]

const Registered = z.looseObject({ client_id: z.string() })

/** The checks of each scenario, by its name. */
export async function runAuthorization(
  serverUrl: string,
  user: string,
): Promise<Map<string, readonly Check[]>> {
  const port = await findFreePort()
  const redirect = `http://127.0.0.1:${port}/callback`
  const answer = await fetch(`${serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'conformance',
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }),
  })
  const { client_id: client } = Registered.parse(await answer.json())
  const folder = mkdtempSync(join(tmpdir(), 'authorization-'))
  try {
    const args = ['authorization', '--url', serverUrl, '--client-id', client, '-o', folder]
    const where = ['--resource', `${serverUrl}/mcp`, '-p', String(port)]
    const child = spawn(process.execPath, [join(PACKAGE, 'dist/index.js'), ...args, ...where], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let hasWalked = false
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        const [address] = /https?:\/\/\S+\/authorize\?\S+(?=\s)/.exec(output) ?? []
        if (hasWalked || address === undefined) return
        hasWalked = true
        void walk(new URL(address), redirect, user)
      })
    }
    await new Promise((resolve) => child.once('exit', resolve))
    const found = readChecks(folder)
    if (found.size === 0) throw new Error(`the suite did not run:\n${output}`)
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function walk(address: URL, redirect: string, user: string): Promise<void> {
  const { origin } = new URL(redirect)
  const browser = new Browser({ stopAt: (url) => url.origin === origin })
  const page = await passSignIn(browser, await browser.open(address), { user })
  await (await fetch(page.url.href)).body?.cancel()
}

function readChecks(folder: string): Map<string, readonly Check[]> {
  const found = new Map<string, readonly Check[]>()
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name, 'checks.json'), 'utf8')
    const [, scenario] = /^authorization-server-(.+?)-\d{4}-\d{2}-\d{2}T/.exec(name) ?? []
    if (scenario === undefined) continue
    found.set(scenario, z.array(CheckSchema).parse(JSON.parse(text)))
  }
  return found
}
