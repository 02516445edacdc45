// Resources, prompts and completions of a person's components: each list and each read is a call like any
// other, to the function that the component exports for it (wit/mcp.wit).

import type {
  GetPromptResult,
  Prompt,
  Resource,
  ResourceTemplateType,
} from '@modelcontextprotocol/server'
import * as z from 'zod'
import type { Outcome } from '../outcome.ts'
import type { Exchange } from '../exchange.ts'
import type { Page } from './asking.ts'
import type { ProviderFunction } from '../component/mcp-types.ts'
import { neutralise } from '../component/text.ts'
import { UNSEEN } from '../policy/unseen.ts'
import type { Icon } from '../store/icons.ts'
import type { Provider } from '../account/tool-list.ts'
import type { InstalledTool, ShownTool } from '../store/installs.ts'
import { toolNamed } from '../account/tool-names.ts'
import { casesOf, matching } from './enum-completion.ts'
import { iconsOf } from './icons.ts'
import {
  BlockJson,
  Body,
  DESCRIBED,
  describe,
  MimeType,
  Size,
  toBlock,
  toContents,
  Uri,
} from './content.ts'
import { fromPublicUri, toPublicUri } from './resource-uri.ts'
import { mayComeFrom } from './uri-template.ts'

/** Components that are asked at a time: a request may have four Dynamic Workers in flight. */
const ASKED_AT_ONCE = 4
/** Entries that one component may add to a list. */
const MAX_ENTRIES = 500
/** Values of one completion (MCP, utilities/completion). */
const MAX_VALUES = 100
const MAX_VALUE_CHARS = 500

const MAX_TITLE_CHARS = 200
const MAX_DESCRIPTION_CHARS = 2_000

const side = <T extends z.ZodType>(value: T) => z.strictObject({ ok: value })
/** Names come back as they were listed, so nothing can be taken out of them: what hides something in one is not listed. */
const list = <T extends z.ZodType>(entry: T, namesOf: (entry: z.output<T>) => readonly string[]) =>
  side(
    z
      .array(entry)
      .max(MAX_ENTRIES)
      .transform((all) => all.filter((one) => !namesOf(one).some((name) => UNSEEN.test(name)))),
  )

const Resources = list(z.strictObject({ uri: Uri, size: Size, ...DESCRIBED }), ({ uri }) => [uri])
const Templates = list(
  z.strictObject({ 'uri-template': z.string().min(1).max(2048), ...DESCRIBED }),
  (template) => [template['uri-template']],
)
const Contents = side(
  z
    .array(z.strictObject({ uri: Uri, 'mime-type': MimeType.nullable(), body: Body }))
    .max(MAX_ENTRIES)
    .nullable(),
)
const name = z.string().min(1).max(128)
const about = { title: z.string().nullable(), description: z.string().nullable() }
const Prompts = list(
  z.strictObject({
    name,
    ...about,
    arguments: z.array(z.strictObject({ name, ...about, required: z.boolean() })).max(50),
  }),
  (prompt) => [prompt.name, ...prompt.arguments.map((argument) => argument.name)],
)
const PromptResult = side(
  z.strictObject({
    description: z.string().nullable(),
    messages: z
      .array(z.strictObject({ role: z.enum(['user', 'assistant']), content: BlockJson }))
      .max(MAX_ENTRIES),
  }),
)

const Values = side(z.array(z.string()).max(10_000))

/** What an argument that is being typed belongs to, as a client names it. */
export interface Subject {
  readonly kind: 'prompt' | 'template'
  readonly name: string
}

export interface Completion {
  readonly values: string[]
  readonly total: number
  readonly hasMore: boolean
}

/** A prompt or a resource by the name that its component has for it. */
interface Own {
  readonly component: string
  readonly name: string
}

/** Calls one function of a component; the record has it. */
export type CallProvider = (
  tool: string,
  args: Record<string, unknown>,
  exchange: Exchange | null,
) => Promise<Outcome | Page>

/** What came of reading one thing. `failed` has the outcome that says why. */
export type Read<T> =
  | { readonly tag: 'found'; readonly value: T }
  | { readonly tag: 'unknown' }
  | { readonly tag: 'failed'; readonly outcome: Outcome | Page }

export class Providers {
  readonly #all: () => Promise<readonly Provider[]>
  readonly #call: CallProvider
  readonly #tools: () => Promise<readonly ShownTool[]>
  readonly #toolsOf: (component: string) => Promise<readonly InstalledTool[]>
  readonly #publicUrl: string

  constructor(
    all: () => Promise<readonly Provider[]>,
    call: CallProvider,
    tools: () => Promise<readonly ShownTool[]>,
    toolsOf: (component: string) => Promise<readonly InstalledTool[]>,
    publicUrl: string,
  ) {
    this.#tools = tools
    this.#toolsOf = toolsOf
    this.#publicUrl = publicUrl
    this.#all = all
    this.#call = call
  }

  async resources(): Promise<Resource[]> {
    return await this.#list(
      'list-resources',
      Resources,
      ({ uri, size, ...rest }, component, icon) => ({
        uri: toPublicUri(component, uri),
        ...clean(describe(rest)),
        ...(size === null ? {} : { size }),
        ...iconsOf(this.#publicUrl, icon),
      }),
    )
  }

  async templates(): Promise<ResourceTemplateType[]> {
    return await this.#list('list-templates', Templates, (entry, component, icon) => ({
      uriTemplate: toPublicUri(component, entry['uri-template']),
      ...clean(describe(entry)),
      ...iconsOf(this.#publicUrl, icon),
    }))
  }

  async prompts(): Promise<Prompt[]> {
    return await this.#list('list-prompts', Prompts, (entry, component, icon) => ({
      name: promptName(component, entry.name),
      ...words(entry),
      arguments: entry.arguments.map((argument) => ({
        name: argument.name,
        ...words(argument),
        required: argument.required,
      })),
      ...iconsOf(this.#publicUrl, icon),
    }))
  }

  async read(address: string, exchange: Exchange) {
    const own = await this.#ownResource(address)
    const provider = own === null ? null : await this.#find(own.component, 'read-resource')
    if (own === null || provider === null) return { tag: 'unknown' } as const
    const outcome = await this.#call(provider.name, { uri: own.name }, exchange)
    const contents = Contents.safeParse(valueOf(outcome))
    if (!contents.success) return { tag: 'failed', outcome } as const
    const { ok } = contents.data
    if (ok === null) return { tag: 'unknown' } as const
    return { tag: 'found', value: ok.map((one) => toContents(one, own.component)) } as const
  }

  /** The address under which each resource is listed; `null` when no component would be asked for it. */
  async resolve(addresses: readonly string[]): Promise<(string | null)[]> {
    const owns = await this.#ownResources(addresses)
    const readers = (await this.#all()).filter(({ answers }) => answers === 'read-resource')
    const reads = new Set(readers.map(({ component }) => component))
    return owns.map((own) =>
      own === null || !reads.has(own.component) ? null : toPublicUri(own.component, own.name),
    )
  }

  async prompt(
    wanted: string,
    args: Readonly<Record<string, string>>,
    exchange: Exchange,
  ): Promise<Read<GetPromptResult>> {
    const own = await this.#ownPrompt(wanted)
    const provider = own === null ? null : await this.#find(own.component, 'get-prompt')
    if (own === null || provider === null) return { tag: 'unknown' }
    const { component } = own
    const given = { name: own.name, arguments: Object.entries(args) }
    const outcome = await this.#call(provider.name, given, exchange)
    const result = PromptResult.safeParse(valueOf(outcome))
    if (!result.success) return { tag: 'failed', outcome }
    const { description, messages } = result.data.ok
    const value = {
      ...(description === null
        ? {}
        : { description: neutralise(description, MAX_DESCRIPTION_CHARS) }),
      messages: messages.map(({ role, content }) => ({
        role,
        content: toBlock(content, component),
      })),
    }
    return { tag: 'found', value }
  }

  /**
   * `null` for a subject that does not exist. A component that exports no completions is not run: where its
   * functions have a parameter of that name, the cases of its enum are the values.
   */
  async complete(
    { kind, name: wanted }: Subject,
    argument: { readonly name: string; readonly value: string },
    others: Readonly<Record<string, string>>,
  ): Promise<Completion | null> {
    // A tool is no prompt, and clients that complete its arguments have no other name for it.
    const tool = kind === 'prompt' ? toolNamed(await this.#tools(), wanted) : undefined
    const ofTool =
      tool === undefined
        ? []
        : await this.#cases(
            tool.component,
            argument.name,
            ({ name: called }) => called === tool.name,
          )
    if (ofTool.length > 0) return completion(matching(ofTool, argument.value))
    const own = await (kind === 'prompt' ? this.#ownPrompt(wanted) : this.#ownResource(wanted))
    if (own === null) return tool === undefined ? null : completion([])
    const provider = await this.#find(own.component, 'complete')
    if (provider === null) {
      const cases = await this.#cases(own.component, argument.name)
      return completion(matching(cases, argument.value))
    }
    const given = {
      subject: { tag: kind, val: own.name },
      argument: argument.name,
      typed: argument.value,
      others: Object.entries(others),
    }
    const said = Values.safeParse(valueOf(await this.#call(provider.name, given, null)))
    return completion(said.success ? said.data.ok : [])
  }

  async #cases(
    component: string,
    argument: string,
    isMeant: (tool: InstalledTool) => boolean = () => true,
  ): Promise<string[]> {
    const meant = (await this.#toolsOf(component)).filter(isMeant)
    return casesOf(
      meant.map(({ model }) => model),
      argument,
    )
  }

  async #ownResource(address: string): Promise<Own | null> {
    const [own = null] = await this.#ownResources([address])
    return own
  }

  /**
   * Each by the address that we list, or by that of the component where exactly one component lists it. However many
   * they are, a component is asked once for each of its lists.
   */
  async #ownResources(addresses: readonly string[]): Promise<(Own | null)[]> {
    const bare = new Set(addresses.filter((address) => fromPublicUri(address) === null))
    const listedBy = new Map([...bare].map((address) => [address, [] as string[]]))
    if (bare.size > 0) {
      await this.#list('list-resources', Resources, ({ uri }, component) => {
        listedBy.get(uri)?.push(component)
      })
      await this.#list('list-templates', Templates, (entry, component) => {
        const template = entry['uri-template']
        for (const [address, by] of listedBy) {
          if (template === address || mayComeFrom(template, address)) by.push(component)
        }
      })
    }
    return addresses.map((address) => {
      const own = fromPublicUri(address)
      if (own !== null) return { component: own.component, name: own.uri }
      return only(listedBy.get(address) ?? [], address)
    })
  }

  /** By the name that we list, or by that of the component where exactly one component lists it. */
  async #ownPrompt(wanted: string): Promise<Own | null> {
    const [provider] = (await this.#all())
      .filter(({ answers }) => answers === 'get-prompt')
      .filter(({ component }) => wanted.startsWith(promptName(component, '')))
      .toSorted((a, b) => b.component.length - a.component.length)
    if (provider !== undefined) {
      const { component } = provider
      return { component, name: wanted.slice(promptName(component, '').length) }
    }
    const found = await this.#list('list-prompts', Prompts, (entry, component) =>
      entry.name === wanted ? component : null,
    )
    return only(found, wanted)
  }

  /** A component that fails has no entries: the record says why. */
  async #list<E, T>(
    fn: ProviderFunction,
    schema: z.ZodType<{ ok: E[] }>,
    map: (entry: E, component: string, icon: Icon | null) => T,
  ): Promise<T[]> {
    const providers = (await this.#all()).filter(({ answers }) => answers === fn)
    const found: T[] = []
    for (let at = 0; at < providers.length; at += ASKED_AT_ONCE) {
      const batch = providers
        .slice(at, at + ASKED_AT_ONCE)
        .map(async ({ component, name: tool, icon }) => {
          const entries = schema.safeParse(valueOf(await this.#call(tool, {}, null)))
          return entries.success ? entries.data.ok.map((entry) => map(entry, component, icon)) : []
        })
      // oxlint-disable-next-line no-await-in-loop -- a few at a time
      found.push(...(await Promise.all(batch)).flat())
    }
    return found
  }

  async #find(component: string, fn: ProviderFunction): Promise<Provider | null> {
    const all = await this.#all()
    return all.find((one) => one.component === component && one.answers === fn) ?? null
  }
}

function completion(all: readonly string[]): Completion {
  const values = all.slice(0, MAX_VALUES).map((one) => neutralise(one, MAX_VALUE_CHARS))
  return { values, total: all.length, hasMore: all.length > values.length }
}

/** Like the tools that had to be renamed: the component, then its own name. */
function promptName(component: string, own: string): string {
  return `${component}__${own}`
}

/** Two components that list the same name: neither speaks for the other. */
function only(components: readonly (string | null)[], name: string): Own | null {
  const [component, ...more] = new Set(components.filter((one) => one !== null))
  return component === undefined || more.length > 0 ? null : { component, name }
}

function valueOf(outcome: Outcome | Page): unknown {
  return outcome.tag === 'answered' ? outcome.result.json : null
}

type Words = { readonly title?: string; readonly description?: string }

/** A stranger's words in a list that goes before a model. */
function clean<T extends Words & { readonly name: string }>(entry: T): T {
  return { ...entry, ...words(entry), name: neutralise(entry.name, MAX_TITLE_CHARS) }
}

function words(entry: {
  readonly title?: string | null
  readonly description?: string | null
}): Words {
  const { title, description } = entry
  return {
    ...(title == null ? {} : { title: neutralise(title, MAX_TITLE_CHARS) }),
    ...(description == null ? {} : { description: neutralise(description, MAX_DESCRIPTION_CHARS) }),
  }
}
