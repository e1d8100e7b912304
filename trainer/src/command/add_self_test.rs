//! `trainer add-self-test`: stores a self-test in model files that have none.

use crate::cli::AddSelfTestArgs;
use crate::export::self_test::add_to_file;

/// Runs the command.
pub fn run(args: &AddSelfTestArgs) -> anyhow::Result<()> {
    for path in &args.models {
        add_to_file(path)?;
        println!("{}: stored a self-test", path.display());
    }
    Ok(())
}
