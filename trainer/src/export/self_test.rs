//! The self-tests that model files store: an image, and the network's answer to it.

use std::io;
use std::path::{Path, PathBuf};

use common::atomic::write_atomically;
use common::model::file::{Metadata, ModelFile, read_bytes};
use common::model::locator::coordinates;
use common::model::{
    Classifier, Locator, LocatorInfo, ModelError, ModelErrorKind, ModelInfo, SelfTest,
};
use common::prepare::PrepareError;
use prost::Message as _;
use renderer::self_test::{classifier_image, locator_frame};
use tract_onnx::pb::{ModelProto, StringStringEntryProto};

/// A self-test that can't be made or stored.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("can't draw the image of the self-test")]
    Image(#[from] PrepareError),
    #[error("can't write {path:?}")]
    Write { path: PathBuf, source: io::Error },
}

/// The self-test of a classifier: a drawn card and its logits.
///
/// # Errors
/// The network can't be run.
pub(crate) fn of_classifier(classifier: &Classifier) -> Result<SelfTest, SelfTestError> {
    let image = classifier_image(classifier.info().side)?;
    let answer = classifier.logits(image.as_raw())?;
    Ok(SelfTest { image, answer })
}

/// The self-test of a locator: a drawn frame and the corners that are located in it.
///
/// # Errors
/// A network can't be run.
pub(crate) fn of_locator(locator: &Locator) -> Result<SelfTest, ModelError> {
    let image = locator_frame();
    let answer = coordinates(&locator.locate(&image)?);
    Ok(SelfTest { image, answer })
}

/// Stores a self-test in a model file of either kind. Everything else in the file stays as it
/// is; a self-test that it has already is replaced.
///
/// # Errors
/// The file can't be used or written. It is unchanged then.
pub fn add_to_file(path: &Path) -> Result<(), SelfTestError> {
    let name = path.display().to_string();
    let bytes = read_bytes(path)?;
    let new = match ModelFile::<LocatorInfo>::decode(&bytes) {
        Ok(mut file) => {
            file.info.self_test = Some(of_locator(&Locator::from_bytes(&bytes, &name)?)?);
            encode(file)
        }
        // A classifier states no purpose, and is known by its classes.
        Err(ModelErrorKind::Purpose { .. } | ModelErrorKind::MissingKey { .. }) => {
            let mut file =
                ModelFile::<ModelInfo>::decode(&bytes).map_err(|kind| kind.of_file(&name))?;
            file.info.self_test = Some(of_classifier(&Classifier::from_bytes(&bytes, &name)?)?);
            encode(file)
        }
        Err(kind) => return Err(kind.of_file(&name).into()),
    };
    write_atomically(path, &new)
        .map_err(|source| SelfTestError::Write { path: path.to_owned(), source })
}

/// The bytes of a file with the metadata of its `info`.
fn encode<I: Metadata>(file: ModelFile<I>) -> Vec<u8> {
    let metadata_props = metadata_props(&file.info);
    ModelProto { metadata_props, ..file.proto }.encode_to_vec()
}

/// Metadata in the form of an ONNX file.
pub(crate) fn metadata_props(info: &impl Metadata) -> Vec<StringStringEntryProto> {
    let props = info.to_props().into_iter();
    props.map(|(key, value)| StringStringEntryProto { key, value }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::model::SelfTestOutcome;
    use std::fs;

    /// Removes the self-test of a default model, as in files of release 0.1, and adds one again.
    fn remove_and_add<I: Metadata + Clone + PartialEq + std::fmt::Debug>(
        name: &str,
        remove: fn(&mut I),
        run: fn(&Path) -> SelfTestOutcome,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
        let mut old = ModelFile::<I>::decode(&fs::read(models.join(name)).unwrap()).unwrap();
        remove(&mut old.info);
        fs::write(&path, encode(old.clone())).unwrap();
        assert_eq!(run(&path), SelfTestOutcome::NotStored);
        add_to_file(&path).unwrap();
        assert_eq!(run(&path), SelfTestOutcome::Passed);
        // The answer itself may differ between processors in its last digits.
        let mut new = ModelFile::<I>::decode(&fs::read(&path).unwrap()).unwrap();
        remove(&mut new.info);
        assert_eq!(new.info, old.info);
        assert!(new.proto.graph == old.proto.graph, "the networks of {name} have changed");
    }

    #[test]
    fn a_classifier_gets_a_self_test_that_it_passes() {
        remove_and_add::<ModelInfo>(
            "cardsight.onnx",
            |info| info.self_test = None,
            |path| Classifier::from_file(path).unwrap().self_test().unwrap(),
        );
    }

    #[test]
    fn a_locator_gets_a_self_test_that_it_passes() {
        remove_and_add::<LocatorInfo>(
            "locator.onnx",
            |info| info.self_test = None,
            |path| Locator::from_file(path).unwrap().self_test().unwrap(),
        );
    }

    #[test]
    fn a_file_that_is_not_a_model_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        fs::write(&path, "text").unwrap();
        let error = add_to_file(&path).unwrap_err().to_string();
        assert!(error.contains("model.onnx"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"text");
    }
}
