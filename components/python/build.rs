//! Chooses the modules of Python's standard library that are compiled into the component.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules and packages that make sense without a network, threads, processes or a terminal. A name with a
/// slash is one module of a package.
const MODULES: &str = "
    __future__ _collections_abc _colorize _compat_pickle _markupbase _opcode_metadata _py_warnings _pydecimal
    _sitebuiltins _strptime _threading_local _weakrefset abc annotationlib argparse ast base64 bisect
    calendar codecs codeop collections colorsys contextlib contextvars copy copyreg csv dataclasses datetime
    decimal difflib dis encodings enum fnmatch fractions functools genericpath gettext glob graphlib hashlib heapq
    hmac html importlib/__init__ importlib/_abc importlib/_bootstrap importlib/_bootstrap_external
    importlib/abc importlib/machinery importlib/util inspect io ipaddress json keyword linecache locale
    logging/__init__ ntpath numbers opcode operator os pathlib pickle posixpath pprint quopri random re
    reprlib secrets shlex signal site stat statistics string struct stringprep textwrap threading token tokenize
    tomllib traceback types typing urllib/__init__ urllib/parse uuid warnings weakref
    xml/__init__ xml/etree
";

/// Encodings that the interpreter or ordinary programs ask for; the tables of old code pages stay out.
const ENCODINGS: [&str; 14] = [
    "__init__",
    "aliases",
    "ascii",
    "base64_codec",
    "cp1252",
    "cp437",
    "hex_codec",
    "idna",
    "latin_1",
    "punycode",
    "raw_unicode_escape",
    "utf_16",
    "utf_8",
    "utf_8_sig",
];

fn main() {
    let library = Path::new(rustpython_pylib::LIB_PATH);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let chosen = out.join("Lib");
    let _ = fs::remove_dir_all(&chosen);
    fs::create_dir_all(&chosen).expect("a folder below OUT_DIR");
    for name in MODULES.split_whitespace() {
        let file = format!("{name}.py");
        if library.join(name).is_dir() {
            copy_package(&library.join(name), &chosen.join(name));
        } else {
            let to = chosen.join(&file);
            fs::create_dir_all(to.parent().expect("below a folder"))
                .expect("a folder below OUT_DIR");
            fs::copy(library.join(&file), to).unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
    fs::write(
        out.join("frozen.rs"),
        "pub const LIBRARY: &rustpython_vm::frozen::FrozenLib = rustpython_vm::py_freeze!(dir = \"Lib\");",
    )
    .expect("a file below OUT_DIR");

    // Python calls nest deeper in Rust than the 1 MiB that the linker gives by default.
    println!("cargo:rustc-link-arg-cdylib=-zstack-size=8388608");
    // An object file with what an old wasi-libc lacks.
    println!("cargo:rerun-if-env-changed=WASI_LIBC_ADDITIONS");
    if let Some(object) = std::env::var_os("WASI_LIBC_ADDITIONS") {
        println!("cargo:rustc-link-arg-cdylib={}", object.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
}

fn copy_package(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder below OUT_DIR");
    for entry in fs::read_dir(from).expect("a readable package") {
        let path = entry.expect("a readable package").path();
        let name = path.file_name().expect("an entry has a name");
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if name != "__pycache__" && name != "test" {
                copy_package(&path, &to.join(name));
            }
        } else if path.extension().is_some_and(|extension| extension == "py")
            && (!from.ends_with("encodings") || ENCODINGS.contains(&stem))
        {
            fs::copy(&path, to.join(name)).expect("a readable module");
        }
    }
}
