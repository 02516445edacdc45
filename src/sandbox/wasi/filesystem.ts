// wasi:filesystem with no preopened directory: toolchains import it whether a component touches files or
// not. Without a directory there is no descriptor, so no method below is ever reached with one.

class Descriptor {}
class DirectoryEntryStream {}

export function filesystem(): Record<string, Record<string, unknown>> {
  return {
    'wasi:filesystem/preopens': { getDirectories: () => [] },
    'wasi:filesystem/types': {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: () => undefined,
    },
  }
}
