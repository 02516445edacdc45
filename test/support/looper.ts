// A component that asks for one address again and again until it is refused, and says how often it was answered.
// Written in WAT, as `quitter.ts` is.

import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'

/** The parts of WASI 0.2.4 that it calls, as WASI has them; of the error codes the two that it may meet. */
const WIT = `
package test:looper@0.1.0;
world looper {
  import wasi:io/poll@0.2.4;
  import wasi:http/types@0.2.4;
  import wasi:http/outgoing-handler@0.2.4;
  /// Asks until it is refused: how often it was answered.
  export ask-until-refused: func() -> u32;
}
package wasi:io@0.2.4 { interface poll { resource pollable { block: func(); } } }
package wasi:http@0.2.4 {
  interface types {
    use wasi:io/poll@0.2.4.{pollable};
    variant scheme { HTTP, HTTPS, other(string) }
    resource fields { constructor(); }
    resource outgoing-request {
      constructor(headers: fields);
      set-scheme: func(scheme: option<scheme>) -> result;
      set-authority: func(authority: option<string>) -> result;
      set-path-with-query: func(path: option<string>) -> result;
    }
    resource request-options { constructor(); }
    resource incoming-response { status: func() -> u16; }
    resource future-incoming-response {
      subscribe: func() -> pollable;
      get: func() -> option<result<result<incoming-response, error-code>>>;
    }
    variant error-code { HTTP-request-denied, internal-error(option<string>) }
  }
  interface outgoing-handler {
    use types.{outgoing-request, request-options, future-incoming-response, error-code};
    handle: func(
      request: outgoing-request,
      options: option<request-options>,
    ) -> result<future-incoming-response, error-code>;
  }
}`

/** At 64 the answer of `handle`, its future at 68; at 128 that of `get`: its innermost case at 136. */
const core = (host: string, path: string): string => `(module
  (import "wasi:http/types@0.2.4" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.4" "[constructor]outgoing-request"
    (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]outgoing-request.set-scheme"
    (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]outgoing-request.set-authority"
    (func $authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]outgoing-request.set-path-with-query"
    (func $path (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]future-incoming-response.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.4" "[method]future-incoming-response.get"
    (func $get (param i32 i32)))
  (import "wasi:http/outgoing-handler@0.2.4" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:io/poll@0.2.4" "[method]pollable.block" (func $block (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "${host}")
  (data (i32.const 32) "${path}")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "ask-until-refused") (result i32) (local $r i32) (local $answered i32)
    (block $refused
      (loop $again
        (local.set $r (call $request (call $fields)))
        (drop (call $scheme
          (local.get $r) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
        (drop (call $authority (local.get $r) (i32.const 1) (i32.const 16) (i32.const ${host.length})))
        (drop (call $path (local.get $r) (i32.const 1) (i32.const 32) (i32.const ${path.length})))
        (call $handle (local.get $r) (i32.const 0) (i32.const 0) (i32.const 64))
        (br_if $refused (i32.load8_u (i32.const 64)))
        (call $block (call $subscribe (i32.load (i32.const 68))))
        (call $get (i32.load (i32.const 68)) (i32.const 128))
        (br_if $refused (i32.load8_u (i32.const 136)))
        (local.set $answered (i32.add (local.get $answered) (i32.const 1)))
        (br $again)))
    (local.get $answered)))`

/** At http://demo.test. */
export async function looper(): Promise<Uint8Array> {
  return await loopAt('demo.test', '/slow?ms=50')
}

/** At a place that is watched, where all of its requests take longer than any test lets it go on. */
export async function watchedLooper(): Promise<Uint8Array> {
  return await loopAt('watched.test', '/slow?ms=250')
}

async function loopAt(host: string, path: string): Promise<Uint8Array> {
  const binary = await parse(core(host, path))
  return componentNew(await componentEmbed({ binary, witSource: WIT }), [])
}
