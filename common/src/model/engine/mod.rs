//! The engine that computes a network: which operators tract runs.
//!
//! tract parses, checks, optimises and runs every network. With [`Engine::Fast`], convolutions of
//! the crate `convolution` take the place of its own.
//!
//! - [`rewrite`]: a model with the fast operators
//! - [`layers`]: the convolutions of a model that can be replaced
//! - [`pixels_input`]: a model whose input are bytes
//! - [`operators`]: the fast operators
//! - [`activations`]: their memory

mod activations;
mod layers;
mod operators;
mod pixels_input;
mod rewrite;

use std::str::FromStr;

pub(super) use rewrite::with_fast_operators;

/// Which operators compute a network. Their answers agree within rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The convolutions of this project in place of tract's.
    #[default]
    Fast,
    /// tract's own operators only.
    Tract,
}

impl Engine {
    /// All engines.
    pub const ALL: [Self; 2] = [Self::Fast, Self::Tract];

    /// The name in configurations and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Tract => "tract",
        }
    }
}

/// A name that is not an engine's.
#[derive(Debug, thiserror::Error)]
#[error("there is no engine \"{0}\"; use \"fast\" or \"tract\"")]
pub struct UnknownEngine(String);

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        let engine = Self::ALL.into_iter().find(|engine| engine.name() == name);
        engine.ok_or_else(|| UnknownEngine(name.to_owned()))
    }
}
