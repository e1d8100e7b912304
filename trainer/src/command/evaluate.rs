//! `trainer evaluate`: what a model's answers on a folder of images are worth.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use common::model::Classifier;
use common::{ClassMap, Score};
use image::RgbImage;
use serde_json::json;
use tch::nn::VarStore;
use tch::{Device, Kind};

use crate::checkpoint::Checkpoint;
use crate::cli::EvaluateArgs;
use crate::command::export::held_out_of;
use crate::data::cache::{all_or_broken, decode_all};
use crate::data::dataset::Dataset;
use crate::data::duplicates::{fingerprints, has_one_alike, pairs};
use crate::export::parity::{Parity, compare};
use crate::input::normalized;
use crate::loader::Batch;
use crate::measure::Evaluation;
use crate::measure::text::describe;
use crate::network::Network;
use crate::progress;
use crate::weights::into_store;

/// A network to measure: on the device's own path, or as it was trained.
enum Model {
    Onnx(Box<Classifier>),
    Checkpoint { checkpoint: Box<Checkpoint>, network: Network },
}

/// Runs the command.
pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let model = Model::open(&args.model)?;
    let mut data = Dataset::scan(&args.data)?;
    if let Some(path) = &args.held_out_of {
        let valid = held_out_of(&Checkpoint::read(path)?, path, &data, &args.data)?.valid;
        data.samples = valid.into_iter().map(|index| data.samples[index].clone()).collect();
    }
    let labels = labels(&data, model.classes(), &args.model)?;
    let paths: Vec<PathBuf> = data.samples.iter().map(|sample| sample.path.clone()).collect();
    let bar = progress::job_bar("decoding", paths.len());
    let images = decode_all(&paths, model.side(), &bar)?;
    bar.finish_and_clear();
    let logits = model.logits(&images)?;
    let [temperature, threshold] = model.calibration();
    let measured = Evaluation::new(model.classes(), &logits, &labels, temperature, threshold);
    let against = match &args.against {
        Some(path) => Some((path, compare(&logits, &Model::open(path)?.logits(&images)?, &labels))),
        None => None,
    };
    let apart = match &args.apart_from {
        Some(root) => Some(apart_from(root, &data, &measured)?),
        None => None,
    };
    if args.json {
        let mut line = serde_json::to_value(&measured)?;
        line["model"] = json!(args.model);
        line["data"] = json!(args.data);
        line["interval"] = json!(measured.score.interval());
        for mistake in line["mistakes"].as_array_mut().into_iter().flatten() {
            let image = mistake["image"].as_u64().and_then(|i| paths.get(i as usize));
            mistake["file"] = json!(image);
        }
        if let Some((alike, others)) = apart {
            line["with_one_alike"] = json!(alike);
            line["without"] = json!(others);
        }
        if let Some((_, parity)) = against {
            line["changed"] = parity.changed.into();
            line["largest_logit_difference"] = parity.largest_difference.into();
        }
        println!("{line}");
        return Ok(());
    }
    print!("{}", describe(&measured, &paths));
    if let (Some((alike, others)), Some(root)) = (apart, &args.apart_from) {
        println!("with one like them in {root:?}: {alike}");
        println!("without: {others}");
    }
    if let Some((path, Parity { changed, largest_difference, .. })) = against {
        println!(
            "against {path:?}: {changed} answers differ, logits by at most {largest_difference:.6}"
        );
    }
    Ok(())
}

impl Model {
    fn open(path: &Path) -> anyhow::Result<Self> {
        if path.extension().is_some_and(|extension| extension == "onnx") {
            return Ok(Model::Onnx(Box::new(Classifier::from_file(path)?)));
        }
        let checkpoint = Box::new(Checkpoint::read(path)?);
        let store = VarStore::new(Device::Cpu);
        let layers = checkpoint.arch.layers(checkpoint.side, checkpoint.classes.len());
        let network = Network::new(&store.root(), &layers);
        into_store(&checkpoint.weights, &store).with_context(|| format!("{path:?}"))?;
        Ok(Model::Checkpoint { checkpoint, network })
    }

    fn classes(&self) -> &ClassMap {
        match self {
            Model::Onnx(classifier) => &classifier.info().classes,
            Model::Checkpoint { checkpoint, .. } => &checkpoint.classes,
        }
    }

    /// Temperature and accept threshold; a checkpoint has none yet.
    fn calibration(&self) -> [f32; 2] {
        match self {
            Model::Onnx(classifier) => {
                [classifier.info().temperature, classifier.info().accept_threshold]
            }
            Model::Checkpoint { .. } => [1.0, 0.0],
        }
    }

    fn side(&self) -> u32 {
        match self {
            Model::Onnx(classifier) => classifier.info().side,
            Model::Checkpoint { checkpoint, .. } => checkpoint.side,
        }
    }

    /// Logits of each prepared image.
    fn logits(&self, images: &[RgbImage]) -> anyhow::Result<Vec<Vec<f32>>> {
        let bar = progress::job_bar("measuring", images.len());
        let one = |image: &RgbImage| {
            bar.inc(1);
            match self {
                Model::Onnx(classifier) => Ok(classifier.logits(image.as_raw())?),
                Model::Checkpoint { network, .. } => {
                    let batch = Batch::new(image.width(), &[(image.clone(), 0)]);
                    let input = normalized(&batch, Kind::Float, Device::Cpu);
                    let logits = tch::no_grad(|| network.forward(&input, false));
                    Ok(Vec::try_from(logits.flatten(0, -1))?)
                }
            }
        };
        let logits = images.iter().map(one).collect();
        bar.finish_and_clear();
        logits
    }
}

/// The score of the images that have one like them, of the same class, in another data
/// set, and that of the others.
fn apart_from(
    root: &Path,
    data: &Dataset,
    measured: &Evaluation,
) -> anyhow::Result<(Score, Score)> {
    let other = Dataset::scan(root)?;
    let sets = [data, &other];
    let paths: Vec<&Path> =
        sets.iter().flat_map(|set| &set.samples).map(|sample| sample.path.as_path()).collect();
    let fingerprints = all_or_broken(fingerprints(&paths))?;
    let names: Vec<&String> = sets
        .iter()
        .flat_map(|set| set.samples.iter().map(|sample| &set.classes.names()[sample.class]))
        .collect();
    let classes = ClassMap::new(names.iter().map(|name| (*name).clone()));
    let classes: Vec<usize> =
        names.iter().map(|name| classes.index_of(name).unwrap_or_default()).collect();
    let measured_images = data.samples.len();
    let mut alike =
        has_one_alike(fingerprints.len(), &pairs(&fingerprints, &classes), |image, other| {
            image < measured_images && other >= measured_images && classes[image] == classes[other]
        });
    alike.truncate(measured_images);
    let mut wrong = vec![false; measured_images];
    for mistake in &measured.mistakes {
        wrong[mistake.image] = true;
    }
    let mut scores = (Score::default(), Score::default());
    for (alike, wrong) in alike.into_iter().zip(wrong) {
        let score = if alike { &mut scores.0 } else { &mut scores.1 };
        score.total += 1;
        score.right += usize::from(!wrong);
    }
    Ok(scores)
}

/// The model's class index of each sample.
fn labels(data: &Dataset, classes: &ClassMap, model: &Path) -> anyhow::Result<Vec<usize>> {
    let mut index_of = Vec::with_capacity(data.classes.len());
    for name in data.classes.names() {
        let Some(index) = classes.index_of(name) else {
            bail!("the model {model:?} does not know the class {name:?}; remove its folder");
        };
        index_of.push(index);
    }
    Ok(data.samples.iter().map(|sample| index_of[sample.class]).collect())
}
