//! Checks which crates a crate pulls in, with the features that matter: the device program needs
//! no renderer without its demo and never a network, the gateway needs no neural network, and the
//! trainer needs no libtorch without its feature `torch`.

use crate::process::{Outcome, cargo_output};

/// Options of `cargo tree`, and the packages that must not be in its output.
const FORBIDDEN: [(&[&str], &[&str]); 6] = [
    (&["-p", "common"], &["renderer", "edge", "trainer", "tch"]),
    (&["-p", "renderer"], &["edge", "trainer", "tch"]),
    (&["-p", "edge"], &["trainer", "tch", "gateway", "tokio", "hyper"]),
    (&["-p", "gateway"], &["common", "edge", "tract-onnx", "openssl-sys", "aws-lc-sys"]),
    (&["-p", "edge", "--no-default-features"], &["renderer"]),
    (&["-p", "trainer", "--no-default-features"], &["edge", "tch", "torch-sys"]),
];

pub fn check() -> Outcome {
    for (selection, forbidden) in FORBIDDEN {
        let options = ["tree", "--locked", "--edges", "normal", "--prefix", "none"];
        let tree = cargo_output(&[&options, selection].concat())?;
        if let Some(found) = forbidden_in(&tree, forbidden) {
            let selection = selection.join(" ");
            return Err(format!("cargo tree {selection} shows {found}, which must not be there"));
        }
    }
    Ok(())
}

/// The first forbidden package in the output of `cargo tree --prefix none`, whose lines begin with
/// a package's name.
fn forbidden_in<'a>(tree: &str, forbidden: &[&'a str]) -> Option<&'a str> {
    let mut names = tree.lines().filter_map(|line| line.split(' ').next());
    names.find_map(|name| forbidden.iter().find(|forbidden| **forbidden == name).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_package_is_found_by_its_complete_name() {
        let tree = "edge v0.2.0 (/edge)\nrenderer-like v1.0.0\ncommon v0.2.0 (/common) (*)";
        assert_eq!(forbidden_in(tree, &["renderer", "common"]), Some("common"));
        assert_eq!(forbidden_in(tree, &["renderer"]), None);
    }
}
