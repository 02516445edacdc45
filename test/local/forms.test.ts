import { describe, expect, it } from 'vitest'
import { pageText, parseForms } from '../../local/forms.ts'

describe('parseForms', () => {
  it('carries hidden, prefilled and checked inputs, and leaves the rest', () => {
    const [form] = parseForms(`
      <form action="/go?a=1&amp;b=2" method=POST>
        <input type="hidden" name="handle" value="x&quot;y">
        <input name=word value='typed'>
        <input type=checkbox name=scope value="tools:call" checked>
        <input type=checkbox name=scope value="console">
        <input name=off value=1 disabled>
        <textarea name=note>
one &lt;two&gt;</textarea>
        <select name=life><option value=once>Once<option selected>always</select>
        <input type=submit name=decision value=allow>
        <button name="decision" value="deny" formaction="/no">No, <b>thanks</b></button>
        <button type=button name=decision value=nothing>?</button>
      </form>`)
    expect(form).toEqual({
      id: undefined,
      action: '/go?a=1&b=2',
      method: 'post',
      multipart: false,
      fields: [
        ['handle', 'x"y'],
        ['word', 'typed'],
        ['scope', 'tools:call'],
        ['note', 'one <two>'],
        ['life', 'always'],
      ],
      buttons: [
        { name: 'decision', value: 'allow', text: 'allow', action: undefined },
        { name: 'decision', value: 'deny', text: 'No, thanks', action: '/no' },
      ],
    })
  })

  it('gives a button outside to the form it names', () => {
    const [form] = parseForms(
      '<form id="f" method="post"></form><button form="f" name="go" value="1">Go</button>',
    )
    expect(form?.buttons).toMatchObject([{ name: 'go', value: '1' }])
  })

  it('sees no forms in comments and scripts', () => {
    expect(parseForms('<!-- <form></form> --><script>"<form></form>"</script>')).toEqual([])
  })
})

describe('pageText', () => {
  it('is what a person reads', () => {
    const page =
      '<head><title>T</title></head><style>p{}</style><h1>A &amp; B</h1>\n<p>&#x27;c&#39;</p>'
    expect(pageText(page)).toBe("A & B 'c'")
  })
})
