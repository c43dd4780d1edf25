//! What the figures were measured on: a figure without its machine says nothing.

use std::{fs::read_to_string, path::Path};

pub fn describe(binary: &Path) -> String {
    let memory = field("/proc/meminfo", "MemTotal").and_then(|kib| kib.trim_end_matches("kB").trim().parse().ok());
    let memory = memory.map_or_else(|| "unknown".to_owned(), |kib: f64| format!("{:.1} GB", kib * 1024.0 / 1e9));
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let debug = binary.components().any(|part| part.as_os_str().to_string_lossy().contains("debug"));
    let build = if debug { " — A DEBUG BUILD: these figures say nothing about a release" } else { "" };
    format!("Machine: {} cores ({processor}), {memory} memory\nBinary: {}{build}", cores(), binary.display())
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The kind of file system a path lies on: on one in memory a commit costs nothing.
pub fn filesystem(path: &Path) -> String {
    let mounts = read_to_string("/proc/mounts").unwrap_or_default();
    let fields = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = fields.filter(|(mount, _)| path.starts_with(mount));
    holding.max_by_key(|(mount, _)| mount.len()).map_or("unknown", |(_, kind)| kind).to_owned()
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
