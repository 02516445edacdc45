// The generated glue that `isolate.ts` puts beside the shell; it differs from component to component.

export function instantiate(
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Record<string, Record<string, unknown>>,
  instantiateCore: (
    module: WebAssembly.Module,
    imports?: Record<string, Record<string, unknown>>,
  ) => Promise<{ readonly exports: Readonly<Record<string, unknown>> }>,
  globals: Record<string, unknown>,
): Promise<Record<string, unknown>>
