//! `trainer add-self-test`: stores a self-test in model files that have none.

use common::output::print;

use crate::cli::AddSelfTestArgs;
use crate::export::self_test::add_to_file;

/// Runs the command.
pub fn run(args: &AddSelfTestArgs) -> anyhow::Result<()> {
    for path in &args.models {
        add_to_file(path)?;
        print(&format!("{}: stored a self-test\n", path.display()))?;
    }
    Ok(())
}
