// Which component a page is about: the head of each page of one component.

import type { Child } from 'hono/jsx'
import { Theirs } from './layout.tsx'

/** `children`: what else the page says of it, as terms and descriptions. */
export function ComponentFacts(props: {
  of: { readonly component: string; readonly source: string }
  children?: Child
}) {
  return (
    <dl>
      <dt>Component</dt>
      <dd>
        <Theirs text={props.of.component} />
      </dd>
      <dt>Source</dt>
      <dd>
        <Theirs text={props.of.source} />
      </dd>
      {props.children}
    </dl>
  )
}

/** The same of exactly these bytes. */
export function VersionFacts(props: {
  of: { readonly component: string; readonly source: string; readonly digest: string }
  children?: Child
}) {
  return (
    <ComponentFacts of={props.of}>
      <dt>Digest</dt>
      <dd>
        <code>{props.of.digest}</code>
      </dd>
      {props.children}
    </ComponentFacts>
  )
}

/** In a form that gives something: to what the page has shown, and to nothing else. */
export function Seen({ of }: { of: { readonly seen: string } }) {
  return <input type="hidden" name="seen" value={of.seen} />
}
