//! The command line.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use common::model::Engine;

use crate::config::file::{ConfigFile, LedTarget};
use crate::config::{self, ConfigError, Settings};
use crate::decide::Mode;
use crate::source::child::command::Pace;

/// The version and the commit that the program was built from, such as "0.2.0 (1a2b3c4d5e6f)".
pub(crate) const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("CARDSIGHT_COMMIT"), ")");

/// Recognise playing cards in images and drive LEDs
#[derive(Debug, Parser)]
#[command(name = "cardsight", version = VERSION)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Recognise cards and drive LEDs; without options, from a demo of drawn cards
    Run(RunArgs),
    /// Run, and save the last seconds of the camera with what was decided: on SIGUSR1 and at the end
    Record(RecordArgs),
    /// Repeat a recording, and show which decisions differ from the recorded ones
    Replay(ReplayArgs),
    /// Name the cards in images
    Classify(ClassifyArgs),
    /// Measure the time of each stage
    Bench(BenchArgs),
    /// Explain a configuration, or report what is wrong with it
    CheckConfig {
        /// The TOML file
        file: PathBuf,
    },
    /// Report which devices and models work on this machine
    Doctor(DoctorArgs),
    /// Print what the running service says about itself
    ///
    /// The exit code is 0 if it is healthy: frames go through the complete pipeline, and its status
    /// file is not older than ten seconds. It is 1 if it is not, or if there is no status file, and
    /// 2 for wrong usage.
    Status(StatusArgs),
    /// Print what a running cardsight sees and does
    Watch(WatchArgs),
    /// Switch off all LEDs of a configuration, for example after the program was killed
    Dark {
        /// Configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Which networks are used.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ModelArgs {
    /// How cards are found [default: auto]
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// Use this classifier instead of the one that is compiled in
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Use this locator instead of the one that is compiled in; --mode full needs none
    #[arg(long, value_name = "FILE")]
    locator: Option<PathBuf>,
    /// Which operators compute the networks: "fast", or tract's own ones for comparison or if
    /// the fast ones should fail [default: fast]
    #[arg(long, value_name = "ENGINE", value_parser = parse_engine())]
    engine: Option<Engine>,
}

/// How many threads are used.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ThreadArgs {
    /// Read the cards of a frame on this number of threads [default: one fewer than there are
    /// cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// Configuration file; the other options override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// "demo", a camera such as /dev/video0, camera:NAME or rpicam:0, an address (rtsp://,
    /// http://), a video file, an image, or a folder of images [default: demo]
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// How fast a video file is played [default: clip]
    #[arg(long, value_enum)]
    pace: Option<Pace>,
    #[command(flatten)]
    models: ModelArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    /// Which LEDs are driven [default: panel]
    #[arg(long, value_enum)]
    leds: Option<LedTarget>,
    /// Print a JSON line to stdout whenever the state or a card changes; the LEDs on the
    /// terminal go to stderr
    #[arg(long)]
    pub(crate) json: bool,
    /// Write an annotated image into this folder whenever the state or a card changes
    #[arg(long, value_name = "DIR")]
    annotate: Option<PathBuf>,
    /// Keep this number of annotated images, the newest ones [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    annotate_keep: Option<u32>,
    /// Stop after this number of frames
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<u64>,
    /// Draw on this screen: "auto", a graphics card such as /dev/dri/card1, a framebuffer such
    /// as /dev/fb0, or a connector such as HDMI-A-1
    #[arg(long, value_name = "SCREEN")]
    screen: Option<String>,
    /// Serve events, status and previews for other programs at this socket [default: the one that
    /// the environment variable CARDSIGHT_FEED names]
    #[arg(long, value_name = "SOCKET")]
    feed: Option<PathBuf>,
    /// Write a status file every second [default: status.json in the runtime directory that
    /// systemd gives a service]
    #[arg(long, value_name = "FILE")]
    status: Option<PathBuf>,
    /// What is recorded, if the command is `record`.
    #[arg(skip)]
    record: Option<RecordOptions>,
    /// Hang instead of delivering this frame, counted from 0: a test of the watchdog
    #[cfg(feature = "testing")]
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) hang_at_frame: Option<u64>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    options: RecordOptions,
}

#[derive(Clone, Debug, Args)]
struct RecordOptions {
    /// Folder for recordings
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Keep so many seconds [default: 10]
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
    /// Keep them in so many MiB of memory at most [default: 48]
    #[arg(long, value_name = "N")]
    megabytes: Option<u32>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A recording
    pub(crate) file: PathBuf,
    #[command(flatten)]
    models: ModelArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ClassifyArgs {
    /// Images, or folders of images
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    models: ModelArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    /// Least confidence of a card that is named, 0 to 1; with 0 the most probable card is
    /// named at every place that is read [default: the higher one of the accept thresholds of
    /// classifier and locator; with --mode full that of the classifier]
    #[arg(long, value_name = "P", value_parser = parse_share)]
    threshold: Option<f32>,
    /// Print a JSON line per image
    #[arg(long)]
    pub(crate) json: bool,
    /// Write an annotated copy of each image into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) annotate: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BenchArgs {
    /// A folder of images, which are decoded in each round [default: drawn scenes]
    pub(crate) path: Option<PathBuf>,
    #[command(flatten)]
    models: ModelArgs,
    /// How often each image is measured, after one warm-up round
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
    /// Measure tract's own operators in turn with the networks, and print the ratio of the CPU
    /// times; below 1 is faster than tract
    #[arg(long)]
    pub(crate) against_tract: bool,
    /// Print one JSON line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct WatchArgs {
    /// The socket of its feed
    #[arg(long, value_name = "SOCKET", default_value = feed::DEFAULT_SOCKET)]
    pub(crate) socket: PathBuf,
    /// Print each message as a JSON line
    #[arg(long)]
    pub(crate) json: bool,
    /// Ask for previews of this width in pixels, and print what is known of each of them
    #[arg(long, value_name = "WIDTH", value_parser = clap::value_parser!(u32).range(64..=1920))]
    pub(crate) previews: Option<u32>,
    /// The most previews in a second
    #[arg(long, value_name = "N", default_value_t = 5.0, requires = "previews")]
    pub(crate) rate: f32,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Configuration file to check together with the machine
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct StatusArgs {
    /// Wait, for this number of seconds at most, until the program is healthy and has run for five
    /// seconds: for scripts, which need the exit code
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait_healthy: Option<u64>,
    /// Print the status file as it is
    #[arg(long)]
    pub(crate) json: bool,
    /// The status file
    #[arg(long, value_name = "FILE", default_value = "/run/cardsight/status.json")]
    pub(crate) file: PathBuf,
}

impl ModelArgs {
    fn merge_into(&self, file: &mut ConfigFile) {
        set(&mut file.mode, self.mode);
        set_path(&mut file.model, self.model.as_ref());
        set_path(&mut file.locator, self.locator.as_ref());
        set(&mut file.engine, self.engine);
    }
}

impl ThreadArgs {
    fn merge_into(&self, file: &mut ConfigFile) {
        if self.threads.is_some() {
            file.threads = self.threads;
        }
    }
}

impl RunArgs {
    /// Returns the settings of the configuration file, or the defaults without one, overridden
    /// by these options.
    ///
    /// # Errors
    /// See [`config::load`].
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        config::load(self.config.as_deref(), |file| {
            self.models.merge_into(file);
            self.threads.merge_into(file);
            set(&mut file.source, self.source.clone());
            set(&mut file.pace, self.pace);
            set(&mut file.leds, self.leds);
            set_path(&mut file.annotate, self.annotate.as_ref());
            set(&mut file.annotate_keep, self.annotate_keep.map(|keep| keep as usize));
            if self.screen.is_some() {
                file.screen.clone_from(&self.screen);
            }
            set_path(&mut file.feed.socket, self.feed.as_ref());
            if file.feed.socket.is_none() {
                file.feed.socket = std::env::var_os("CARDSIGHT_FEED").map(PathBuf::from);
            }
            if let Some(record) = &self.record {
                file.record.folder = Some(record.out.clone());
                set(&mut file.record.seconds, record.seconds);
                set(&mut file.record.megabytes, record.megabytes);
            }
        })
    }

    /// Returns whether the last frames are saved at the end, too.
    pub(crate) fn saves_at_end(&self) -> bool {
        self.record.is_some()
    }

    /// Returns the path of the status file, if one is written.
    pub(crate) fn status_path(&self) -> Option<PathBuf> {
        // systemd separates several directories by colons.
        let runtime = std::env::var("RUNTIME_DIRECTORY").ok();
        let first = runtime.as_deref().and_then(|folders| folders.split(':').next());
        let in_runtime = first.map(|folder| Path::new(folder).join("status.json"));
        self.status.clone().or(in_runtime)
    }
}

impl RecordArgs {
    /// Returns the options of the run that is recorded.
    pub(crate) fn as_run(&self) -> RunArgs {
        RunArgs { record: Some(self.options.clone()), ..self.run.clone() }
    }
}

impl ReplayArgs {
    /// Returns the recorded settings, overridden by these options. No LEDs are driven.
    ///
    /// # Errors
    /// The configuration is not one of this version, or a value of it is not valid.
    pub(crate) fn settings(&self, recorded: serde_json::Value) -> anyhow::Result<Settings> {
        let file: ConfigFile = serde_json::from_value(recorded)?;
        let mut file = ConfigFile { leds: LedTarget::Off, ..file };
        self.models.merge_into(&mut file);
        Ok(file.validate()?)
    }

    /// Returns whether an option selects other networks than the recorded ones.
    pub(crate) fn has_models(&self) -> bool {
        let ModelArgs { mode, model, locator, engine } = &self.models;
        mode.is_some() || model.is_some() || locator.is_some() || engine.is_some()
    }
}

impl ClassifyArgs {
    /// Returns the default settings, overridden by these options.
    ///
    /// # Errors
    /// See [`config::load`].
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        config::load(None, |file| {
            self.models.merge_into(file);
            self.threads.merge_into(file);
            file.decide.enter = self.threshold;
        })
    }
}

impl BenchArgs {
    /// Returns the default settings, overridden by these options.
    ///
    /// # Errors
    /// See [`config::load`].
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        config::load(None, |file| self.models.merge_into(file))
    }
}

/// Overrides a value if the option was given.
fn set<T>(value: &mut T, option: Option<T>) {
    if let Some(option) = option {
        *value = option;
    }
}

/// Overrides a path if the option was given.
fn set_path(path: &mut Option<PathBuf>, option: Option<&PathBuf>) {
    if option.is_some() {
        *path = option.cloned();
    }
}

/// The names of the engines, so that the help lists them.
fn parse_engine() -> impl TypedValueParser<Value = Engine> {
    PossibleValuesParser::new(Engine::ALL.map(Engine::name)).try_map(|name| name.parse::<Engine>())
}

fn parse_share(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().map_err(|error| error.to_string())?;
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err("must be 0 to 1".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::{LedOutputSettings, SourceSettings};
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_override_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cardsight.toml");
        std::fs::write(&file, "source = \"images\"\nleds = \"off\"\n").unwrap();
        let args = ["cardsight", "run", "--source", "demo", "--config", file.to_str().unwrap()];
        let Command::Run(args) = Cli::parse_from(args).command else {
            panic!("the command is run")
        };
        let settings = args.settings().unwrap();
        assert!(matches!(settings.source, SourceSettings::Demo(_)));
        assert_eq!(settings.led_output, LedOutputSettings::Off);
    }

    #[test]
    fn options_are_merged_before_the_configuration_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cardsight.toml");
        std::fs::write(&file, "annotate_keep = 0\n").unwrap();
        let file = file.to_str().unwrap();
        let args = ["cardsight", "run", "--config", file, "--annotate-keep", "5"];
        let Command::Run(args) = Cli::parse_from(args).command else {
            panic!("the command is run")
        };
        assert!(args.settings().is_ok());
    }

    #[test]
    fn the_version_names_the_commit() {
        let version = Cli::command().render_version();
        assert!(version.starts_with("cardsight ") && version.contains('('), "{version}");
    }
}
