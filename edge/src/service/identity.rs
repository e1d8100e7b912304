//! Which device this is, among others of its kind.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The identity of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceIdentity {
    /// Stays the same over restarts and updates: letters, digits, `-` and `_`.
    pub(crate) id: String,
    /// What people call the device.
    pub(crate) name: String,
}

impl DeviceIdentity {
    /// Returns the configured identity. By default the name is that of the machine, and the identity
    /// is a hash of the machine's own one, which must not be published (`man 5 machine-id`).
    pub(crate) fn new(id: Option<String>, name: Option<String>) -> Self {
        let name = name.unwrap_or_else(host_name);
        let id = id.unwrap_or_else(|| id_of_machine(Path::new("/etc/machine-id"), &name));
        Self { id, name }
    }
}

fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "cardsight".to_owned() } else { name.to_owned() }
}

/// Returns 16 hexadecimal digits. A machine without an identity of its own is identified by its name.
fn id_of_machine(path: &Path, name: &str) -> String {
    let machine = fs::read_to_string(path).unwrap_or_default();
    let secret = if machine.trim().is_empty() { name } else { machine.trim() };
    let hash = Sha256::digest(format!("cardsight device {secret}"));
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_a_hash_of_that_of_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine-id");
        let machine = "0123456789abcdef0123456789abcdef";
        fs::write(&path, format!("{machine}\n")).unwrap();
        let id = id_of_machine(&path, "table");
        assert_eq!(id.len(), 16);
        assert!(!machine.contains(&id));
        assert_eq!(id, id_of_machine(&path, "another name"));
        let unknown = Path::new("no/such");
        assert_ne!(id_of_machine(unknown, "one"), id_of_machine(unknown, "two"));
    }

    #[test]
    fn what_is_configured_counts() {
        let identity = DeviceIdentity::new(Some("t1".into()), Some("Table 1".into()));
        assert_eq!((identity.id.as_str(), identity.name.as_str()), ("t1", "Table 1"));
        assert!(!DeviceIdentity::new(None, None).name.is_empty());
    }
}
