//! `laerd account`.

use super::{Failure, print};
use crate::{
    app::{App, Error, Rates},
    clock::{Clock, Ids},
    config::Config,
    domain::access::Role,
    store::open,
};
use clap::{Subcommand, ValueEnum};
use std::{io::BufRead, num::NonZeroU32, process::ExitCode};

#[derive(Subcommand)]
pub(super) enum Account {
    /// Add an account of any role
    ///
    /// The password is read from LAERD_PASSWORD or else from the first line of standard input, never from an argument:
    /// arguments are seen by every user of the machine.
    Add {
        /// 3 to 64 letters, digits and . _ - + @
        name: String,
        /// What the account may do
        #[arg(long, default_value = "learner")]
        role: RoleArgument,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleArgument {
    Learner,
    Author,
    Admin,
}

impl Account {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let Self::Add { name, role } = self;
        let password = password()?;
        let db = open::open(&config.database_url, 1).await?;
        let rates = Rates::per_minute(NonZeroU32::MIN, NonZeroU32::MIN);
        let app = App::new(db, Clock::System, Ids::random(), rates).await?;
        let role = match role {
            RoleArgument::Learner => Role::Learner,
            RoleArgument::Author => Role::Author,
            RoleArgument::Admin => Role::Admin,
        };
        let learner = app.add_account(&name, &password, role).await.map_err(readable)?;
        print(&format!("added {name} ({}), learner {learner}\n", role.as_str()))
    }
}

fn password() -> Result<String, Failure> {
    if let Ok(password) = std::env::var("LAERD_PASSWORD") {
        return Ok(password);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("no password\n  cure: set LAERD_PASSWORD, or write it to standard input".into());
    }
    Ok(password.to_owned())
}

fn readable(error: Error) -> Failure {
    match error {
        Error::Invalid(faults) => {
            let lines: Vec<String> =
                faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect();
            lines.join("\n").into()
        }
        other => other.into(),
    }
}
