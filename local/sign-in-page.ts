// The pages of the local identity provider. Static HTML: nothing a request carries is written into them.
import type { Person } from './people.ts'

export function signInPage(people: readonly Person[]): string {
  const buttons = people.map(
    ({ login, name }) =>
      `<button name="login" value="${login}">${name}${login === 'host' ? ' (runs the server)' : ''}</button>`,
  )
  return page(
    'Who are you?',
    `<form method="post">${buttons.join('\n')}</form>
<p>No password: this identity provider runs on your own machine, answers on 127.0.0.1 only, and knows people who
do not exist. A deployed server signs people in with a provider of its host's choice.</p>`,
  )
}

/** `form` is oidc-provider's own form; its buttons belong to it by the form's id. */
export function signOutPage(form: string): string {
  return page(
    'Sign out?',
    `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`,
  )
}

export function signedOutPage(): string {
  return page('Signed out', '<p>You can close this page.</p>')
}

export function failurePage(): string {
  return page(
    'This sign-in cannot go on',
    '<p>It was started too long ago, in another browser, or the server was restarted meanwhile. Start again from where you came.</p>',
  )
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 4rem auto; padding: 0 1rem }
button { display: block; width: 100%; margin: .5rem 0; padding: .7rem; font: inherit; text-align: left }
</style>
<h1>${title}</h1>
${body}
</html>
`
}
