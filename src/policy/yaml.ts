// Reads one plain YAML 1.2 document (core schema): no directives, anchors, aliases or tags, no key twice,
// and not deep. Total: any text comes to a node or to faults.

import type { CST, Document, Node as YamlNode, Scalar } from 'yaml'
import { Composer, isAlias, isCollection, isMap, isScalar, Lexer, LineCounter, Parser } from 'yaml'
import { Faults } from './fault.ts'
import type { PolicyFault } from './fault.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export type { YamlNode }

export interface YamlRoot {
  readonly node: YamlNode
  readonly lineOf: (node: YamlNode) => number
}

/** Bytes of a policy: those of real components have a few hundred. */
export const MAX_POLICY_BYTES = 64 * 1024
/** Open collections of the parser. The grammar needs half; its next stage would recurse for each. */
const MAX_DEPTH = 32
/** Pieces of the text: a thousand rules of each kind have half as many. */
const MAX_LEXEMES = 40_000

export function readYaml(source: string | Uint8Array): Result<YamlRoot, readonly PolicyFault[]> {
  const faults = new Faults()
  const lines = new LineCounter()
  const fault = (sentence: string, offset = 0) =>
    faults.add({ kind: 'yaml', path: '', line: lineAt(lines, offset), sentence })
  const text = textOf(source)
  if (text === null) {
    fault('A policy is UTF-8 text of 64 KiB at the most.')
    return err(faults.list)
  }
  const tokens = tokensOf(text, lines, fault)
  const document = tokens === null ? undefined : compose(tokens, lines)
  for (const { code, pos } of document?.errors ?? []) fault(sentenceFor(code), pos[0])
  for (const { pos } of document?.warnings ?? []) fault('Write the value without a tag.', pos[0])
  const node = document?.contents ?? null
  if (node !== null) checkPlain(node, fault)
  else if (faults.list.length === 0) fault('The policy is empty: it needs version and permissions.')
  if (faults.list.length > 0 || node === null) return err(faults.list)
  return ok({ node, lineOf: (of) => lineAt(lines, of.range?.[0] ?? 0) })
}

/** As UTF-8 the text is no longer than a policy may be. */
export function isPolicySize(text: string): boolean {
  return new TextEncoder().encode(text).byteLength <= MAX_POLICY_BYTES
}

const DEEP = 'The document is nested too deeply for a policy.'

function sentenceFor(code: string): string {
  if (code === 'TAB_AS_INDENT') return 'Indent with spaces.'
  return 'This is not valid YAML here. Look at the indentation, quotes and brackets.'
}

function textOf(source: string | Uint8Array): string | null {
  if (typeof source === 'string') {
    return source.length <= MAX_POLICY_BYTES && source.isWellFormed() ? source : null
  }
  if (source.byteLength > MAX_POLICY_BYTES) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(source)
  } catch {
    return null
  }
}

/** `null`: too deep, too much, with a directive or a second document; told. */
function tokensOf(
  text: string,
  lines: LineCounter,
  fault: (sentence: string, offset?: number) => void,
): CST.Token[] | null {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    lexemes += 1
    if (parser.stack.length <= MAX_DEPTH && lexemes <= MAX_LEXEMES) continue
    const isDeep = parser.stack.length > MAX_DEPTH
    fault(isDeep ? DEEP : 'The document has too many parts for a policy.', parser.offset)
    return null
  }
  tokens.push(...parser.end())
  const directive = tokens.find(({ type }) => type === 'directive')
  const [, second] = tokens.filter(({ type }) => type === 'document')
  if (directive !== undefined) {
    fault('Remove the YAML directive: a policy is YAML 1.2.', offsetOf(directive))
  } else if (second !== undefined) {
    fault('A policy is one document: remove what follows the first.', offsetOf(second))
  } else {
    return tokens
  }
  return null
}

function offsetOf(token: CST.Token): number {
  return 'offset' in token ? token.offset : 0
}

function compose(tokens: CST.Token[], lines: LineCounter): Document.Parsed | undefined {
  const composer = new Composer<YamlNode & { range: [number, number, number] } & never, true>({
    version: '1.2',
    schema: 'core',
    strict: true,
    // Quadratic; `shape.ts` refuses keys that it does not know, and those that are there twice.
    uniqueKeys: false,
    merge: false,
    logLevel: 'error',
    prettyErrors: false,
    lineCounter: lines,
  })
  const [document] = composer.compose(tokens)
  return document as unknown as Document.Parsed | undefined
}

function checkPlain(root: YamlNode, fault: (sentence: string, offset?: number) => void): void {
  const open: unknown[] = [root]
  while (open.length > 0) {
    // A key without a value has none to look at.
    const node = open.pop()
    if (isAlias(node)) {
      fault('Write the value out: a policy has no aliases.', node.range?.[0])
      continue
    }
    if (!isScalar(node) && !isCollection(node)) continue
    if (node.anchor !== undefined) fault('Remove the anchor.', node.range?.[0])
    if (node.tag !== undefined) fault('Write the value without a tag.', node.range?.[0])
    if (isMap(node)) for (const { key, value } of node.items) open.push(value, key)
    else if (isCollection(node)) open.push(...node.items)
  }
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line)
}

/** The text of a scalar as it was written: `1.0` stays what it is, and quotes are not part of it. */
export function scalarText({ source, value }: Scalar): string {
  return source ?? String(value)
}

/** Nothing was written, or `null` without quotes. */
export function isNull(node: YamlNode): boolean {
  return isScalar(node) && node.value === null
}
