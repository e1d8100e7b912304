//! Where a run stores its results, and the guard that keeps an earlier run's results.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files of one network's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFiles {
    /// The weights that are kept: the best ones so far where the task validates, the last ones
    /// of a complete run elsewhere.
    pub weights: PathBuf,
    /// What `--resume` continues from.
    pub resume: PathBuf,
    /// The [`History`](crate::run::history::History) as JSON.
    pub history: PathBuf,
}

/// What to do with an earlier run in the same folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierRun {
    /// There must be none.
    Refuse,
    /// It is continued.
    Resume,
    /// It is replaced.
    Overwrite,
}

/// The folder cannot be used as the user asked.
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    #[error("there is no stopped run in {folder:?} to continue; start one without --resume")]
    NothingToResume { folder: PathBuf },
    #[error(
        "{folder:?} holds an earlier run; continue it with --resume, replace it with \
         --overwrite, or name another folder with --out"
    )]
    Taken { folder: PathBuf },
    #[error("can't remove {path:?} of the earlier run")]
    Remove { path: PathBuf, source: io::Error },
}

impl EarlierRun {
    /// What the options `--resume` and `--overwrite` ask for; the first one wins.
    pub fn from_options(resume: bool, overwrite: bool) -> Self {
        if resume {
            EarlierRun::Resume
        } else if overwrite {
            EarlierRun::Overwrite
        } else {
            EarlierRun::Refuse
        }
    }

    /// Checks a folder, which the files of all the folder's runs are in, before any work.
    ///
    /// # Errors
    /// A run is to be resumed and there is none, or there is one that nobody asked to resume or
    /// to replace.
    pub fn check(self, folder: &Path, runs: &[&RunFiles]) -> Result<(), RunFolderError> {
        let can_resume = runs.iter().any(|files| files.resume.exists());
        let is_taken = can_resume || runs.iter().any(|files| files.weights.exists());
        match self {
            EarlierRun::Resume if !can_resume => {
                Err(RunFolderError::NothingToResume { folder: folder.to_owned() })
            }
            EarlierRun::Refuse if is_taken => {
                Err(RunFolderError::Taken { folder: folder.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Removes what a later `--resume` would continue from, where the earlier run is replaced.
    /// To be called when everything that can fail before the first step has succeeded.
    ///
    /// # Errors
    /// A file can't be removed.
    pub fn discard(self, runs: &[&RunFiles]) -> Result<(), RunFolderError> {
        if self != EarlierRun::Overwrite {
            return Ok(());
        }
        for path in runs.iter().map(|files| &files.resume).filter(|path| path.exists()) {
            fs::remove_file(path)
                .map_err(|source| RunFolderError::Remove { path: path.clone(), source })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> RunFiles {
        RunFiles {
            weights: folder.join("weights"),
            resume: folder.join("resume"),
            history: folder.join("history"),
        }
    }

    #[test]
    fn an_earlier_run_is_only_touched_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let check = |asked: EarlierRun| asked.check(folder.path(), &[&files]);
        assert!(check(EarlierRun::Refuse).is_ok());
        assert!(matches!(check(EarlierRun::Resume), Err(RunFolderError::NothingToResume { .. })));
        fs::write(&files.weights, "").unwrap();
        assert!(matches!(check(EarlierRun::Refuse), Err(RunFolderError::Taken { .. })));
        assert!(matches!(check(EarlierRun::Resume), Err(RunFolderError::NothingToResume { .. })));
        fs::write(&files.resume, "").unwrap();
        assert!(check(EarlierRun::Resume).is_ok());
        assert!(check(EarlierRun::Overwrite).is_ok());
    }

    #[test]
    fn replacing_a_run_leaves_nothing_to_resume() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        fs::write(&files.resume, "").unwrap();
        EarlierRun::Resume.discard(&[&files]).unwrap();
        assert!(files.resume.exists());
        EarlierRun::Overwrite.discard(&[&files]).unwrap();
        assert!(!files.resume.exists());
    }
}
