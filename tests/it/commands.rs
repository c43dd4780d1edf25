//! The command line: what each command prints, and its exit code.

use crate::support::{output, program};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

/// Runs the program in a folder of its own, where its database is made.
fn run(arguments: &[&str], folder: &Path) -> (bool, String) {
    output(program().args(arguments).current_dir(folder).env_remove("LAERD_DATABASE_URL"))
}

#[test]
fn the_command_line_does_what_its_help_says() {
    let folder = tempfile::tempdir().unwrap();
    let course = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("questions/medarbeiderskap");
    let course = course.to_str().unwrap();
    for command in [
        vec!["serve"],
        vec!["migrate"],
        vec!["migrate", "down"],
        vec!["bank", "check"],
        vec!["account", "add"],
        vec!["verify"],
    ] {
        let (ok, text) = run(&[command.as_slice(), &["--help"]].concat(), folder.path());
        assert!(ok && text.contains("Usage:") && text.lines().count() > 8, "{command:?}: {text}");
    }
    let (ok, text) = run(&["bank", "check", course], folder.path());
    assert!(ok && text.contains("96 concepts, 8 chapters"), "{text}");
    let (ok, text) = run(&["migrate", "status"], folder.path());
    assert!(ok && text.contains("missing  m20261123_000001_course"), "{text}");
    let (ok, text) = run(&["bank", "load", course], folder.path());
    assert!(ok && text.contains("0 unchanged, 0 retired"), "{text}");
    let (ok, text) = run(&["bank", "load", course], folder.path());
    assert!(ok && text.contains(": 0 new, 0 changed"), "{text}");
    let (ok, text) = run(&["bank", "check", "nowhere"], folder.path());
    assert!(!ok && text.contains("nowhere cannot be read"), "{text}");
    std::fs::write(folder.path().join("laerd.toml"), "lisen = \"x\"").unwrap();
    let (ok, text) = run(&["migrate", "status", "--config", "laerd.toml"], folder.path());
    assert!(!ok && text.contains("lisen"), "{text}");
}

#[test]
fn an_account_is_added_with_a_password_from_standard_input() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let add = |password: &str| {
        let mut child = program()
            .args(["account", "add", "admin.no", "--role", "admin"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (ok, text) = add("kort");
    assert!(!ok && text.contains("10 to 128"), "{text}");
    let (ok, text) = add("en lang nok setning");
    assert!(ok && text.contains("added admin.no (admin)"), "{text}");
    let (ok, text) = add("en lang nok setning");
    assert!(!ok && text.contains("taken"), "{text}");
}
