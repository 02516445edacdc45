// Core modules as wrangler's module rules hand them to the Worker.
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

/** A secret that only a host in the middle of a rotation sets: `wrangler types` knows required ones only. */
interface Env {
  readonly SECRETS_KEY_PREVIOUS?: string
}
