//! Logs: one line per request and per thing the operator must know.
//!
//! Never logged: tokens, passwords, names, learners' ids, invitation codes, answers, addresses, request and response
//! bodies, database URLs. So a request is logged by its path as the specification writes it, with `{account}` and not
//! the account, and found by the id that its response carries.

use crate::config::{Config, LogFormat};
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging to standard error. A filter that cannot be read is an error that quotes it.
pub fn start(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|cause| format!("log = `{}`: {cause}", config.log))?;
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = match config.log_format {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(|cause| cause.to_string())
}
