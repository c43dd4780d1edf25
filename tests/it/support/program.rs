//! The real program as a process of its own: started, asked, killed.

use super::Power;
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The program these tests are of, or the one that `LAERD_BIN` names, such as a release build.
pub fn program() -> Command {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_laerd"));
    let mut command = Command::new(std::env::var_os("LAERD_BIN").map_or(built, PathBuf::from));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("LAERD_BIN");
    command.env("LAERD_GUESTS_PER_MINUTE", "100000");
    command
}

/// Whether the command succeeded, and all it wrote.
pub fn output(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("the program runs");
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8"))
}

/// Brings a database to where it can be served: schema and course.
pub fn prepare(url: &str) {
    for arguments in [["migrate", "up"].as_slice(), &["bank", "load", "questions/medarbeiderskap"]] {
        let (ok, text) = output(program().args(arguments).args(["--database-url", url]));
        assert!(ok, "{text}");
    }
}

/// `laerd verify`: whether nothing differs, and what it printed.
pub fn verify(url: &str, arguments: &[&str]) -> (bool, String) {
    output(program().arg("verify").args(arguments).args(["--database-url", url]))
}

/// A running server; killed when it is dropped.
pub struct Server {
    child: Child,
    pub address: String,
    faults: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(url: &str) -> Self {
        Self::heard(url, |_| ())
    }

    /// Tells `hear` every line of its log after it is ready.
    pub fn heard(url: &str, hear: impl Fn(&str) + Send + 'static) -> Self {
        Self::run(program(), url, hear)
    }

    /// On the database `laerd.db` of a folder whose power may go.
    pub fn powered(power: &Power) -> Self {
        let mut program = program();
        program.envs(power.variables());
        Self::run(program, &power.url(), |_| ())
    }

    fn run(mut program: Command, url: &str, hear: impl Fn(&str) + Send + 'static) -> Self {
        let mut child = program
            .args(["serve", "--database-url", url, "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = BufReader::new(child.stderr.take().expect("piped"));
        let mut lines = log.lines().map_while(Result::ok);
        let ready = lines.find(|line| line.contains("ready address=")).expect("the server gets ready");
        let address = ready.split("address=").nth(1).and_then(|rest| rest.split(' ').next()).expect("an address");
        let address = format!("http://{address}");
        let faults = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&faults);
        std::thread::spawn(move || {
            for line in lines {
                if line.contains(" ERROR ") || line.contains("panicked") {
                    eprintln!("{line}");
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                hear(&line);
            }
        });
        Self { child, address, faults }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_none()
    }

    /// Waits until it has ended of itself.
    pub fn wait(&mut self) {
        self.child.wait().expect("a child of ours");
    }

    /// How often it called something a fault of its own.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    /// Stops it as an operator would, and waits for its end; whether it called that a success.
    pub fn stop(mut self) -> bool {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(told.success());
        self.child.wait().expect("it ends").success()
    }

    /// kill -9.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it ends");
    }
}
