// WIT source text as tokens (WIT.md, "Lexical structure"), each with the doc comments around it. The
// text is a stranger's: every character is looked at once, and what cannot be read is refused with
// its place.

import { COMPONENT_LIMITS } from './limits.ts'

/** Thrown by the readers of WIT text and caught by `parseWit`. `expected` is our own words. */
export class Unreadable extends Error {
  readonly offset: number
  readonly expected: string
  constructor(offset: number, expected: string) {
    super(`expected ${expected} at ${offset}`)
    this.offset = offset
    this.expected = expected
  }
}

export interface Token {
  readonly kind: 'word' | 'number' | 'symbol' | 'end'
  /** A word without its `%`; empty at the end. */
  readonly text: string
  /** Written with `%`: a name, whatever it says. */
  readonly escaped: boolean
  readonly start: number
  readonly end: number
  /** Of the doc comments in front of the token, one line each; empty without any. */
  readonly docs: string
  /**
   * Of doc comments that end the line of the token before: WIT has them document what follows,
   * authors may mean what they stand behind.
   */
  readonly behind: string
}

const SPACE = /[ \t\r\n]*/y
const WORD = /%?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*/y
const NUMBER = /[0-9]+/y
const SYMBOL = /->|[{}()<>,;:=*/@._]/y
const LINE_REST = /[^\n]*/y
const COMMENT_EDGE = /\/\*|\*\//g
const VERSION =
  /[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?/y

/** Names are put together to full ones: unbounded, a short text could make much of a long one. */
const MAX_NAME = COMPONENT_LIMITS.MAX_NAME_BYTES

/** A doc comment behind one of these leads what is inside. */
const OPENERS = new Set(['{', '(', ''])

interface Around {
  readonly docs: string
  readonly behind: string
}

export class Tokens {
  readonly #text: string
  #taken = 0
  #last = ''
  #next: Token | null = null

  constructor(text: string) {
    this.#text = text
  }

  peek(): Token {
    return (this.#next ??= this.#read())
  }

  take(): Token {
    const token = this.peek()
    this.#next = null
    this.#taken = token.end
    this.#last = token.text
    return token
  }

  /** Whether this keyword or symbol is next. */
  is(text: string): boolean {
    const { kind, escaped, text: found } = this.peek()
    return found === text && !escaped && kind !== 'end'
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.take()
    return true
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail(`\`${text}\``)
  }

  /** A name; `what` says in our words which. Keywords are names where no keyword can stand. */
  name(what: string): string {
    if (this.peek().kind !== 'word') this.fail(what)
    if (this.peek().text.length > MAX_NAME) this.fail(`${what} of at most ${MAX_NAME} characters`)
    return this.take().text
  }

  /** A semantic version; no other token looks like one, so it is read by whoever expects it. */
  version(): string {
    const start = this.peek().start
    const text = match(VERSION, this.#text, start)
    if (text === '' || text.length > MAX_NAME) this.fail('a version')
    this.#next = null
    this.#taken = start + text.length
    this.#last = text
    return text
  }

  fail(expected: string): never {
    throw new Unreadable(this.peek().start, expected)
  }

  #read(): Token {
    const { docs, behind, start } = this.#comments()
    const around: Around = { docs, behind }
    if (start === this.#text.length) return token('end', '', start, start, around)
    const word = match(WORD, this.#text, start)
    if (word !== '') return token('word', word, start, start + word.length, around)
    const number = match(NUMBER, this.#text, start)
    if (number !== '') return token('number', number, start, start + number.length, around)
    const symbol = match(SYMBOL, this.#text, start)
    if (symbol === '') throw new Unreadable(start, 'a character that WIT has')
    return token('symbol', symbol, start, start + symbol.length, around)
  }

  #comments(): Around & { readonly start: number } {
    const docs: string[] = []
    const behind: string[] = []
    let position = this.#taken
    let sameLine = !OPENERS.has(this.#last)
    for (;;) {
      const space = match(SPACE, this.#text, position)
      position += space.length
      if (space.includes('\n')) sameLine = false
      const comment = commentAt(this.#text, position)
      if (comment === '') break
      position += comment.length
      const text = docsOf(comment)
      if (text === null) continue
      // A block in front of something on its own line leads that, as in `(/** … */ a: u8)`.
      const ends = comment.startsWith('//') || /^[ \t\r]*(?:\n|$)/.test(this.#line(position))
      if (sameLine && ends) behind.push(text)
      else docs.push(text)
    }
    return { docs: docs.join('\n'), behind: behind.join('\n'), start: position }
  }

  /** Enough of what follows to see whether the line ends. */
  #line(position: number): string {
    return this.#text.slice(position, position + 80)
  }
}

function token(
  kind: Token['kind'],
  text: string,
  start: number,
  end: number,
  around: Around,
): Token {
  const escaped = text.startsWith('%')
  return { kind, text: escaped ? text.slice(1) : text, escaped, start, end, ...around }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** The whole comment, empty where none starts. Blocks nest. */
function commentAt(text: string, at: number): string {
  if (text.startsWith('//', at)) return match(LINE_REST, text, at)
  if (!text.startsWith('/*', at)) return ''
  let open = 0
  COMMENT_EDGE.lastIndex = at
  for (;;) {
    const edge = COMMENT_EDGE.exec(text)
    if (edge === null) throw new Unreadable(at, '`*/` behind this comment')
    open += edge[0] === '/*' ? 1 : -1
    if (open === 0) return text.slice(at, COMMENT_EDGE.lastIndex)
  }
}

/** Null for a comment that documents nothing. More slashes or stars than these draw a line. */
function docsOf(comment: string): string | null {
  if (comment.startsWith('///')) {
    return comment.startsWith('////') ? null : comment.slice(3).replace(/^ /, '').trimEnd()
  }
  if (!comment.startsWith('/**') || comment.startsWith('/***') || comment.length < 5) return null
  const lines = comment.slice(3, -2).split('\n')
  return lines
    .map((line) => line.replace(/^\s*(?:\* ?)?/, '').trimEnd())
    .join('\n')
    .trim()
}
