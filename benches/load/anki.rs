//! Anki's own backend on the same machine, to compare with: `benches/anki_answers.py`, where a Python has `anki`.

use crate::{Result, plan::Plan};
use serde_json::Value;
use std::process::Command;

/// Answers a second in process, without a network or a server; or why there is no figure.
pub struct Anki(Result<Measured>);

struct Measured {
    version: String,
    per_second: f64,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/anki_answers.py");
/// What `make bench` installs.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.tools/anki/bin/python");

impl Anki {
    pub fn measure(plan: &Plan) -> Self {
        eprintln!("Anki: measuring");
        Self(run(plan))
    }

    pub fn per_second(&self) -> Option<f64> {
        self.0.as_ref().ok().map(|measured| measured.per_second)
    }

    pub fn describe(&self) -> String {
        match &self.0 {
            Ok(measured) => format!("Anki {}, in process", measured.version),
            Err(failure) => format!("Anki was NOT measured: {failure}"),
        }
    }
}

fn run(plan: &Plan) -> Result<Measured> {
    let mut command = Command::new(PYTHON);
    command.arg(SCRIPT).arg(plan.anki_answers.to_string()).arg(plan.runs.to_string());
    let output = command.output().map_err(|_| "`make bench` installs it in .tools/anki")?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(errors.lines().last().unwrap_or("its script failed").to_owned().into());
    }
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let version = told["version"].as_str().unwrap_or("?").to_owned();
    Ok(Measured { version, per_second: told["answers_per_second"].as_f64().ok_or("its script told no figure")? })
}
