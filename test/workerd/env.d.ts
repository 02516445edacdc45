export {}

declare global {
  namespace Cloudflare {
    interface Env {
      MIGRATIONS: import('@cloudflare/vitest-plugin').D1Migration[]
      FETCH_WASM: ArrayBuffer
      FILESYSTEM_WASM: ArrayBuffer
      PYTHON_WASM: ArrayBuffer
      TIME_WASM: ArrayBuffer
      TEXT_STATS_WASM: ArrayBuffer
      PROBE_WASM: ArrayBuffer
      DRAFTS_WASM: ArrayBuffer
      SOCKETS_WASM: ArrayBuffer
      WASI3_WASM: ArrayBuffer
      IO_WASM: ArrayBuffer
    }
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    hostile: Record<string, string>
    odd: Record<string, string>
    echoes: readonly import('../support/echoes.ts').Echoes[]
  }
}
