//! A PostgreSQL of one test's own, which may be restarted and killed.

use super::Kind;
use std::process::Command;
use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    /// Of the database `postgres`.
    pub url: String,
}

impl Cluster {
    /// `None` where PostgreSQL is not tested.
    pub fn start() -> Option<Self> {
        if !Kind::Postgres.is_available() {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = cluster("start", &folder, &[]);
        Some(Self { folder, url })
    }

    /// Stops it (`fast` ends sessions, `immediate` is a crash) and waits until it accepts connections again.
    pub fn restart(&self, mode: &str) {
        cluster("restart", &self.folder, &[mode]);
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// kill -9 for every process of it, then the same.
    pub fn kill_and_start(&self) {
        cluster("kill", &self.folder, &[]);
        cluster("start", &self.folder, &[]);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        cluster("remove", &self.folder, &[]);
    }
}

fn cluster(command: &str, folder: &TempDir, more: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/cluster.sh");
    let output = Command::new(script).arg(command).arg(folder.path()).args(more).output().expect("bash is there");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}
