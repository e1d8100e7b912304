# shellcheck shell=bash
# Sourced by tests/run.sh: checks within seconds that this machine has what the checks and tests
# need, and installs what is missing where that is possible.

# One requirement on each line: the command that must succeed, the Debian packages that bring it, and
# what needs it.
requirements() {
    cat <<'TABLE'
can_compile cc c                    | gcc libc6-dev | Rust links programs with it
can_compile c++ c++                 | g++           | libtorch's Rust bindings (torch-sys) compile C++
python3 -c 'import ast, zipfile'    | python3       | trainer/fetch-libtorch.sh and the check of scripts
has_libtorch_or_pip                 | python3-pip   | trainer/fetch-libtorch.sh downloads with it
runs "${CHROMIUM:-chromium}"        | chromium      | a test looks at a training report in it
runs promtool                       | prometheus    | a test checks the metrics of the gateway with it
ffmpeg -version >/dev/null          | ffmpeg        | a test of the device program plays a clip
runs git                            | git           | the programs' version names the commit
runs dpkg-deb                       | dpkg          | tests/push.sh and tests/package.sh build packages
runs getconf                        | libc-bin      | tests/push.sh
runs shellcheck                     | shellcheck    | the check of scripts
TABLE
}

runs() {
    "$1" --version >/dev/null 2>&1
}

# can_compile COMPILER LANGUAGE: the compiler works and finds its library.
can_compile() {
    local folder status=0 source='#include <stdio.h>
int main(void) { return 0; }'
    [ "$2" = c ] || source='#include <string>
int main() { return std::string().size(); }'
    folder=$(mktemp -d)
    echo "$source" | "$1" -x "$2" - -o "$folder/program" 2>/dev/null || status=1
    rm -rf "$folder"
    return $status
}

has_libtorch_or_pip() {
    [ -n "${LIBTORCH:-}" ] || [ -f trainer/libtorch/build-version ] || python3 -m pip --version >/dev/null 2>&1
}

# Prints the packages of all requirements that are not met, one on each line, and the reasons on
# stderr.
missing_packages() {
    local check packages reason package
    while IFS='|' read -r check packages reason; do
        if ! eval "$check" 2>/dev/null; then
            # Without the blanks of the table.
            read -r packages <<<"$packages"
            read -r reason <<<"$reason"
            echo "tests: $packages is missing: $reason" >&2
            for package in $packages; do echo "$package"; done
        fi
    done < <(requirements)
}

# Rust is checked first, because the package manager does not bring it.
check_rust() {
    local wanted=1.91 found component
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) || true
    if [ -z "$found" ] || [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        echo "tests: Rust $wanted or newer is needed, found: ${found:-none};" \
            "see https://www.rust-lang.org/tools/install" >&2
        return 1
    fi
    for component in fmt clippy; do
        cargo $component --version >/dev/null 2>&1 || {
            echo "tests: cargo $component is missing; run: rustup component add rustfmt clippy" >&2
            return 1
        }
    done
}

# Checks everything, and installs Debian packages as root or by sudo. Fails with the names of
# the packages where that is not possible.
install_requirements() {
    local packages as_root=()
    check_rust || return 1
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "tests: install these (the names are those of Debian's packages) and start again: ${packages[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "tests: as root, run: apt-get install ${packages[*]}" >&2
            return 1
        }
        as_root=(sudo)
    fi
    echo "tests: installing ${packages[*]}" >&2
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || {
        echo "tests: apt-get can't install ${packages[*]}; install them in another way" >&2
        return 1
    }
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} = 0 ] || {
        echo "tests: ${packages[*]} was installed, but does not work; see the line above" >&2
        return 1
    }
}
