//! What the two networks that find cards in a frame are trained on, scenes composed for it, and
//! the crops of such scenes for the classifier.
//! Independent of libtorch; `tasks::locator` trains the networks.
//!
//! - [`layers`]: the layers of the networks
//! - `photos`: labelled photographs, as backgrounds with known cards
//! - `stock`: what scenes are made of: cards, backgrounds, distractors
//! - `shape`: rounded and scaled rectangles, the colour of paper, straight alpha
//! - `faces`: printed faces and backs of other decks
//! - `backs`: drawn backs
//! - `distractors`: objects on tables that are not cards
//! - `canvas`: draws objects over one another and records what stays visible
//! - `scene`: one composed image and the truth about it
//! - [`target`]: that truth in the form in which the detector should answer it
//! - [`detector_examples`]: what a step of the detector sees
//! - [`refiner_examples`]: what a step of the refiner sees
//! - [`crops`]: cards of scenes as the device cuts them out, for the classifier
//! - [`measure`]: how many cards of drawn scenes a locator finds, and how exactly

pub(crate) mod backs;
mod canvas;
pub mod crops;
pub mod detector_examples;
mod distractors;
pub(crate) mod faces;
pub mod layers;
pub mod measure;
pub(crate) mod photos;
pub mod refiner_examples;
pub(crate) mod scene;
mod shape;
pub(crate) mod stock;
pub mod target;
