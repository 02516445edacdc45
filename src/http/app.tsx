// The front door for everything but `/mcp` and the OAuth endpoints: pages and the JSON API.

import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider'
import { Hono } from 'hono'
import { hostServices } from '../account/services.ts'
import { accountOf, composeLoad } from '../compose.ts'
import type { Config } from '../config.ts'
import { Message } from '../console/pages/message.tsx'
import { Activity } from '../store/activity.ts'
import { Artifacts } from '../store/artifacts.ts'
import { AuditStore } from '../store/audit.ts'
import { Checkpoints } from '../store/checkpoints.ts'
import { Ceilings } from '../store/ceilings.ts'
import { People } from '../store/people.ts'
import type { AppEnv, Parts } from './context.ts'
import { pageHeaders } from './guards.tsx'
import { pageFault } from './page-fault.tsx'
import { activityApi, activityPages } from './routes/activity.tsx'
import { api } from './routes/api.ts'
import { approvals } from './routes/approvals.tsx'
import { auditApi } from './routes/audit.ts'
import { authorize } from './routes/authorize.tsx'
import { ceilings } from './routes/ceilings.ts'
import { policies } from './routes/policies.ts'
import { policySchemaRoute } from './routes/policy-schema.ts'
import { cataloguePages } from './routes/catalogue.tsx'
import { connectionApi, connectionPages } from './routes/connections.tsx'
import { clientApi, clientPages } from './routes/clients.tsx'
import { consolePages } from './routes/console.tsx'
import { iconApi, iconPages, icons } from './routes/icons.tsx'
import { labelPages } from './routes/labels.tsx'
import { forgetApi, forgetPages } from './routes/forget.tsx'
import { narrowingApi } from './routes/narrowing.ts'
import { narrowingPages } from './routes/narrowing-pages.tsx'
import { people } from './routes/people.ts'
import { proposalApi, proposals } from './routes/proposals.tsx'
import { serviceApi, servicePages } from './routes/services.tsx'
import { secretApi, secretPages } from './routes/secrets.tsx'
import { signIn } from './routes/sign-in.tsx'
import { variableApi, variablePages } from './routes/variables.tsx'
import { versions } from './routes/versions.tsx'

export function createApp(env: Env & { OAUTH_PROVIDER: OAuthHelpers }, config: Config) {
  const artifacts = new Artifacts(env.STORE)
  const parts: Parts = {
    config,
    people: new People(env.DB),
    ceilings: new Ceilings(env.DB, config.providers[0].issuer.href),
    activity: new Activity(env.DB),
    oauth: env.OAUTH_PROVIDER,
    account: (person) => accountOf(env, person),
    services: hostServices(env),
    audit: { store: new AuditStore(env.DB), checkpoints: new Checkpoints(env.STORE) },
    load: (person) => composeLoad(env, person),
    icon: (hex) => artifacts.icon(hex),
    now: Date.now,
  }
  const app = new Hono<AppEnv>()
  app.use(pageHeaders)
  app.use(async (c, next) => {
    c.set('parts', parts)
    await next()
  })
  app.route('/', signIn)
  app.route('/', authorize)
  app.route('/', approvals)
  app.route('/', consolePages)
  app.route('/', cataloguePages)
  app.route('/', activityPages)
  app.route('/', clientPages)
  app.route('/', variablePages)
  app.route('/', connectionPages)
  app.route('/', servicePages)
  app.route('/', secretPages)
  app.route('/', labelPages)
  app.route('/', icons)
  app.route('/', iconPages)
  app.route('/', proposals)
  app.route('/', proposalApi)
  app.route('/', forgetPages)
  app.route('/', versions)
  app.route('/', api)
  app.route('/', activityApi)
  app.route('/', auditApi)
  app.route('/', forgetApi)
  app.route('/', variableApi)
  app.route('/', connectionApi)
  app.route('/', serviceApi)
  app.route('/', secretApi)
  app.route('/', clientApi)
  app.route('/', iconApi)
  app.route('/', people)
  app.route('/', ceilings)
  app.route('/', policies)
  app.route('/', narrowingApi)
  app.route('/', narrowingPages)
  app.route('/', policySchemaRoute)
  app.notFound((c) => c.html(<Message title="Not found" text="There is no such page." />, 404))
  app.onError((cause, c) => pageFault(cause, c))
  return app
}
