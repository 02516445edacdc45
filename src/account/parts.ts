// What a person's `Account` is made of, put together once as the object wakes.

import { readRetention } from '../audit/retention.ts'
import { Calls } from '../store/calls.ts'
import { Ceilings as CeilingStore } from '../store/ceilings.ts'
import { Usages } from '../store/usages.ts'
import { Acts } from './acts.ts'
import { Alarm } from './alarm.ts'
import { AuditArchive } from './audit-archive.ts'
import { AUDIT_SCHEMA, AuditChain } from './audit-chain.ts'
import { Authorities } from './authorities.ts'
import { BEGUN_CALLS_SCHEMA, BegunCalls } from './begun-calls.ts'
import { Ceilings } from './ceilings.ts'
import { Claims, CLAIMS_SCHEMA } from './claims.ts'
import { Components } from './components.ts'
import type { Connecting } from './connecting.ts'
import { connecting, CONNECTING_SCHEMA } from './connecting.ts'
import { Expiries } from './expiries.ts'
import { Holdings } from './holdings.ts'
import { ISSUED_TOKENS_SCHEMA } from './issued-tokens.ts'
import { KEY_VALUE_SCHEMA, KeyValueEntries } from './keyvalue.ts'
import { Labelling } from './labelling.ts'
import { Leaving } from './leaving.ts'
import { Listening } from './listening.ts'
import { OAuthGrants } from './oauth-grants.ts'
import { Owners, OWNERS_SCHEMA } from './owners.ts'
import { Permissions } from './permissions.ts'
import { PersonKeys } from './person-keys.ts'
import { Questions } from './questions.ts'
import { RECORD_SCHEMA, RecordLog } from './record.ts'
import { Recording, UNKNOWN } from './recording.ts'
import { RecentRefusals, REFUSALS_SCHEMA } from './refusals.ts'
import { REFUSED_SIGN_INS_SCHEMA, RefusedSignIns } from './refused-sign-ins.ts'
import { Rounds, ROUNDS_SCHEMA } from './rounds.ts'
import { RunningCalls, RunningCompiles } from './running.ts'
import { Secrets } from './secrets.ts'
import { LABELS_SCHEMA, SessionLabels } from './session-labels.ts'
import { Sessions, SESSIONS_SCHEMA } from './sessions.ts'
import { Settling } from './settling.ts'
import { SPENT_CREDENTIALS_SCHEMA } from './spent-credentials.ts'
import { Standings } from './standing.ts'
import { TOLD_SCHEMA, ToolList } from './tool-list.ts'
import { Variables } from './variables.ts'
import { Waiting } from './waiting.ts'

const SCHEMA = `
  ${SESSIONS_SCHEMA}
  ${SPENT_CREDENTIALS_SCHEMA}
  ${ISSUED_TOKENS_SCHEMA}
  ${RECORD_SCHEMA}
  ${BEGUN_CALLS_SCHEMA}
  ${KEY_VALUE_SCHEMA}
  ${ROUNDS_SCHEMA}
  ${CLAIMS_SCHEMA}
  ${REFUSALS_SCHEMA}
  ${OWNERS_SCHEMA}
  ${LABELS_SCHEMA}
  ${AUDIT_SCHEMA}
  ${REFUSED_SIGN_INS_SCHEMA}
  ${CONNECTING_SCHEMA}
  ${TOLD_SCHEMA}
`

/** Each holds one thing of the person; the verbs of the object (`verbs/`) act on several. */
export interface Parts {
  readonly acts: Acts
  readonly alarm: Alarm
  readonly archive: AuditArchive
  readonly audit: AuditChain
  readonly authorities: Authorities
  readonly begun: BegunCalls
  readonly components: Components
  readonly connecting: Connecting
  readonly drives: Env['DRIVE']
  readonly entries: KeyValueEntries
  readonly expiries: Expiries
  /** Goes on with work that nobody waits for. */
  readonly goOn: (work: Promise<unknown>) => void
  readonly holdings: Holdings
  readonly labelling: Labelling
  readonly labels: SessionLabels
  readonly leaving: Leaving
  readonly listening: Listening
  readonly oauthGrants: OAuthGrants
  readonly permissions: Permissions
  readonly questions: Questions
  readonly recording: Recording
  readonly refusals: RecentRefusals
  readonly refusedSignIns: RefusedSignIns
  readonly rounds: Rounds
  readonly running: RunningCalls
  readonly compiling: RunningCompiles
  readonly secrets: Secrets
  readonly sessions: Sessions
  readonly settling: Settling
  readonly standings: Standings
  readonly toolList: ToolList
  readonly usages: Usages
  readonly variables: Variables
  readonly waiting: Waiting
}

/** The object is opened by the id of its person, which has their name; without one it throws. */
export function openParts(ctx: DurableObjectState, env: Env): Parts {
  const { name: person } = ctx.id
  if (person === undefined) throw new Error('an account is opened by the id of its person')
  const retention = readRetention(env.AUDIT_RETENTION_DAYS)
  if (!retention.ok) throw new Error(retention.error)
  const { storage } = ctx
  const { sql } = storage
  const goOn = (work: Promise<unknown>): void => ctx.waitUntil(work)
  const keys = new PersonKeys(person, env.DB, env)
  const variables = new Variables(person, env.DB, keys)
  const ceilings = new Ceilings(new CeilingStore(env.DB, env.OIDC_ISSUER), person)
  const holdings = new Holdings(person, env.DB, variables, () => {
    ceilings.drop()
    goOn(toolList.look(Date.now).catch(() => {}))
  })
  const alarm = new Alarm(storage)
  const audit = new AuditChain(storage, person, () => alarm.copySoon())
  const acts = new Acts(audit)
  const expiries = new Expiries(holdings, audit)
  const owners = new Owners(sql)
  const labels = new SessionLabels(sql, owners)
  const begun = new BegunCalls(sql)
  const authorities = new Authorities({
    holdings,
    expiries,
    variables,
    claims: new Claims(storage),
    begun,
    tryAgain: () => alarm.copySoon(),
    owners,
    ceilings,
    labels,
    ownHosts: [new URL(env.PUBLIC_URL).hostname],
  })
  const labelling = new Labelling({ labels, authorities, holdings, host: env.LABELS_MODE })
  const sessions = new Sessions(sql, env.SESSION, person)
  const toolList = new ToolList({ holdings, authorities, labelling, sessions, sql, goOn })
  const refusals = new RecentRefusals(sql)
  const refusedSignIns = new RefusedSignIns(sql)
  const running = new RunningCalls()
  const recording = new Recording({
    person,
    audit,
    authorities,
    begun,
    calls: new Calls(env.DB),
    labelling,
    log: new RecordLog(sql),
    refusals,
    running,
    goOn,
  })
  const entries = new KeyValueEntries(storage)
  const questions = new Questions(holdings)
  const waiting = new Waiting()
  const leaving = new Leaving({ questions, waiting, expiries })
  sql.exec(SCHEMA)
  sessions.prepare()
  return {
    acts,
    alarm,
    archive: new AuditArchive(person, audit, env),
    audit,
    authorities,
    begun,
    components: new Components(holdings, variables, (source) => {
      entries.forget(source)
      refusals.forget(source)
      labels.forgetSource(source)
    }),
    connecting: connecting(env, { holdings, keys, acts, sql, goOn }),
    drives: env.DRIVE,
    entries,
    expiries,
    goOn,
    holdings,
    labelling,
    labels,
    leaving,
    listening: new Listening({ sessions, labels, expiries }),
    oauthGrants: new OAuthGrants({ db: env.DB, person, acts, leaving, sessions, sql }),
    permissions: new Permissions(holdings, variables, sessions),
    questions,
    recording,
    refusals,
    refusedSignIns,
    rounds: new Rounds(sql),
    running,
    compiling: new RunningCompiles(),
    secrets: new Secrets(holdings, keys),
    sessions,
    settling: new Settling({
      authorities,
      begun,
      expiries,
      refusedSignIns,
      chain: audit,
      record: ({ receipt, claimant }) => recording.record(receipt, { ...UNKNOWN, claimant }),
    }),
    standings: new Standings(holdings),
    toolList,
    usages: new Usages(env.DB, person, retention.value),
    variables,
    waiting,
  }
}
