// Core modules as wrangler's module rules hand them to the Worker.
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
