import { describe, expect, it } from 'vitest'
import { withStacks } from '../../src/compiler/stacks.ts'

const WAIT = 'while (_stacks.isPaused) await _stacks.over;'

function rewritten(generated: string): string {
  const made = withStacks(generated)
  if (!made.ok) throw new Error(made.error)
  return made.value
}

const call = (first: string) => `${first} = await  _withGlobalCurrentTaskMetaAsync({
  componentIdx: task.componentIdx(),
  taskID: task.id(),
  fn: () => _trackHostOperation(() => rsc0.sync({
    a: 1,
  })),
})
;`

describe('withStacks', () => {
  it('has the shell begin what may be suspended, callbacks too', () => {
    expect(rewritten('realloc0Async = WebAssembly.promising(exports1.cabi_realloc);')).toBe(
      'realloc0Async = _stacks.promising(exports1.cabi_realloc);',
    )
    const callback =
      "callback_0 = Object.assign(exports0['[callback]x'], { _jcoMaySuspend: false });"
    expect(rewritten(callback)).toBe("callback_0 = _stacks.promising(exports0['[callback]x']);")
  })

  it('waits for the function behind an export', () => {
    expect(rewritten('let postReturn3;\n  postReturn3(ret);\n')).toBe(
      'let postReturn3;\n  await postReturn3Async(ret);\n',
    )
    expect(rewritten('  postReturn4();\n')).toBe('  await postReturn4Async();\n')
    expect(withStacks('f = () => postReturn3(ret);').ok).toBe(false)
  })

  it('waits before arguments are lowered', () => {
    const begins = 'CURRENT_TASK_MAY_BLOCK.value = task.mayBlock() ? 1 : 0;'
    expect(rewritten(`  ${begins}\n`)).toBe(`  ${WAIT} ${begins}\n`)
  })

  it('waits before an answer of the host is lowered, and an error that is an answer', () => {
    const thrown = `} catch (err) {\n  throw err;\n}`
    expect(rewritten(`try { ${call('ret')}\n${thrown}`)).toBe(
      `try { ${call('ret')} ${WAIT}\n${thrown}`,
    )
    const lowered = `
      ret = hostRet3 !== null ? hostRet3 : { tag: 'ok', val: hostRet3};
    } catch (e) {
      if (getOrCreateAsyncState(0).markTrapped(e)) { throw e; }
      ret = { tag: 'err', val: getErrorPayload(e) };
    }`
    expect(rewritten(`try { ${call('const hostRet3')}${lowered}\nlower()`)).toBe(
      `try { ${call('const hostRet3')}${lowered} ${WAIT}\nlower()`,
    )
  })

  it('waits before something is put into a stream or a future that the guest reads', () => {
    expect(rewritten('const appended = await pendingValues.readSource();')).toBe(
      `const appended = await pendingValues.readSource(); ${WAIT}`,
    )
    expect(rewritten('  await hostWriteEnd.hostWrite({ value });')).toBe(
      `  ${WAIT} await hostWriteEnd.hostWrite({ value });`,
    )
    expect(rewritten('setTimeout(() => {\n try { completeCancel(); } finally {}}, 0)')).toBe(
      `setTimeout(async () => {\n ${WAIT} try { completeCancel(); } finally {}}, 0)`,
    )
  })

  it('drops a resource that nobody holds when no code is in its midst', () => {
    expect(rewritten('return new FinalizationRegistry(unregister);')).toBe(
      'return new FinalizationRegistry((handle) => _stacks.later(() => unregister(handle)));',
    )
  })

  it('leaves the task at hand to the shell', () => {
    expect(rewritten('const CURRENT_TASK_META = {};')).toBe(
      'const CURRENT_TASK_META = _stacks.task.byComponent;',
    )
    const global =
      "const CURRENT_TASK_MAY_BLOCK= globalThis.WebAssembly ? new globalThis.WebAssembly.Global({ value: 'i32', mutable: true }, 0) : false;"
    expect(rewritten(global)).toBe('const CURRENT_TASK_MAY_BLOCK = _stacks.task.mayBlock;')
  })

  it.each([
    'const CURRENT_TASK_META = new Map();',
    'const CURRENT_TASK_MAY_BLOCK = 0;',
    'x = () => pendingValues.readSource();',
    'void hostWriteEnd.hostWrite(x);',
    'queueMicrotask(() => { completeCancel(); })',
    'new FinalizationRegistry(drop)',
  ])('takes no other shape: %s', (generated) => {
    expect(withStacks(generated).ok).toBe(false)
  })
})
