//! Gives the program the commit that it is built from, and lets it find libtorch at run time.

use std::path::Path;

#[path = "../common/build/commit.rs"]
mod commit;

fn main() {
    println!("cargo:rustc-env=CARDSIGHT_COMMIT={}", commit::commit());
    find_libtorch();
}

/// Sets the run path, because the one that `torch-sys` sets does not reach the programs that
/// depend on it. Without the feature `torch`, cargo does not set the variable.
fn find_libtorch() {
    let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    if Path::new(&folder).join("libtorch_cuda.so").exists() {
        // The linker drops libtorch_cuda otherwise, because nothing refers to its symbols.
        println!("cargo:rustc-link-arg=-Wl,--no-as-needed,-ltorch_cuda,--as-needed");
    }
}
