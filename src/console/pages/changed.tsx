// What a form that gives something is answered when another component, or another version of it, has the name by then.

import { Message } from './message.tsx'

/** `href`: the page whose form it was. */
export function ChangedPage({ href }: { href: string }) {
  const next = { href, text: 'Look at it as it is now' }
  return <Message title="It has changed" text={CHANGED} next={next} />
}

const CHANGED =
  'The component of this name, its version or its description is not what the page showed you any more. Nothing was ' +
  'stored.'
