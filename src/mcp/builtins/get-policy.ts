import * as z from 'zod'
import { toldRule } from '../../component/text.ts'
import { parseVariableKey } from '../../policy/environment.ts'
import { ownerOf } from '../../policy/life.ts'
import { named } from '../../policy/limits.ts'
import { parseStoredStorageRule } from '../../policy/storage-rule.ts'
import { builtin, componentId, UNKNOWN_COMPONENT } from '../builtin.ts'
import { boundTo, limitsInForce, rulesInForce } from '../rules-in-force.ts'
import { versionUrl } from '../results.ts'
import { wishedVariables } from '../wishes.ts'

export const getPolicy = builtin({
  name: 'get-policy',
  title: 'Show what a component may do',
  description:
    'Shows the rules in force for a component, their life and where they come from, the bounds of its ' +
    'calls, and what was refused to it lately.',
  scope: 'tools:call',
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({ component_id: componentId }),
  output: z.looseObject({
    status: z.string(),
    component_id: z.string(),
    policy_info: z
      .looseObject({
        policy_id: z.string(),
        source_uri: z.string(),
        local_path: z.string(),
        created_at: z.number().int(),
      })
      .optional(),
    digest: z.string(),
    waits_for_person: z.string().optional(),
    permissions: z.looseObject({}),
    limits: z.looseObject({}),
    rules: z.array(
      z.looseObject({
        effect: z.enum(['allow', 'deny']),
        permission_type: z.string(),
        rule: z.string(),
        life: z.string(),
      }),
    ),
    ceilings: z.array(z.looseObject({})),
    refused_lately: z.array(
      z.looseObject({ tool: z.string(), at: z.number().int(), why: z.string() }),
    ),
  }),
  async run({ component_id }, { account, catalogue, principal, session, publicUrl }) {
    const [found, standing, connections] = await Promise.all([
      account.component(component_id),
      account.standingRules(component_id),
      account.connections(component_id),
    ])
    if (found === null) return UNKNOWN_COMPONENT
    const { install, variables, waits } = found
    const grants = found.grants.filter(({ effect }) => effect === 'allow')
    const hosts = grants.filter((grant) => grant.permission === 'network')
    const paths = grants.flatMap((grant) => {
      const rule = grant.permission === 'storage' ? parseStoredStorageRule(grant.rule) : null
      if (rule?.ok !== true) return []
      const { uri, access } = rule.value
      return [{ uri: toldRule(uri), access }]
    })
    const keys = grants.flatMap(({ permission, rule }) => {
      const key = permission === 'environment' ? parseVariableKey(rule) : null
      return key === null ? [] : [key]
    })
    const first = found.grants[0]
    return {
      ok: true,
      value: {
        status: first === undefined ? 'no policy found' : 'policy found',
        component_id,
        ...(first === undefined
          ? {}
          : {
              policy_info: {
                policy_id: `${component_id}-policy`,
                source_uri: `grants:${component_id}`,
                local_path: `grants:${component_id}`,
                created_at: Math.floor(first.granted_at / 1000),
              },
            }),
        digest: install.digest,
        // Its calls are refused until the person has looked at it there.
        ...(found.waits ? { waits_for_person: versionUrl(publicUrl, component_id) } : {}),
        permissions: {
          network: { allow: hosts.map(({ rule }) => ({ host: toldRule(rule) })) },
          storage: { allow: paths },
          environment: { allow: keys.map((key) => ({ key })) },
        },
        // The component does not see these until the person sets a value, in the console.
        variables_without_value: keys.filter((key) => variables.every((v) => v.key !== key)),
        // The publisher's wish: nothing of it is granted, and of a version that waits it is not told.
        wished_variables: waits ? [] : await wishedVariables(install, catalogue),
        limits: named(limitsInForce(found)),
        // What its calls bring into a session: at the most by default, and whatever they do.
        labels: { at_most: found.labels.atMost, every_call: found.labels.declared },
        ...boundTo(found, connections),
        ...rulesInForce(found, standing ?? {}, ownerOf(principal.client, session)),
      },
    }
  },
})
