// wasi:config/store: the granted variables, the same set as wasi:cli/environment. Its drafts differ only in
// the name of the error type, and no error occurs here.

export function config(
  variables: () => readonly (readonly [string, string])[],
): Record<string, Record<string, unknown>> {
  return {
    'wasi:config/store': {
      get: (key: string) => variables().find(([name]) => name === key)?.[1],
      getAll: () => variables().map(([key, value]) => [key, value]),
    },
  }
}
