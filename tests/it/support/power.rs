//! A disk that keeps what it was forced to take and forgets of the rest what it pleases, as disks do when the power
//! goes. (Pillai et al., All file systems are not created equal, OSDI 2014.)

use rand::{Rng, rngs::StdRng};
use std::{
    collections::HashMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;
const DATABASE: &str = "laerd.db";
/// Numbers before the data of each record.
const HEAD: usize = 32;

/// A folder with all that is written to it by a program that was started with [`Power::variables`].
pub struct Power {
    folder: TempDir,
    tools: TempDir,
    /// The number the system gave to the file of the database, and what the disk had of it at first.
    base: (u64, Vec<u8>),
}

/// Something that happened to a file, in the order it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Write {
        at: usize,
        data: Vec<u8>,
    },
    Truncate {
        length: usize,
    },
    Force(u64),
    Forced(u64),
    /// What was to be forced is never taken, because the system forgets that it was not.
    Failed(u64),
}

/// `end` is how long the journal was after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub file: u64,
    pub act: Act,
    pub end: u64,
}

/// What a disk makes of what it was not forced to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unforced {
    Forgotten,
    Kept,
    /// Each sector as chance has it.
    Torn,
}

impl Power {
    /// Over a copy of a database that nobody has open.
    pub fn over(database: &Path) -> Self {
        let (folder, tools) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/power.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(tools.path().join("power.so"));
        let compiled = compiler.arg(source).output().expect("a C compiler, which Rust needs too");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        let copy = folder.path().join(DATABASE);
        fs::copy(database, &copy).expect("room");
        let base = (number_of(&copy), fs::read(&copy).expect("the copy"));
        Self { folder, tools, base }
    }

    /// Of the database.
    pub fn url(&self) -> String {
        url_in(self.folder.path())
    }

    /// What the environment of the program must say.
    pub fn variables(&self) -> [(&'static str, PathBuf); 4] {
        [
            ("LD_PRELOAD", self.tools.path().join("power.so")),
            ("POWER_FOLDER", self.folder.path().canonicalize().expect("it exists")),
            ("POWER_JOURNAL", self.journal()),
            ("POWER_FAILS", self.tools.path().join("fails")),
        ]
    }

    fn journal(&self) -> PathBuf {
        self.tools.path().join("journal")
    }

    /// From now on nothing can be forced.
    pub fn fail(&self) {
        fs::write(self.tools.path().join("fails"), "").expect("room");
    }

    /// How long the journal is. What somebody was told before this was asked stands before it.
    pub fn now(&self) -> u64 {
        fs::metadata(self.journal()).expect("the program writes it").len()
    }

    /// The numbers of the database and of its log.
    pub fn files(&self) -> [u64; 2] {
        [DATABASE.into(), format!("{DATABASE}-wal")].map(|name| number_of(&self.folder.path().join(name)))
    }

    /// All that happened. The last record may be torn, by a kill or because it is being written.
    pub fn records(&self) -> Vec<Record> {
        let journal = fs::read(self.journal()).expect("the program writes it");
        let (mut records, mut rest) = (Vec::new(), &journal[..]);
        while let Some((head, after)) = rest.split_at_checked(HEAD) {
            let numbers = head.chunks_exact(8).map(|bytes| u64::from_ne_bytes(bytes.try_into().expect("eight")));
            let [kind, file, at, length] = numbers.collect::<Vec<_>>()[..] else { unreachable!("32 bytes") };
            let Some((data, after)) = after.split_at_checked(length as usize) else { break };
            let act = match kind {
                1 => Act::Write { at: at as usize, data: data.to_vec() },
                2 => Act::Truncate { length: at as usize },
                3 => Act::Force(at),
                4 => Act::Forced(at),
                5 => Act::Failed(at),
                _ => panic!("power.c knows no record {kind}"),
            };
            rest = after;
            records.push(Record { file, act, end: (journal.len() - rest.len()) as u64 });
        }
        records
    }

    pub fn disk(&self) -> Disk {
        let (number, content) = &self.base;
        Disk { files: HashMap::from([(*number, OnDisk { content: content.clone(), ..OnDisk::default() })]) }
    }

    /// What the disk has when the power goes, in a folder of its own: [`url_in`].
    pub fn left_on(&self, disk: &Disk, unforced: Unforced, rng: &mut StdRng) -> TempDir {
        let left = tempfile::tempdir().expect("a folder");
        for file in fs::read_dir(self.folder.path()).expect("a folder").map(|file| file.expect("a file")) {
            // Shared memory does not outlive the power.
            if let Some(on_disk) = disk.files.get(&number_of(&file.path())) {
                let content = on_disk.left(unforced, rng);
                fs::write(left.path().join(file.file_name()), content).expect("room");
            }
        }
        left
    }
}

/// The database in a folder.
pub fn url_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join(DATABASE).display())
}

fn number_of(path: &Path) -> u64 {
    fs::metadata(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display())).ino()
}

/// What a disk has of each file.
#[derive(Default)]
pub struct Disk {
    files: HashMap<u64, OnDisk>,
}

#[derive(Default)]
struct OnDisk {
    /// What it was forced to take.
    content: Vec<u8>,
    /// What came since.
    unforced: Vec<Act>,
    /// Forcings under way, with how much of `unforced` came before them.
    forcings: HashMap<u64, usize>,
}

impl Disk {
    pub fn take(&mut self, record: &Record) {
        self.files.entry(record.file).or_default().take(&record.act);
    }
}

impl OnDisk {
    fn take(&mut self, act: &Act) {
        match act {
            Act::Write { .. } | Act::Truncate { .. } => self.unforced.push(act.clone()),
            Act::Force(forcing) => {
                self.forcings.insert(*forcing, self.unforced.len());
            }
            Act::Forced(forcing) => {
                for act in self.before(*forcing) {
                    apply(&mut self.content, &act, |_| true);
                }
            }
            Act::Failed(forcing) => drop(self.before(*forcing)),
        }
    }

    /// Takes out what came before a forcing.
    fn before(&mut self, forcing: u64) -> Vec<Act> {
        let count = self.forcings.remove(&forcing).expect("it began");
        for other in self.forcings.values_mut() {
            *other = other.saturating_sub(count);
        }
        self.unforced.drain(..count).collect()
    }

    fn left(&self, unforced: Unforced, rng: &mut StdRng) -> Vec<u8> {
        let mut content = self.content.clone();
        for act in &self.unforced {
            match unforced {
                Unforced::Forgotten => {}
                Unforced::Kept => apply(&mut content, act, |_| true),
                Unforced::Torn => apply(&mut content, act, |_| rng.random()),
            }
        }
        content
    }
}

/// Takes those sectors of an act that `takes` chooses.
fn apply(content: &mut Vec<u8>, act: &Act, mut takes: impl FnMut(usize) -> bool) {
    match act {
        Act::Write { at, data } => {
            for (index, sector) in data.chunks(SECTOR).enumerate().filter(|(index, _)| takes(*index)) {
                let from = at + index * SECTOR;
                let to = from + sector.len();
                content.resize(content.len().max(to), 0);
                content[from..to].copy_from_slice(sector);
            }
        }
        Act::Truncate { length } if takes(0) => content.resize(*length, 0),
        _ => {}
    }
}
