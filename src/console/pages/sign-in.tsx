// Where a person chooses who says who they are, if the host named more than one provider.

import { Layout } from '../layout.tsx'

export function SignInPage(props: {
  choices: readonly { readonly id: string; readonly label: string }[]
  returnTo: string
  isFresh: boolean
}) {
  const { choices, returnTo, isFresh } = props
  const rest = `return_to=${encodeURIComponent(returnTo)}${isFresh ? '&fresh' : ''}`
  return (
    <Layout title="Sign in">
      <p>You are another person at each of these: choose the one that you came with before.</p>
      <ul>
        {choices.map(({ id, label }) => (
          <li>
            <a href={`/sign-in?via=${id}&${rest}`}>Sign in with {label}</a>
          </li>
        ))}
      </ul>
    </Layout>
  )
}
