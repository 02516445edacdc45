//! A Python interpreter, RustPython, as two functions.

wit_bindgen::generate!({ path: "wit", world: "python" });

use ruff_python_ast::Stmt;
use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::compiler::Mode;
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, Interpreter, PyObjectRef, PyResult, VirtualMachine};

include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// What an expression finds without an import.
const AT_HAND: &str = "import math, statistics, json, re, datetime";

/// What the library wants to know of the time zone and WASI does not say.
const CLOCK: &str = "import time
if not hasattr(time, 'tzname'):
    time.tzname, time.timezone, time.altzone, time.daylight = ('UTC', 'UTC'), 0, 0, 0
";

struct Component;

export!(Component);

impl Guest for Component {
    fn eval(expression: String) -> Result<String, String> {
        interpreter().enter(|vm| {
            let scope = vm.new_scope_with_builtins();
            let value = set_clock(vm)
                .and_then(|()| run(vm, &scope, AT_HAND, Mode::Exec))
                .and_then(|_| run(vm, &scope, expression.trim(), Mode::Eval))
                .and_then(|value| repr(vm, &value));
            value.map_err(|error| traceback(vm, &error))
        })
    }

    fn exec(code: String) -> Result<Output, String> {
        interpreter().enter(|vm| {
            let failed = |error: PyBaseExceptionRef| traceback(vm, &error);
            let scope = vm.new_scope_with_builtins();
            set_clock(vm).map_err(failed)?;
            let (stdout, stderr) = capture(vm).map_err(failed)?;
            let (program, last) = split(&code);
            let ended = run(vm, &scope, program, Mode::Exec).and_then(|_| {
                let value = match &last {
                    Some(expression) => run(vm, &scope, expression, Mode::Eval)?,
                    None => return Ok(None),
                };
                let shown = !vm.is_none(&value);
                shown.then(|| repr(vm, &value)).transpose()
            });
            let stdout = text(vm, &stdout).map_err(failed)?;
            let stderr = text(vm, &stderr).map_err(failed)?;
            match ended {
                Ok(value) => Ok(Output {
                    stdout,
                    stderr,
                    value,
                }),
                Err(error) if is_clean_exit(vm, &error) => Ok(Output {
                    stdout,
                    stderr,
                    value: None,
                }),
                Err(error) => Err(format!("{stdout}{stderr}{}", traceback(vm, &error))),
            }
        })
    }
}

fn interpreter() -> Interpreter {
    let builder = Interpreter::builder(Default::default());
    let native = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    builder
        .add_native_modules(&native)
        .add_frozen_modules(LIBRARY)
        .build()
}

fn set_clock(vm: &VirtualMachine) -> PyResult<()> {
    run(vm, &vm.new_scope_with_builtins(), CLOCK, Mode::Exec).map(drop)
}

fn run(vm: &VirtualMachine, scope: &Scope, source: &str, mode: Mode) -> PyResult {
    let code = vm
        .compile(source, mode, "<code>".to_owned())
        .map_err(|error| error.into_pyexception(vm, Some(source)))?;
    vm.run_code_obj(code, scope.clone())
}

/// The program without its last statement, and that one, if it is an expression. Line breaks in front of
/// it keep its lines counted from the beginning.
fn split(code: &str) -> (&str, Option<String>) {
    let parsed = ruff_python_parser::parse_module(code);
    let Ok(Some(Stmt::Expr(last))) = parsed.as_ref().map(|parsed| parsed.syntax().body.last())
    else {
        return (code, None);
    };
    let (start, end) = (last.range.start().to_usize(), last.range.end().to_usize());
    let lines = code[..start].matches('\n').count();
    (
        &code[..start],
        Some(format!("{}{}", "\n".repeat(lines), &code[start..end])),
    )
}

/// Puts a text buffer in the place of `sys.stdout` and one in the place of `sys.stderr`.
fn capture(vm: &VirtualMachine) -> PyResult<(PyObjectRef, PyObjectRef)> {
    let buffer = vm.import("io", 0)?.get_attr("StringIO", vm)?;
    let stdout = buffer.call((), vm)?;
    let stderr = buffer.call((), vm)?;
    vm.sys_module.set_attr("stdout", stdout.clone(), vm)?;
    vm.sys_module.set_attr("stderr", stderr.clone(), vm)?;
    Ok((stdout, stderr))
}

fn text(vm: &VirtualMachine, buffer: &PyObjectRef) -> PyResult<String> {
    let value = vm.call_method(buffer, "getvalue", ())?;
    Ok(value.str(vm)?.to_string())
}

fn repr(vm: &VirtualMachine, value: &PyObjectRef) -> PyResult<String> {
    Ok(value.repr(vm)?.to_string())
}

fn is_clean_exit(vm: &VirtualMachine, error: &PyBaseExceptionRef) -> bool {
    error.fast_isinstance(vm.ctx.exceptions.system_exit)
        && match error.get_arg(0) {
            None => true,
            Some(code) => {
                vm.is_none(&code) || code.repr(vm).is_ok_and(|code| code.as_bytes() == b"0")
            }
        }
}

fn traceback(vm: &VirtualMachine, error: &PyBaseExceptionRef) -> String {
    let mut lines = String::new();
    // Writing to a string does not fail.
    let _ = vm.write_exception(&mut lines, error);
    lines
}
