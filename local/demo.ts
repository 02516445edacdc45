// npm run demo: the product's main job against the running server, as a script. Every step prints what the server really
// answered; a step that differs from what it should be ends the run with exit code 1.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Browser } from './browser.ts'
import { signInHeadless } from './oauth.ts'
import { readPorts } from './ports.ts'
import { signInToConsole } from './sign-in.ts'
import { endWith, UsageError } from './usage-error.ts'

const DEMO_URL = 'http://demo.test/hello'

type Result = Awaited<ReturnType<Client['callTool']>>

let step = 0

function show(what: string, answer: unknown): void {
  step += 1
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)
  console.log(`\n${step}. ${what}\n${text.replace(/^/gm, '   ')}`)
}

/** What must hold for the demo to be true. */
function expect(holds: boolean, what: string): void {
  if (!holds) throw new UsageError(`Step ${step} is not as it should be: ${what}`)
}

async function agent(serverUrl: string, user: string): Promise<Client> {
  const scope = 'tools:call components:manage'
  const { accessToken } = await signInHeadless({
    serverUrl,
    user,
    scope,
    clientName: `${user}'s agent`,
  })
  const client = new Client({ name: `${user}'s agent`, version: '1.0.0' })
  const authProvider = { token: async () => accessToken }
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', serverUrl), { authProvider }),
  )
  return client
}

async function main(): Promise<void> {
  const serverUrl = `http://127.0.0.1:${readPorts(process.env).PORT}`
  const refused = await fetch(`${serverUrl}/mcp`, { method: 'POST' }).catch(() => {
    throw new UsageError(`Nothing answers at ${serverUrl}. Start the server with \`npm start\`.`)
  })
  show('Without a token the server refuses and says where to get one', {
    status: refused.status,
    'www-authenticate': refused.headers.get('www-authenticate'),
  })
  expect(refused.status === 401, 'the status is 401')

  const alice = await agent(serverUrl, 'alice')
  show('alice signs in and allows her agent; it is connected', alice.getServerVersion())
  const call = (client: Client, name: string, args: Record<string, unknown>): Promise<Result> =>
    client.callTool({ name, arguments: args })

  show('The catalogue', text(await call(alice, 'search-components', {})))
  const loaded = await call(alice, 'load-component', { path: 'fetch' })
  show('The agent loads the component "fetch"', text(loaded))
  expect(loaded.isError !== true, 'the component is loaded')
  await call(alice, 'revoke-network-permission', {
    component_id: 'fetch',
    details: { host: 'demo.test' },
  })
  const { tools } = await alice.listTools()
  show('Its tools are there', tools.map((tool) => tool.name).join(', '))
  expect(
    tools.some((tool) => tool.name === 'fetch'),
    'the tool fetch is listed',
  )

  const denied = await call(alice, 'fetch', { url: DEMO_URL })
  show(`The agent calls fetch(${DEMO_URL}) and is refused: nobody granted it`, text(denied))
  expect(denied.isError === true, 'the call is refused')
  const link = approvalLink(denied)
  expect(link !== undefined, 'the answer has a link')

  const bobs = new Browser()
  await signInToConsole(bobs, serverUrl, 'bob')
  const notHis = await bobs.open(link ?? '')
  show('bob opens the link and learns nothing', `HTTP ${notHis.status}`)
  expect(notHis.status === 404, 'bob gets 404')

  const browser = new Browser()
  await signInToConsole(browser, serverUrl, 'alice')
  const page = await browser.open(link ?? '')
  show('alice opens the link and sees what is asked', plain(page.html))
  expect(
    page.html.includes('demo.test') && page.html.includes('sha256:'),
    'host and digest are shown',
  )
  const decided = await browser.press(page, 'decision', 'allow')
  show('alice allows it', plain(decided.html))
  expect(decided.status === 200, 'the decision is taken')

  const answered = await call(alice, 'fetch', { url: DEMO_URL })
  show('The very next call succeeds, against a real HTTP server', text(answered))
  expect(answered.isError !== true, 'the call is answered')

  const bob = await agent(serverUrl, 'bob')
  const his = (await bob.listTools()).tools.map((tool) => tool.name)
  show("bob's agent sees none of alice's tools", his.join(', '))
  expect(!his.includes('fetch'), 'bob has no tool fetch')

  const revoked = await call(alice, 'revoke-network-permission', {
    component_id: 'fetch',
    details: { host: 'demo.test' },
  })
  show('The agent gives the permission back', text(revoked))
  const again = await call(alice, 'fetch', { url: DEMO_URL })
  show('The next call is refused again', text(again))
  expect(again.isError === true, 'the call is refused')

  const record = await browser.fetch(`${serverUrl}/api/calls?limit=3`)
  show("What happened, from alice's record", await record.json())
  expect(record.status === 200, 'the record is readable')
  await Promise.all([alice.close(), bob.close()])
  console.log(`\nAll ${step} steps are as they should be.`)
}

function text(result: Result): string {
  const blocks = result.content.map((block) => (block.type === 'text' ? block.text : block.type))
  return `${result.isError === true ? '[isError] ' : ''}${blocks.join('\n')}`
}

function approvalLink(result: Result): string | undefined {
  return /https?:\/\/\S+\/approvals\/\S+/.exec(text(result))?.[0]
}

function plain(html: string): string {
  const body = html.replace(/^[\s\S]*<body>/, '').replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
  return body
    .replace(/<\/(p|dd|h1|h2|li|div|header)>/g, '\n')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/[ \t]+/g, ' ')
    .replace(/\n\s*/g, '\n')
    .trim()
}

await main().then(() => process.exit(0), endWith)
