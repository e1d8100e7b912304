//! Gives the program the commit that it is built from.

#[path = "../common/build/commit.rs"]
mod commit;

fn main() {
    println!("cargo:rustc-env=CARDSIGHT_COMMIT={}", commit::commit());
}
