//! The recognizer with a scripted locator, and the self-tests of the models.

use common::model::file::Metadata as _;
use common::model::{ModelInfo, SelfTest};
use common::{Card, Quad, Size};
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

use super::*;
use crate::recognize::fake::ScriptedLocator;
use crate::recognize::locate::full_frame;
use crate::recognize::reader::MAX_OBSERVATIONS;

#[test]
fn each_located_card_is_named_where_it_lies() {
    let cards: [Card; 3] =
        ["ace of spades", "nine of hearts", "two of clubs"].map(|name| name.parse().unwrap());
    let options = SceneOptions {
        style: Some(Style::classic()),
        rotation_degrees: -10.0..10.0,
        ..SceneOptions::default()
    };
    let scene = draw_scene(&cards, &options, 3);
    let corners: Vec<Quad> = scene.cards.iter().map(|card| card.corners_in_frame).collect();
    let apart = |at: u16| common::Rect::new(f32::from(at * 20), 0.0, 15.0, 21.0).to_quad();
    let crowd: Vec<Quad> = (0..27).map(apart).collect();
    let locator = ScriptedLocator::new([corners.clone(), crowd]);
    let recognizer = Recognizer::load(None).unwrap().with_locator(Box::new(locator));
    assert_eq!(recognizer.mode(), Mode::Auto);
    let frame = scene.image.into();
    let recognition = recognizer.recognize(&frame).unwrap();
    let named: Vec<_> =
        recognition.observations.iter().map(|seen| (seen.card, seen.corners_in_frame)).collect();
    assert_eq!(named, cards.into_iter().zip(corners).collect::<Vec<_>>());
    let crowded = recognizer.recognize(&frame).unwrap();
    assert_eq!(crowded.observations.len(), MAX_OBSERVATIONS);
    let middle = recognizer.recognize(&frame).unwrap().observations;
    let corners: Vec<Quad> = middle.iter().map(|seen| seen.corners_in_frame).collect();
    assert_eq!(corners, [full_frame(Size::new(640, 480))], "the locator finds nothing");
}

#[test]
fn cards_that_lie_on_one_another_are_looked_at_twice() {
    let card = |left: f32| common::Rect::new(left, 100.0, 100.0, 140.0).to_quad();
    let frames = [vec![card(20.0), card(200.0)], vec![card(20.0), card(60.0)]];
    let locator = ScriptedLocator::new(frames).finding_again(vec![card(21.0), card(100.0)]);
    let recognizer = Recognizer::load(None).unwrap().with_locator(Box::new(locator));
    let frame: FrameImage = image::RgbImage::new(640, 480).into();
    let work = || {
        let work = recognizer.recognize(&frame).unwrap().work;
        (work.detections, work.refinements)
    };
    assert_eq!(work(), (1, 2), "side by side");
    assert_eq!(work(), (2, 3), "the second look finds one card more");
}

#[test]
fn the_default_models_pass_their_self_tests() {
    let recognizer = Recognizer::load(None).unwrap();
    assert_eq!(recognizer.classifier().self_test().unwrap(), SelfTestOutcome::Passed);
    let locator = load_locator(None, Engine::default()).unwrap();
    assert_eq!(locator.self_test().unwrap(), SelfTestOutcome::Passed);
}

#[test]
fn a_model_whose_answer_differs_from_that_of_its_export_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.onnx");
    let info = Recognizer::load(None).unwrap().classifier().info().clone();
    let (side, classes) = (info.side, info.classes.len());
    let image = image::RgbImage::new(side, side);
    let other = SelfTest { image, answer: vec![1000.0; classes] };
    let other = ModelInfo { self_test: Some(other), ..info };
    std::fs::write(&path, [DEFAULT_CLASSIFIER, &encode_metadata(&other)].concat()).unwrap();
    assert!(Recognizer::load(Some(&path)).is_ok());
    let error = Recognizer::load_and_test(Some(&path)).err().unwrap().to_string();
    assert!(error.contains("instead of 1000"), "{error}");
}

/// Returns metadata that replaces that of an ONNX file when it is appended. In Protocol
/// Buffers, a repeated field may be continued at the end: `metadata_props` is field 14, with
/// the key as field 1 and the value as field 2.
fn encode_metadata(info: &ModelInfo) -> Vec<u8> {
    let field = |tag: u8, content: &[u8]| {
        let mut bytes = vec![tag];
        let mut length = content.len();
        while length >= 0x80 {
            bytes.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        [&bytes, content].concat()
    };
    let entries = info.to_props().into_iter().map(|(key, value)| {
        let entry = [field(0x0a, key.as_bytes()), field(0x12, value.as_bytes())].concat();
        field(0x72, &entry)
    });
    entries.flatten().collect()
}
