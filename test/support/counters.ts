// A component with two resources of one name, in two interfaces. Either counts how many of both have ended.

import { fromCore } from './wat.ts'

const WIT = `package t:two@1.0.0;
interface a {
  resource counter { constructor(start: u32); get: func() -> u32; }
  /// Resources of this component that have ended.
  ended: func(of: borrow<counter>) -> u32;
  many: func(count: u32) -> list<counter>;
}
interface b {
  use a.{counter as tally};
  /// Takes nothing above 100.
  resource counter { constructor(start: u32) -> result<counter, u32>; tenfold: func() -> u32; }
  total: func(one: borrow<tally>, two: borrow<counter>) -> u32;
  same: func(one: tally) -> tally;
}
world two { export b; export a; }`

const CORE = `(module
  (import "[export]t:two/a@1.0.0" "[resource-new]counter" (func $new-a (param i32) (result i32)))
  (import "[export]t:two/b@1.0.0" "[resource-new]counter" (func $new-b (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $ended (mut i32) (i32.const 0))
  (func $end (param i32) (global.set $ended (i32.add (global.get $ended) (i32.const 1))))
  (export "t:two/a@1.0.0#[dtor]counter" (func $end))
  (export "t:two/b@1.0.0#[dtor]counter" (func $end))
  (func (export "t:two/a@1.0.0#[constructor]counter") (param i32) (result i32)
    (call $new-a (local.get 0)))
  (func (export "t:two/a@1.0.0#[method]counter.get") (param i32) (result i32) (local.get 0))
  (func (export "t:two/a@1.0.0#ended") (param i32) (result i32) (global.get $ended))
  (func (export "t:two/a@1.0.0#many") (param $count i32) (result i32)
    (local $i i32)
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $i) (local.get $count)))
      (i32.store
        (i32.add (i32.const 1024) (i32.mul (local.get $i) (i32.const 4)))
        (call $new-a (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (i32.store (i32.const 16) (i32.const 1024))
    (i32.store (i32.const 20) (local.get $count))
    (i32.const 16))
  (func (export "t:two/b@1.0.0#[constructor]counter") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 100))
      (then (i32.store (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (local.get 0)))
      (else
        (i32.store (i32.const 16) (i32.const 0))
        (i32.store (i32.const 20) (call $new-b (local.get 0)))))
    (i32.const 16))
  (func (export "t:two/b@1.0.0#[method]counter.tenfold") (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 10)))
  (func (export "t:two/b@1.0.0#total") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "t:two/b@1.0.0#same") (param i32) (result i32) (local.get 0)))`

export const twoCounters = (): Promise<Uint8Array> => fromCore(WIT, CORE)
