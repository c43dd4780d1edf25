//! A small disk that can be filled to the last byte.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one. That takes the superuser; who is not him and may not ask `sudo` skips the test, but never in CI.
    pub fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let size = format!("size={megabytes}m,mode=0777");
        let mounted = as_root(&["mount", "-t", "tmpfs", "-o", &size, "tmpfs"], folder.path());
        assert!(
            mounted || std::env::var_os("CI").is_none(),
            "CI must be allowed to mount: a skipped test is a failure"
        );
        if !mounted {
            eprintln!("skipped: a small disk cannot be mounted here; run as root");
        }
        mounted.then_some(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A folder on it that belongs to the user PostgreSQL runs as.
    pub fn folder_of_postgres(&self) -> PathBuf {
        let folder = self.path().join("space");
        std::fs::create_dir(&folder).expect("there is room");
        // Whoever is not root runs PostgreSQL as himself.
        let _ = Command::new("chown").arg("postgres").arg(&folder).output();
        folder
    }

    /// Takes all the room there is.
    pub fn fill(&self) {
        let mut filler = File::create(self.path().join("filler")).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            let block = vec![0_u8; size];
            while filler.write_all(&block).is_ok() {}
        }
    }

    /// Gives it back.
    pub fn free(&self) {
        std::fs::remove_file(self.path().join("filler")).expect("filled before");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        as_root(&["umount", "--lazy"], self.folder.path());
    }
}

fn as_root(command: &[&str], folder: &Path) -> bool {
    let run = |command: &[&str]| {
        let output = Command::new(command[0]).args(&command[1..]).arg(folder).output();
        output.is_ok_and(|output| output.status.success())
    };
    run(command) || run(&[&["sudo", "-n"], command].concat())
}
