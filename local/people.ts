// The three people of a local stack. `host` is who runs the server; the other two are there to be kept apart.
export type Person = { login: string; name: string; email: string }

export const PEOPLE: readonly Person[] = [
  { login: 'alice', name: 'Alice', email: 'alice@people.test' },
  { login: 'bob', name: 'Bob', email: 'bob@people.test' },
  { login: 'host', name: 'Host', email: 'host@people.test' },
]

export function findPerson(people: readonly Person[], login: unknown): Person | undefined {
  return people.find((person) => person.login === login)
}
