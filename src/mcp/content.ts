// MCP content that a component made itself (`wassette-edge:mcp/content`), from the JSON of its types to
// MCP's blocks. What does not make sense to a client is refused as a whole.

import type { CallToolResult } from '@modelcontextprotocol/server'
import * as z from 'zod'
import type { LiftedResult } from '../component/results.ts'
import { toPublicUri } from './resource-uri.ts'

/** Blocks of one answer: each is an object before a model. */
const MAX_BLOCKS = 100
/** Levels of what a component wrote as JSON itself. Whoever writes or copies it goes a call deeper at each. */
const MAX_STRUCTURED_DEPTH = 64

export type Block = CallToolResult['content'][number]

export const MimeType = z.string().regex(/^[\w.+-]{1,64}\/[\w.+-]{1,128}(?:;[\x20-\x7e]{1,200})?$/)
export const Uri = z.string().max(2048).refine(URL.canParse)
const text = z.string()
const short = z.string().max(512)

const Annotations = z
  .strictObject({
    audience: z.array(z.enum(['user', 'assistant'])),
    priority: z.number().min(0).max(1).nullable(),
    'last-modified': z.iso.datetime({ offset: true }).nullable(),
  })
  .nullable()
type Annotations = z.infer<typeof Annotations>

export const Body = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('text'), val: text }),
  z.strictObject({ tag: z.literal('blob'), val: text }),
])
const Media = z.strictObject({ data: text, 'mime-type': MimeType, annotations: Annotations })

/** What resources, templates and links say of themselves beside their address. */
export const DESCRIBED = {
  name: short.min(1),
  title: short.nullable(),
  description: z.string().max(4096).nullable(),
  'mime-type': MimeType.nullable(),
  annotations: Annotations,
} as const
/** A `u64`: beyond what JSON carries it is written as digits, and no file is that large. */
export const Size = z.number().int().nullable()

export const BlockJson = z.discriminatedUnion('tag', [
  z.strictObject({
    tag: z.literal('text'),
    val: z.strictObject({ text, annotations: Annotations }),
  }),
  z.strictObject({ tag: z.literal('image'), val: Media }),
  z.strictObject({ tag: z.literal('audio'), val: Media }),
  z.strictObject({
    tag: z.literal('embedded-resource'),
    val: z.strictObject({
      uri: Uri,
      'mime-type': MimeType.nullable(),
      body: Body,
      annotations: Annotations,
    }),
  }),
  z.strictObject({
    tag: z.literal('resource-link'),
    val: z.strictObject({ uri: Uri, size: Size, ...DESCRIBED }),
  }),
])
type BlockJson = z.infer<typeof BlockJson>

const Blocks = z.array(BlockJson).max(MAX_BLOCKS)
const ToolResult = z.strictObject({
  content: Blocks,
  structured: z
    .string()
    .nullable()
    .transform((value, context): Record<string, unknown> | null => {
      const parsed = value === null ? { success: true, data: null } : asObject(value)
      if (parsed.success) return parsed.data ?? null
      context.addIssue('not a JSON object')
      return z.NEVER
    }),
  'is-error': z.boolean(),
})

function asObject(value: string): { success: boolean; data?: Record<string, unknown> } {
  try {
    const parsed: unknown = JSON.parse(value)
    if (!isWithin(MAX_STRUCTURED_DEPTH, parsed)) return { success: false }
    return z.record(z.string(), z.unknown()).safeParse(parsed)
  } catch {
    return { success: false }
  }
}

function isWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isWithin(levels - 1, inner))
}

/** `null` when it is not content that a client could take. */
export function toContent(
  { kind, json }: NonNullable<LiftedResult['content']>,
  component: string,
): Pick<CallToolResult, 'content' | 'structuredContent' | 'isError'> | null {
  if (kind === 'tool-result') {
    const result = ToolResult.safeParse(json)
    if (!result.success) return null
    const { content, structured, 'is-error': isError } = result.data
    return {
      content: content.map((block) => toBlock(block, component)),
      ...(structured === null ? {} : { structuredContent: structured }),
      ...(isError ? { isError } : {}),
    }
  }
  const blocks = Blocks.safeParse(kind === 'block' ? [json] : json)
  if (!blocks.success) return null
  return { content: blocks.data.map((block) => toBlock(block, component)) }
}

export function toBlock({ tag, val }: BlockJson, component: string): Block {
  const annotations = toAnnotations(val.annotations)
  switch (tag) {
    case 'text':
      return { type: 'text', text: val.text, ...annotations }
    case 'image':
    case 'audio':
      return { type: tag, data: val.data, mimeType: val['mime-type'], ...annotations }
    case 'embedded-resource':
      return { type: 'resource', resource: toContents(val, component), ...annotations }
    case 'resource-link': {
      const { uri, size } = val
      const about = size === null ? describe(val) : { ...describe(val), size }
      return { type: 'resource_link', uri: toPublicUri(component, uri), ...about }
    }
  }
}

export function toContents(
  {
    uri,
    body,
    'mime-type': mimeType,
  }: {
    readonly uri: string
    readonly body: z.infer<typeof Body>
    readonly 'mime-type': string | null
  },
  component: string,
) {
  const about = { uri: toPublicUri(component, uri), ...(mimeType === null ? {} : { mimeType }) }
  return body.tag === 'text' ? { ...about, text: body.val } : { ...about, blob: body.val }
}

export function describe(about: {
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly 'mime-type': string | null
  readonly annotations: Annotations
}) {
  const { name, title, description, 'mime-type': mimeType } = about
  return {
    name,
    ...(title === null ? {} : { title }),
    ...(description === null ? {} : { description }),
    ...(mimeType === null ? {} : { mimeType }),
    ...toAnnotations(about.annotations),
  }
}

function toAnnotations(annotations: Annotations) {
  if (annotations === null) return {}
  const { audience, priority, 'last-modified': lastModified } = annotations
  return {
    annotations: {
      ...(audience.length === 0 ? {} : { audience }),
      ...(priority === null ? {} : { priority }),
      ...(lastModified === null ? {} : { lastModified }),
    },
  }
}
