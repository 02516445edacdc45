// A component that asks for http://demo.test/ and then ends itself, as programs do that cannot go on. It is
// written in WAT: no toolchain's library would do it in so few calls.

import { fromCore } from './wat.ts'

/** The parts of WASI 0.2.4 that it calls, as WASI has them. */
const WIT = `
package test:quitter@0.1.0;
world quitter {
  import wasi:io/poll@0.2.4;
  import wasi:http/types@0.2.4;
  import wasi:http/outgoing-handler@0.2.4;
  import wasi:cli/exit@0.2.4;
  export fetch-and-quit: func();
}
package wasi:io@0.2.4 { interface poll { resource pollable { block: func(); } } }
package wasi:cli@0.2.4 { interface exit { exit: func(status: result); } }
package wasi:http@0.2.4 {
  interface types {
    use wasi:io/poll@0.2.4.{pollable};
    variant scheme { HTTP, HTTPS, other(string) }
    resource fields { constructor(); }
    resource outgoing-request {
      constructor(headers: fields);
      set-scheme: func(scheme: option<scheme>) -> result;
      set-authority: func(authority: option<string>) -> result;
    }
    resource request-options { constructor(); }
    resource future-incoming-response { subscribe: func() -> pollable; }
    variant error-code { internal-error(option<string>) }
  }
  interface outgoing-handler {
    use types.{outgoing-request, request-options, future-incoming-response, error-code};
    handle: func(
      request: outgoing-request,
      options: option<request-options>,
    ) -> result<future-incoming-response, error-code>;
  }
}`

/** At 64 the answer of `handle`: at 68 the response that is to come. */
const CORE = `(module
  (import "wasi:http/types@0.2.4" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.4" "[constructor]outgoing-request"
    (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]outgoing-request.set-scheme"
    (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]outgoing-request.set-authority"
    (func $authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]future-incoming-response.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "wasi:http/outgoing-handler@0.2.4" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:io/poll@0.2.4" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:cli/exit@0.2.4" "exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "demo.test")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "fetch-and-quit") (local $r i32)
    (local.set $r (call $request (call $fields)))
    (drop (call $scheme
      (local.get $r) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $authority (local.get $r) (i32.const 1) (i32.const 16) (i32.const 9)))
    (call $handle (local.get $r) (i32.const 0) (i32.const 0) (i32.const 64))
    (call $block (call $subscribe (i32.load (i32.const 68))))
    (call $exit (i32.const 1))))`

export function quitter(): Promise<Uint8Array> {
  return fromCore(WIT, CORE)
}
