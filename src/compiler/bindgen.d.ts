/** What `build/isolates.ts` makes of jco's bindgen: a factory, one transpiler for each compile. */
declare module 'virtual:bindgen' {
  export type GenerateOptions = import('./options.ts').GenerateOptions
  export interface Generated {
    files: [string, Uint8Array][]
    imports: string[]
    exports: [string, 'function' | 'instance'][]
  }
  export function createBindgen(
    modules: readonly WebAssembly.Module[],
    wasi: Record<string, unknown>,
    instantiateCore: (
      module: WebAssembly.Module,
      imports?: WebAssembly.Imports,
    ) => Promise<WebAssembly.Instance>,
  ): Promise<{ generate(bytes: Uint8Array, options: GenerateOptions): Promise<Generated> }>
}
