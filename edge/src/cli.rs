//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::config::{Annotate, Config, ConfigError, Leds, Mode, Source};

/// Names playing cards in images, and lights LEDs.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look, name, light LEDs; without options, at a drawn demo
    Run(RunArgs),
    /// Name the cards in each image
    Classify(ClassifyArgs),
    /// Measure the time of each step
    Bench(BenchArgs),
    /// Explain what a configuration means, or what is wrong with it
    CheckConfig {
        /// The TOML file
        file: PathBuf,
    },
    /// Tell what works on this machine
    Doctor(DoctorArgs),
    /// Put all LEDs of a configuration out, as after a program that was killed
    Dark {
        /// Configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Configuration file; options given here win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// demo, a camera such as /dev/video0 or camera:NAME, an image, or a folder of
    /// images [default: demo]
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// How cards are found [default: full]
    #[arg(long, value_enum)]
    pub mode: Option<Mode>,
    /// What lights up [default: panel]
    #[arg(long, value_enum)]
    pub leds: Option<Leds>,
    /// A model file instead of the one compiled in
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// A locator's file instead of the one compiled in, for --mode auto
    #[arg(long, value_name = "FILE")]
    pub locator: Option<PathBuf>,
    /// Print a JSON line per change of the state or of a card on stdout; the panel goes to
    /// stderr
    #[arg(long)]
    pub json: bool,
    /// Write an annotated image per change of the state or of a card into this folder
    #[arg(long, value_name = "DIR")]
    pub annotate: Option<PathBuf>,
    /// How many annotated images are kept, the newest ones [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub annotate_keep: Option<u32>,
    /// Stop after this many frames
    #[arg(long, value_name = "N")]
    pub frames: Option<u64>,
    /// Draw on this framebuffer, such as /dev/fb0
    #[arg(long, value_name = "DEVICE")]
    pub screen: Option<PathBuf>,
    /// Write a status file each second [default: status.json in the runtime directory
    /// that systemd gives a service]
    #[arg(long, value_name = "FILE")]
    pub status: Option<PathBuf>,
    /// Hang on this frame, before it is decided on: a test of the watchdog
    #[arg(long, value_name = "N", hide = true)]
    pub hang_at_frame: Option<u64>,
}

#[derive(Clone, Debug, Args)]
pub struct ClassifyArgs {
    /// Images, or folders of images
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How cards are found
    #[arg(long, value_enum, default_value = "full")]
    pub mode: Mode,
    /// A model file instead of the one compiled in
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// A locator's file instead of the one compiled in, for --mode auto
    #[arg(long, value_name = "FILE")]
    pub locator: Option<PathBuf>,
    /// Least confidence of a named card, 0 to 1; 0 always names the likeliest one
    /// [default: the accept threshold of the model, in auto mode the locator's if it is higher]
    #[arg(long, value_name = "P", value_parser = share)]
    pub threshold: Option<f32>,
    /// Print a JSON line per image
    #[arg(long)]
    pub json: bool,
    /// Write an annotated copy of each image into this folder
    #[arg(long, value_name = "DIR")]
    pub annotate: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// A folder of images; drawn scenes where none is named
    pub path: Option<PathBuf>,
    /// How cards are found
    #[arg(long, value_enum, default_value = "full")]
    pub mode: Mode,
    /// A model file instead of the one compiled in
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// A locator's file instead of the one compiled in, for --mode auto
    #[arg(long, value_name = "FILE")]
    pub locator: Option<PathBuf>,
    /// How often each image is recognised, after once to warm up
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// Print one JSON line
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// Configuration file to check along with the machine
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl RunArgs {
    /// The configuration file, or the defaults, with these options instead.
    ///
    /// # Errors
    /// The file can't be used.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let file = self.config.as_deref().map_or(Ok(Config::default()), Config::read)?;
        let keep = self.annotate_keep.map(|keep| keep as usize);
        let folder = self.annotate.as_deref();
        Ok(Config {
            source: self.source.as_deref().map_or(file.source, Source::from_text),
            mode: self.mode.unwrap_or(file.mode),
            leds: self.leds.unwrap_or(file.leds),
            model: self.model.clone().or(file.model),
            locator: self.locator.clone().or(file.locator),
            annotate: annotate(file.annotate, folder, keep),
            screen: self.screen.clone().or(file.screen),
            ..file
        })
    }
}

impl RunArgs {
    /// Where the status file goes, if anywhere.
    pub fn status_path(&self) -> Option<PathBuf> {
        // systemd separates several directories by colons.
        let runtime = std::env::var("RUNTIME_DIRECTORY").ok();
        let first = runtime.as_deref().and_then(|folders| folders.split(':').next());
        let in_runtime = first.map(|folder| Path::new(folder).join("status.json"));
        self.status.clone().or(in_runtime)
    }
}

fn annotate(
    file: Option<Annotate>,
    folder: Option<&Path>,
    keep: Option<usize>,
) -> Option<Annotate> {
    let kept = file.as_ref().map_or(Annotate::DEFAULT_KEEP, |file| file.keep);
    let folder = folder.map(Path::to_owned).or(file.map(|file| file.folder))?;
    Some(Annotate { folder, keep: keep.unwrap_or(kept) })
}

fn share(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().map_err(|error| error.to_string())?;
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err("must be 0 to 1".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_win_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cardsight.toml");
        std::fs::write(&file, "source = \"images\"\nleds = \"off\"\n").unwrap();
        let args = ["cardsight", "run", "--source", "demo", "--config", file.to_str().unwrap()];
        let Command::Run(args) = Cli::parse_from(args).command else { panic!("it is run") };
        let config = args.config().unwrap();
        assert_eq!((config.source, config.leds), (Source::Demo, Leds::Off));
    }
}
