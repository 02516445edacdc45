// The frame of every page. No script, no style of its own: the content security policy allows neither.

import type { Child } from 'hono/jsx'
import { neutralise, toldRule } from '../component/text.ts'

export function Layout(props: { title: string; person?: string; children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>{props.title} · wassette-edge</title>
        <link rel="icon" href="/icon.png" />
        <link rel="stylesheet" href="/console.css" />
      </head>
      <body>
        {props.person === undefined ? null : (
          <header>
            <a href="/console">Console</a>
            <a href="/console/catalogue">Catalogue</a>
            <a href="/console/calls">Calls</a>
            <a href="/console/labels">Labels</a>
            <a href="/console/clients">Clients</a>
            <form method="post" action="/sign-out">
              Signed in as <Theirs text={props.person} /> <button>Sign out</button>
            </form>
          </header>
        )}
        <h1>{props.title}</h1>
        {props.children}
      </body>
    </html>
  )
}

/** Words that somebody else chose: a client, a component, an issuer. Shown as a quotation, neutralised. */
export function Theirs(props: { text: string }) {
  return <span class="theirs">{neutralise(props.text, 300)}</span>
}

/** A rule, which means exactly what it says: nothing of it is left out unseen. */
export function Rule(props: { text: string }) {
  return <span class="theirs">{toldRule(props.text)}</span>
}

/** By the name that it gave itself, as another one may have, and the id that it alone has. */
export function Client(props: { name: string; id: string }) {
  return (
    <>
      <Theirs text={props.name} /> (client <Rule text={props.id} />)
    </>
  )
}

export function Time(props: { at: number }) {
  const text = new Date(props.at).toISOString()
  return <time datetime={text}>{text.replace('T', ' ').slice(0, 19)} UTC</time>
}
