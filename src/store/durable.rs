//! When what SQLite has committed is on the disk.
//!
//! A commit that forces the log of pages itself lets the next writer wait for the disk too, a third of the time that a
//! group takes. So the writer's connection does not force it (`synchronous = NORMAL`): the next one writes while this
//! one is forced, and commits that come meanwhile share the next forcing. The log is forced from its beginning, so with
//! a commit all before it are on the disk. But it is seen before it is there: whatever tells of it to the world outside
//! waits for [`Db::settled`]. (Early lock release: DeWitt et al., Implementation techniques for main memory database
//! systems, SIGMOD 1984.)
//!
//! A log that could not be forced once may pass for forced the next time, because the system forgets what it could not
//! write. So the process ends then, as PostgreSQL does, and what was acknowledged is found when it starts again.

use super::Db;
use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{Mutex, watch};
use tokio_util::task::TaskTracker;

/// How far a log of pages is on the disk. Commits are numbered in their order, with gaps.
pub(super) struct Durable {
    pub(super) files: Files,
    /// The last commit that may be seen.
    visible: AtomicU64,
    /// The last commit that stands in the log.
    logged: AtomicU64,
    /// The last commit that is on the disk.
    forced: watch::Sender<u64>,
    turn: Mutex<()>,
    /// Commits and forcings under way.
    pub(super) tasks: TaskTracker,
}

/// A database that is open.
#[derive(Clone)]
pub(super) struct Files {
    database: PathBuf,
    /// Which file that was when it was opened.
    which: u64,
    log: PathBuf,
}

impl Durable {
    pub(super) fn new(files: Files) -> Self {
        let (visible, logged) = (AtomicU64::new(0), AtomicU64::new(0));
        let (forced, turn, tasks) = (watch::Sender::new(0), Mutex::default(), TaskTracker::new());
        Self { files, visible, logged, forced, turn, tasks }
    }

    /// Before commit `number`; the next begins after `end`.
    pub(super) fn begin(&self, number: u64) {
        self.visible.store(number, Ordering::SeqCst);
    }

    /// After commit `number`, whatever became of it. Its forcing begins.
    pub(super) fn end(self: &Arc<Self>, number: u64) {
        self.logged.store(number, Ordering::SeqCst);
        self.tasks.spawn(Arc::clone(self).force());
    }

    /// Waits until commit `number` is on the disk.
    pub(super) async fn wait_for(&self, number: u64) {
        // The sender is our own.
        _ = self.forced.subscribe().wait_for(|forced| *forced >= number).await;
    }

    async fn force(self: Arc<Self>) {
        let _turn = self.turn.lock().await;
        let logged = self.logged.load(Ordering::SeqCst);
        if *self.forced.borrow() >= logged {
            return;
        }
        let files = self.files.clone();
        let forced = tokio::task::spawn_blocking(move || files.force_log());
        forced.await.map_err(io::Error::from).flatten().unwrap_or_else(|cause| give_up("the log of pages", &cause));
        self.forced.send_replace(logged);
    }
}

/// All that was acknowledged is in what the disk has of the log, and is copied anew when the program starts again.
pub(super) fn give_up(what: &str, cause: &io::Error) -> ! {
    tracing::error!(%cause, "{what} could not be forced to the disk; mend the cause and start again");
    process::abort()
}

impl Files {
    pub(super) fn new(database: &Path) -> io::Result<Self> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { database: database.to_owned(), which: which(&fs::metadata(database)?), log: log.into() })
    }

    /// Opens the database once more, to force it.
    pub(super) fn open_database(&self) -> io::Result<File> {
        let file = File::open(&self.database)?;
        if which(&file.metadata()?) == self.which { Ok(file) } else { Err(self.moved()) }
    }

    fn moved(&self) -> io::Error {
        io::Error::other(format!("{} is no longer the file that was opened", self.database.display()))
    }

    /// Opens the log anew each time, because SQLite may have made another. One that is gone was copied, and the copy
    /// forced. Nothing is safe in a log whose database was moved or put in another's place: SQLite goes on writing to
    /// both, and whoever opens the database next finds another log beside it, or none.
    fn force_log(&self) -> io::Result<()> {
        // The database is not opened for it: whoever closes one loses the locks on it.
        if fs::metadata(&self.database).ok().is_none_or(|told| which(&told) != self.which) {
            return Err(self.moved());
        }
        match File::open(&self.log) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            log => log?.sync_data(),
        }
    }
}

/// A number that no other file has meanwhile; where the system tells none, only that a file is there.
fn which(told: &fs::Metadata) -> u64 {
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(told);
    #[cfg(not(unix))]
    let number = u64::from(told.is_file());
    number
}

impl Db {
    /// Whether everything is on the disk that can be seen now; nothing where no commit is seen before it is there.
    pub fn is_forced(&self) -> Option<bool> {
        let durable = &self.gate.as_ref()?.durable;
        Some(*durable.forced.borrow() >= durable.visible.load(Ordering::SeqCst))
    }

    /// Waits until everything is on the disk that can be seen now.
    pub async fn settled(&self) {
        if let Some(gate) = &self.gate {
            gate.durable.wait_for(gate.durable.visible.load(Ordering::SeqCst)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_commit_is_on_the_disk_when_the_log_was_forced_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("laerd.db");
        fs::write(&database, "a database").unwrap();
        fs::write(folder.path().join("laerd.db-wal"), "its log").unwrap();
        let durable = Arc::new(Durable::new(Files::new(&database).unwrap()));
        durable.begin(1);
        assert!(durable.wait_for(1).now_or_never().is_none());
        durable.end(1);
        // May be seen while the first is forced, but does not stand in the log.
        durable.begin(2);
        durable.wait_for(1).await;
        assert!(durable.wait_for(2).now_or_never().is_none());
        durable.end(2);
        durable.wait_for(2).await;
    }

    #[tokio::test]
    async fn commits_share_a_forcing() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("laerd.db");
        fs::write(&database, "a database").unwrap();
        let durable = Arc::new(Durable::new(Files::new(&database).unwrap()));
        let turn = durable.turn.lock().await;
        for number in [1, 2, 5] {
            durable.begin(number);
            durable.end(number);
        }
        let mut told = durable.forced.subscribe();
        drop(turn);
        durable.wait_for(1).await;
        assert_eq!(*told.borrow_and_update(), 5, "the first forcing was of all");
    }

    #[test]
    fn a_log_that_is_gone_has_been_copied_unless_its_database_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let (database, elsewhere) = (folder.path().join("laerd.db"), folder.path().join("moved.db"));
        fs::write(&database, "a database").unwrap();
        let files = Files::new(&database).unwrap();
        assert!(files.force_log().is_ok());
        fs::rename(&database, &elsewhere).unwrap();
        assert!(files.force_log().is_err() && files.open_database().is_err(), "moved");
        fs::write(&database, "another").unwrap();
        assert!(files.force_log().is_err() && files.open_database().is_err(), "another in its place");
        fs::rename(&elsewhere, &database).unwrap();
        assert!(files.force_log().is_ok() && files.open_database().is_ok(), "back again");
    }
}
