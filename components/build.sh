#!/usr/bin/env bash
# Rebuilds modules from source, next to their sources:
#
#   components/build.sh [<component>]...     all of them without arguments
#
# CARGO_TARGET_DIR names a folder to keep between two runs; without it every run begins from nothing.
#
# Debian 12 with its security updates:
#   apt-get install --no-install-recommends cargo-web rustc-web rust-web-src \
#     clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32
# With cargo:
#   cargo install wasm-tools@1.263.0 wit-bindgen-cli@0.63.0 wasm-component-ld@0.5.31
# With npm, for json-tools and for python:
#   npm install --global componentize-qjs@0.4.5 binaryen@132.0.0
#
# Debian ships no Rust standard library for WebAssembly, so cargo builds it from rust-web-src. With
# rustup, `rustup target add` and a plain `cargo build --release --target` do the same.
set -euo pipefail

components="fetch time text-stats filesystem memory weather github arxiv read-page chart python json-tools"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
target_dir=${CARGO_TARGET_DIR:-$work/target}
trap 'rm -rf "$work"' EXIT

missing=0
need() { # <package> <file or command>
  [ -e "$2" ] || command -v "$2" >/dev/null || { echo "missing: $2 ($1)" >&2; missing=1; }
}
need "Debian: cargo-web" /usr/bin/cargo
need "Debian: rustc-web" /usr/bin/rustc
need "Debian: rust-web-src" /usr/lib/rustlib/src/rust/library/Cargo.lock
need "Debian: clang-19" clang-19
need "Debian: lld-19" wasm-ld-19
need "Debian: wasi-libc" /usr/lib/wasm32-wasi/libc.a
need "Debian: libclang-rt-19-dev-wasm32" \
  /usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a
need "cargo install wasm-tools" wasm-tools
need "cargo install wit-bindgen-cli" wit-bindgen
need "cargo install wasm-component-ld" wasm-component-ld
case " ${*:-json-tools} " in
  *" json-tools "*) need "npm install componentize-qjs" componentize-qjs ;;
esac
case " ${*:-python} " in
  *" python "*) need "npm install binaryen" wasm-opt ;;
esac
[ $missing = 0 ] || exit 1

# RUSTC_BOOTSTRAP admits the -Z options. Without panic locations no path of this machine gets into a
# module. `cargo_options` is for python.
cargo_options=()
cargo_build() { # <folder> <target> [rustc flag]...
  (
    cd "$1"
    target=$2
    shift 2
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_DIR="$target_dir" \
      RUSTFLAGS="-Zlocation-detail=none $*" \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
      CARGO_TARGET_WASM32_WASIP2_LINKER=wasm-component-ld \
      /usr/bin/cargo build "${cargo_options[@]}" -Zbuild-std=std,panic_abort --release --target "$target"
    rm Cargo.lock
  )
}

# Without WASI in std: the module imports what its WIT names, and nothing else.
build_bare_rust() { # <folder> <name>
  cargo_build "$1" wasm32-unknown-unknown
  wasm-tools component new "$target_dir/wasm32-unknown-unknown/release/${2//-/_}.wasm" \
    -o "$1/$2.wasm"
}

# With WASI in std, through wasi-libc and the preview 1 adapter inside wasm-component-ld.
build_wasi_rust() { # <folder> <name> [rustc flag]...
  local libc=/usr/lib/wasm32-wasi wasm_ld=${wasm_ld:-$(type -P wasm-ld-19)}
  cargo_build "$1" wasm32-wasip2 "${@:3}" \
    "-L$libc" "-Clink-arg=$libc/crt1-reactor.o" "-Clink-arg=--wasm-ld-path=$wasm_ld"
  cp "$target_dir/wasm32-wasip2/release/${2//-/_}.wasm" "$1/$2.wasm"
}

# The same for a program with a `main`.
build_wasi_command() { # <folder> <name>
  local wasm_ld=${wasm_ld:-$(type -P wasm-ld-19)}
  cargo_build "$1" wasm32-wasip2 -L/usr/lib/wasm32-wasi "-Clink-arg=--wasm-ld-path=$wasm_ld"
  cp "$target_dir/wasm32-wasip2/release/${2//-/_}.wasm" "$1/$2.wasm"
}

# RustPython, which is large: without the modules that a tool has no use for, and smaller by wasm-opt
# between wasm-ld and the component.
build_python() { # <folder> <name>
  local crates=${CARGO_HOME:-$HOME/.cargo}/registry/src library=$target_dir/rustpython-stdlib
  local wasm_ld=$target_dir/wasm-ld cargo_options=() path remap=()

  (cd "$1" && /usr/bin/cargo fetch && rm Cargo.lock)
  mkdir -p "$target_dir"
  rm -rf "$library"
  cp -r "$crates"/*/rustpython-stdlib-0.6.0 "$library"
  rm -f "$library/Cargo.lock"
  sed -i -E '/^ *(mod )?(_asyncio|_remote_debugging|bz2|cjkcodecs|lzma)(::|;)/d' "$library/src/lib.rs"
  cargo_options=(--config "patch.crates-io.rustpython-stdlib.path='$library'")

  # One of RustPython's crates accepts any malachite-bigint, and then gets another one than the rest.
  (
    cd "$1"
    /usr/bin/cargo generate-lockfile "${cargo_options[@]}"
    sed -n '/^name = "malachite-bigint"/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock |
      { grep -vx 0.12.0 || true; } | while read -r later; do
        /usr/bin/cargo update "${cargo_options[@]}" "malachite-bigint@$later" --precise 0.12.0
      done
  )

  # `file!()` in a crate is a path that -Zlocation-detail leaves.
  for path in "$crates"/* "$library"; do remap+=("--remap-path-prefix=$path=crates"); done

  clang-19 --target=wasm32-wasi --sysroot=/usr -O2 -c "$1/debian/wasi-libc.c" \
    -o "$target_dir/wasi-libc.o"
  cat > "$wasm_ld" <<'WASM_LD'
#!/usr/bin/env bash
set -euo pipefail
wasm-ld-19 "$@"
while [ "$1" != -o ]; do shift; done
wasm-opt -Oz --enable-bulk-memory --enable-bulk-memory-opt --enable-call-indirect-overlong \
  --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int \
  --enable-reference-types --enable-sign-ext "$2" -o "$2"
WASM_LD
  chmod +x "$wasm_ld"
  WASI_LIBC_ADDITIONS=$target_dir/wasi-libc.o build_wasi_rust "$1" "$2" "${remap[@]}"
}

# QuickJS with the script inside. It asks WASI for nothing, so what the engine imports becomes traps. The
# engine carries the paths of the machine that it was built on; they give way to as many dots.
build_js() { # <folder> <name>
  componentize-qjs --wit "$1/wit" --js "$1/src/$2.js" --module-root "$1/src" \
    --opt-size --sync --stub-wasi -o "$1/$2.wasm"
  perl -pi -e 's{/home/[^/]*/\.cargo/(?:registry/src|git/checkouts)/[^/]*/}
    {"crates" . "." x (length($&) - 7) . "/"}gex' "$1/$2.wasm"
}

build_c() { # <folder> <name>
  wit-bindgen c "$1/wit" --world "$2" --rename-world bindings --out-dir "$work/c"
  clang-19 --target=wasm32-wasi --sysroot=/usr -mexec-model=reactor -Oz -flto -Wall -Wextra \
    -Wl,--strip-all -I"$work/c" \
    "$1"/src/*.c "$work/c/bindings.c" "$work/c/bindings_component_type.o" -o "$work/$2.wasm"
  wasm-tools component new "$work/$2.wasm" -o "$1/$2.wasm"
}

# Adds the `///` comments of the WIT as the section `package-docs`, which component toolchains drop.
# The world goes by the name that it has in a component.
embed_docs() { # <folder> <name>
  local package=$work/package.wasm docs=$work/docs start end size
  wasm-tools component wit "$1/wit" --wasm -o "$package"
  read -r start end < <(wasm-tools objdump "$package" |
    sed -n 's/.*"package-docs" *| *\(0x[^ ]*\) *- *\(0x[^ ]*\).*/\1 \2/p')
  tail -c +$((start + 1)) "$package" | head -c $((end - start)) |
    sed "s/{\"worlds\":{\"$2\":/{\"worlds\":{\"root\":/" > "$docs"
  size=$(($(stat -c %s "$docs") + 13))
  { printf '\0'; leb128 "$size"; printf '\14package-docs'; cat "$docs"; } >> "$1/$2.wasm"
}

leb128() { # <number>
  local rest=$1
  while [ "$rest" -gt 127 ]; do
    printf '%b' "\\x$(printf %x $((rest & 127 | 128)))"
    rest=$((rest >> 7))
  done
  printf '%b' "\\x$(printf %x "$rest")"
}

[ $# -gt 0 ] || set -- $components probe drafts sockets mcp wasi3 io conformance intruder
for name in "$@"; do
  case $name in
    fetch | text-stats | weather | github | arxiv | read-page | chart)
      build=build_bare_rust folder=$root/components/$name
      ;;
    filesystem | memory) build=build_wasi_rust folder=$root/components/$name ;;
    python) build=build_python folder=$root/components/$name ;;
    json-tools) build=build_js folder=$root/components/$name ;;
    time) build=build_c folder=$root/components/$name ;;
    intruder) build=build_bare_rust folder=$root/components/hostile/$name ;;
    drafts | sockets | mcp | io | conformance) build=build_bare_rust folder=$root/test/fixtures/$name ;;
    program) build=build_wasi_command folder=$root/test/fixtures/$name ;;
    probe | wasi3) build=build_wasi_rust folder=$root/test/fixtures/$name ;;
    *) echo "unknown component: $name" >&2; exit 1 ;;
  esac
  "$build" "$folder" "$name"
  # Fixtures stay as their toolchain leaves them.
  [[ "$folder" = "$root"/test/* || "$folder" = */hostile/* ]] || embed_docs "$folder" "$name"
  echo "built $name"
done
