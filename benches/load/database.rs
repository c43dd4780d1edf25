//! Fresh databases that are gone when they are dropped.

use crate::{Result, machine::filesystem};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A database of this run alone.
pub struct Database {
    url: String,
    home: Home,
}

enum Home {
    /// The folder's owner removes it.
    Folder(PathBuf),
    Server {
        superuser: String,
        name: String,
    },
}

impl Database {
    pub fn sqlite(folder: &Path) -> Self {
        let url = format!("sqlite:{}", folder.join("bench.db").display());
        Self { url, home: Home::Folder(folder.to_owned()) }
    }

    /// Makes a database on the server that `superuser` is the URL of.
    pub fn postgres(superuser: &str) -> Result<Self> {
        let name = format!("laerd_bench_{}", std::process::id());
        let url = with_database(superuser, &name)?;
        psql(superuser, &format!("CREATE DATABASE {name}"))?;
        Ok(Self { url, home: Home::Server { superuser: superuser.to_owned(), name } })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn name(&self) -> &'static str {
        match self.home {
            Home::Folder(_) => "SQLite",
            Home::Server { .. } => "PostgreSQL",
        }
    }

    /// What decides the price of a commit here.
    pub fn describe(&self) -> Result<String> {
        let settings = match &self.home {
            Home::Folder(folder) => format!("file in {} ({})", folder.display(), filesystem(folder)),
            Home::Server { superuser, .. } => {
                let show = |setting| psql(superuser, &format!("SHOW {setting}"));
                let (version, fsync) = (show("server_version")?, show("fsync")?);
                format!("{version}, fsync {fsync}, synchronous_commit {}", show("synchronous_commit")?)
            }
        };
        Ok(format!("{}: {settings}", self.name()))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Home::Server { superuser, name } = &self.home else { return };
        if let Err(failure) = psql(superuser, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
            eprintln!("the database {name} is left behind: {failure}");
        }
    }
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> Result<String> {
    let (address, query) = url.split_once('?').map_or((url, String::new()), |(url, query)| (url, format!("?{query}")));
    let (scheme, rest) = address.split_once("://").ok_or("TEST_POSTGRES is no URL")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    Ok(format!("{scheme}://{authority}/{name}{query}"))
}

fn psql(url: &str, statement: &str) -> Result<String> {
    let output = Command::new("psql").args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]).output();
    let output = output.map_err(|cause| format!("psql cannot be run: {cause}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr).trim()).into())
    }
}
