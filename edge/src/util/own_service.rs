//! The cardsight service that runs on this machine.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::util::holders::has_open;

/// The unit of the service, which names its control group.
const UNIT: &str = "cardsight.service";

/// The name of the program in the list of processes.
const PROGRAM: &str = "cardsight";

/// The process of the running service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceProcess {
    /// Its folder in `/proc`.
    folder: PathBuf,
}

/// Finds the running service. Every user may look for it.
pub(crate) fn service_process() -> Option<ServiceProcess> {
    service_process_in(Path::new("/proc"))
}

/// Says that the running service uses a device, if it does. `device` is the kind and path of the device
/// in words, `file` its path.
pub(crate) fn use_by_service(device: &str, file: &Path) -> Option<String> {
    let service = service_process()?;
    match service.holds(file) {
        Some(true) => Some(format!("{device} is in use by {service}")),
        Some(false) => None,
        None => Some(format!(
            "{device} is in use, probably by {service}; `sudo cardsight doctor` can find out"
        )),
    }
}

fn service_process_in(processes: &Path) -> Option<ServiceProcess> {
    let folders = fs::read_dir(processes).ok()?.flatten().map(|entry| entry.path());
    folders.into_iter().find(|folder| is_service(folder)).map(|folder| ServiceProcess { folder })
}

/// Whether a process is the program and belongs to the unit.
fn is_service(process: &Path) -> bool {
    let read = |file: &str| fs::read_to_string(process.join(file)).unwrap_or_default();
    let in_unit = |line: &str| line.split('/').any(|part| part == UNIT);
    read("comm").trim() == PROGRAM && read("cgroup").lines().any(in_unit)
}

impl ServiceProcess {
    /// Whether the service has a file open; `None` if this user may not know it.
    fn holds(&self, file: &Path) -> Option<bool> {
        has_open(&self.folder, &fs::canonicalize(file).ok()?)
    }
}

impl fmt::Display for ServiceProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.folder.file_name().unwrap_or_default().to_string_lossy();
        write!(f, "the running cardsight service (process {id})")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A process as the kernel shows it.
    fn add_process(processes: &Path, id: &str, name: &str, group: &str) -> PathBuf {
        let folder = processes.join(id);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
        fs::write(folder.join("cgroup"), format!("0::{group}\n")).unwrap();
        folder
    }

    #[test]
    fn the_service_is_found_by_its_unit_and_not_by_its_name_alone() {
        let processes = tempfile::tempdir().unwrap();
        let add = |id, name, group| add_process(processes.path(), id, name, group);
        add("10", "cardsight", "/user.slice/user-1000.slice/session-1.scope");
        add("11", "sh", "/system.slice/cardsight.service");
        add("12", "cardsight", "/system.slice/cardsight.service.d");
        assert_eq!(service_process_in(processes.path()), None);
        add("13", "cardsight", "/system.slice/cardsight.service");
        let service = service_process_in(processes.path()).unwrap();
        assert_eq!(service.to_string(), "the running cardsight service (process 13)");
    }

    #[test]
    fn the_files_of_the_service_are_known_if_this_user_may_know_them() {
        let processes = tempfile::tempdir().unwrap();
        let folder =
            add_process(processes.path(), "13", "cardsight", "/system.slice/cardsight.service");
        let service = service_process_in(processes.path()).unwrap();
        let (camera, other) = (processes.path().join("video0"), processes.path().join("video1"));
        fs::write(&camera, "").unwrap();
        fs::write(&other, "").unwrap();
        assert_eq!(service.holds(&camera), None, "its descriptors can't be listed");
        fs::create_dir(folder.join("fd")).unwrap();
        symlink(fs::canonicalize(&camera).unwrap(), folder.join("fd/7")).unwrap();
        assert_eq!((service.holds(&camera), service.holds(&other)), (Some(true), Some(false)));
    }
}
