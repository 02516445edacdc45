// The core modules of a component, by the names that its glue asks for; written by `isolate.ts`.

export const cores: Readonly<Record<string, WebAssembly.Module>>
