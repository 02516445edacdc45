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
