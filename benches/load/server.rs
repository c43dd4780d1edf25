//! The binary under measurement, as a process of its own: started, waited for, weighed and stopped.

use crate::{COURSE, Result, client::Client};
use std::{
    fs::OpenOptions,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How the binary is run.
pub struct Program {
    pub binary: PathBuf,
    /// Where its log goes, a line per request as in service.
    pub log: PathBuf,
}

/// A process that serves; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

/// Nothing that is measured here takes as long.
const PATIENCE: Duration = Duration::from_secs(20);

impl Program {
    /// Runs a command that ends, such as `migrate up`.
    fn run(&self, url: &str, arguments: &[&str]) -> Result<()> {
        let output = self.command(url).args(arguments).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("laerd {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Makes the schema and loads the course.
    pub fn prepare(&self, url: &str) -> Result<()> {
        self.run(url, &["migrate", "up"])?;
        self.run(url, &["bank", "load", COURSE])
    }

    /// Starts the server and says how long it took until the first 200 of `/readyz`.
    pub async fn serve(&self, url: &str, settings: &[(&str, &str)]) -> Result<(Server, Duration)> {
        let address = free_address()?;
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = self.command(url);
        command.arg("serve").env("LAERD_LISTEN", address.to_string()).stderr(log);
        command.envs(settings.iter().copied());
        let began = Instant::now();
        let mut server = Server { child: command.spawn()?, address };
        while !is_ready(address).await {
            if server.child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err(format!("laerd does not serve:\n{}", self.end_of_log()).into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok((server, began.elapsed()))
    }

    /// laerd refuses variables it does not know, ours among them; nor may the caller's settings bend the figures.
    fn command(&self, url: &str) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LAERD_") {
                command.env_remove(name);
            }
        }
        command.env("LAERD_DATABASE_URL", url);
        command.env("LAERD_GUESTS_PER_MINUTE", "1000000").env("LAERD_SIGN_INS_PER_MINUTE", "1000000");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Server {
    /// Resident memory in decimal megabytes.
    pub fn memory_mb(&self) -> Result<f64> {
        self.status_mb("VmRSS:")
    }

    /// The most that was ever resident.
    pub fn peak_memory_mb(&self) -> Result<f64> {
        self.status_mb("VmHWM:")
    }

    fn status_mb(&self, field: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("a process without a size")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024.0 / 1e6)
    }

    /// Nothing goes on in it until it is told to go on.
    pub fn stand_still(&self) -> Result<()> {
        self.signal("-STOP")
    }

    pub fn go_on(&self) -> Result<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Result<()> {
        Command::new("kill").arg(signal).arg(self.child.id().to_string()).status()?;
        Ok(())
    }

    /// Stops it as an operator would.
    pub async fn stop(mut self) -> Result<()> {
        self.signal("-TERM")?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                return Err("laerd did not stop on SIGTERM".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only where the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let ask = async { Client::connect(address).await?.get("/readyz").await };
    // The socket listens before the routes stand: a question asked in between may wait, but not for ever.
    let asked = tokio::time::timeout(PATIENCE, ask).await;
    matches!(asked, Ok(Ok(reply)) if reply.status.is_success())
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
