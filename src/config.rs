//! Settings: defaults < file < environment < flags. A key that is not known is an error that names it, in the file
//! and in the environment alike: a setting that is silently ignored is found a year later.

use clap::{Args, ValueEnum, builder::BoolishValueParser};
use serde::Deserialize;
use std::{fmt, net::SocketAddr, num::NonZeroU32, path::Path, path::PathBuf};

/// What can be set from the command line and the environment; all optional, because the file and the defaults follow.
#[derive(Debug, Clone, Default, Args)]
pub struct Overrides {
    /// Settings file (TOML); keys are the names below in snake_case
    #[arg(long, env = "LAERD_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME` [default: sqlite:laerd.db]
    #[arg(long, env = "LAERD_DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "LAERD_LISTEN", global = true, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Connections to the database at most [default: 8]
    #[arg(long, env = "LAERD_DATABASE_CONNECTIONS", global = true, value_name = "N")]
    database_connections: Option<NonZeroU32>,
    /// Client connections at most [default: 4096]
    #[arg(long, env = "LAERD_MAX_CONNECTIONS", global = true, value_name = "N")]
    max_connections: Option<NonZeroU32>,
    /// Batches of answers in one commit at most; 1 is a transaction per request [default: 256]
    #[arg(long, env = "LAERD_WRITER_GROUP", global = true, value_name = "N")]
    writer_group: Option<NonZeroU32>,
    /// Commits under way at once on PostgreSQL; SQLite has one [default: 3]
    #[arg(long, env = "LAERD_WRITER_LANES", global = true, value_name = "N")]
    writer_lanes: Option<NonZeroU32>,
    /// New guests per minute and address [default: 60]
    #[arg(long, env = "LAERD_GUESTS_PER_MINUTE", global = true, value_name = "N")]
    guests_per_minute: Option<NonZeroU32>,
    /// Sign-ins and new accounts per minute and address [default: 20]
    #[arg(long, env = "LAERD_SIGN_INS_PER_MINUTE", global = true, value_name = "N")]
    sign_ins_per_minute: Option<NonZeroU32>,
    /// Take the client's address from X-Forwarded-For; only behind a proxy of your own [default: false]
    #[arg(long, env = "LAERD_TRUST_FORWARDED_FOR", global = true, value_name = "BOOL", value_parser = boolish())]
    trust_forwarded_for: Option<bool>,
    /// Origins whose web pages may read responses, such as `https://quiz.example.no`, between commas [default: none]
    #[arg(long, env = "LAERD_ALLOWED_ORIGINS", global = true, value_name = "ORIGINS", value_delimiter = ',')]
    allowed_origins: Option<Vec<String>>,
    /// What is logged, such as `info` or `laerd=debug` [default: info]
    #[arg(long, env = "LAERD_LOG", global = true, value_name = "FILTER")]
    log: Option<String>,
    /// How it is logged [default: text]
    #[arg(long, env = "LAERD_LOG_FORMAT", global = true, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

fn boolish() -> BoolishValueParser {
    BoolishValueParser::new()
}

/// One line of text or one JSON object per event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The settings in force.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub database_url: String,
    pub listen: SocketAddr,
    pub database_connections: NonZeroU32,
    pub max_connections: NonZeroU32,
    pub writer_group: NonZeroU32,
    pub writer_lanes: NonZeroU32,
    pub guests_per_minute: NonZeroU32,
    pub sign_ins_per_minute: NonZeroU32,
    pub trust_forwarded_for: bool,
    pub allowed_origins: Vec<String>,
    pub log: String,
    pub log_format: LogFormat,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the settings file {path} cannot be read: {cause}")]
    Unreadable { path: String, cause: std::io::Error },
    #[error("the settings file {path} is not valid:\n{cause}")]
    Invalid { path: String, cause: toml::de::Error },
    #[error(
        "the environment sets {0}, which is no setting of laerd\n  cure: unset it, or see `laerd --help` for the names"
    )]
    UnknownVariable(String),
    #[error(
        "`{0}` is no origin\n  cure: write each of allowed_origins as a browser does: scheme, host, port if any, in \
         lower case, and nothing after it, such as https://quiz.example.no"
    )]
    NotAnOrigin(String),
}

const fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite:laerd.db".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_connections: number(8),
            max_connections: number(4096),
            writer_group: number(256),
            writer_lanes: number(3),
            guests_per_minute: number(60),
            sign_ins_per_minute: number(20),
            trust_forwarded_for: false,
            allowed_origins: Vec::new(),
            log: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

impl Config {
    /// The settings in force, from the file that `overrides` names and then `overrides` itself. `variables` are the
    /// names in the environment, checked for strays.
    pub fn load(overrides: Overrides, variables: impl Iterator<Item = String>) -> Result<Self, ConfigError> {
        refuse_strays(variables)?;
        let base = overrides.config.as_deref().map_or_else(|| Ok(Self::default()), Self::read)?;
        Ok(Self {
            database_url: overrides.database_url.unwrap_or(base.database_url),
            listen: overrides.listen.unwrap_or(base.listen),
            database_connections: overrides.database_connections.unwrap_or(base.database_connections),
            max_connections: overrides.max_connections.unwrap_or(base.max_connections),
            writer_group: overrides.writer_group.unwrap_or(base.writer_group),
            writer_lanes: overrides.writer_lanes.unwrap_or(base.writer_lanes),
            guests_per_minute: overrides.guests_per_minute.unwrap_or(base.guests_per_minute),
            sign_ins_per_minute: overrides.sign_ins_per_minute.unwrap_or(base.sign_ins_per_minute),
            trust_forwarded_for: overrides.trust_forwarded_for.unwrap_or(base.trust_forwarded_for),
            allowed_origins: origins(overrides.allowed_origins.unwrap_or(base.allowed_origins))?,
            log: overrides.log.unwrap_or(base.log),
            log_format: overrides.log_format.unwrap_or(base.log_format),
        })
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: name(), cause })?;
        toml::from_str(&text).map_err(|cause| ConfigError::Invalid { path: name(), cause })
    }
}

/// Compared with the header byte by byte, so each must be written as browsers write it. An empty entry is nothing, as
/// in `LAERD_ALLOWED_ORIGINS=`.
fn origins(named: Vec<String>) -> Result<Vec<String>, ConfigError> {
    let is_origin = |text: &str| {
        let uri = text.parse::<http::Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        let (scheme, authority) = match uri.as_ref().map(|uri| (uri.scheme_str(), uri.authority())) {
            Some((Some(scheme), Some(authority))) => (scheme, authority.as_str()),
            _ => return false,
        };
        text == format!("{scheme}://{authority}") && !text.contains('@') && text == text.to_ascii_lowercase()
    };
    let named: Vec<String> = named.into_iter().filter(|origin| !origin.is_empty()).collect();
    match named.iter().find(|origin| !is_origin(origin)) {
        Some(wrong) => Err(ConfigError::NotAnOrigin(wrong.clone())),
        None => Ok(named),
    }
}

const VARIABLES: [&str; 14] = [
    "LAERD_CONFIG",
    "LAERD_DATABASE_URL",
    "LAERD_LISTEN",
    "LAERD_DATABASE_CONNECTIONS",
    "LAERD_MAX_CONNECTIONS",
    "LAERD_WRITER_GROUP",
    "LAERD_WRITER_LANES",
    "LAERD_GUESTS_PER_MINUTE",
    "LAERD_SIGN_INS_PER_MINUTE",
    "LAERD_TRUST_FORWARDED_FOR",
    "LAERD_ALLOWED_ORIGINS",
    "LAERD_LOG",
    "LAERD_LOG_FORMAT",
    "LAERD_PASSWORD",
];

fn refuse_strays(mut variables: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let stray = variables.find(|name| name.starts_with("LAERD_") && !VARIABLES.contains(&name.as_str()));
    stray.map_or(Ok(()), |name| Err(ConfigError::UnknownVariable(name)))
}

/// A database URL may hold a password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.database_url.split(':').next().unwrap_or_default();
        f.debug_struct("Config")
            .field("database_url", &format_args!("{scheme}:…"))
            .field("listen", &self.listen)
            .field("database_connections", &self.database_connections)
            .field("max_connections", &self.max_connections)
            .field("writer_group", &self.writer_group)
            .field("writer_lanes", &self.writer_lanes)
            .field("guests_per_minute", &self.guests_per_minute)
            .field("sign_ins_per_minute", &self.sign_ins_per_minute)
            .field("trust_forwarded_for", &self.trust_forwarded_for)
            .field("allowed_origins", &self.allowed_origins)
            .field("log", &self.log)
            .field("log_format", &self.log_format)
            .finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn load(file: &str, overrides: Overrides) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("laerd.toml");
        std::fs::write(&path, file).unwrap();
        Config::load(Overrides { config: Some(path), ..overrides }, std::iter::empty())
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_defaults() {
        let flags = Overrides { log: Some("debug".into()), ..Overrides::default() };
        let config = load("log = \"warn\"\nlisten = \"127.0.0.1:9\"", flags).unwrap();
        assert_eq!((config.log.as_str(), config.listen.port()), ("debug", 9));
        assert_eq!(config.database_url, "sqlite:laerd.db");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = load("lisen = \"127.0.0.1:9\"", Overrides::default()).unwrap_err().to_string();
        assert!(error.contains("lisen") && error.contains("laerd.toml"), "{error}");
        let stray = ["PATH", "LAERD_LISEN"].into_iter().map(str::to_owned);
        let error = Config::load(Overrides::default(), stray).unwrap_err().to_string();
        assert!(error.contains("LAERD_LISEN"), "{error}");
    }

    #[test]
    fn an_origin_is_written_as_a_browser_writes_it() {
        let load = |list: &str| load(&format!("allowed_origins = [{list}]"), Overrides::default());
        let config = load(r#""https://quiz.example.no", "http://localhost:5173", """#).unwrap();
        assert_eq!(config.allowed_origins, ["https://quiz.example.no", "http://localhost:5173"]);
        for wrong in [
            "*",
            "null",
            "quiz.example.no",
            "https://quiz.example.no/",
            "https://Quiz.example.no",
            "ftp://x",
            "https://a@b",
            "https://",
        ] {
            let error = load(&format!("\"{wrong}\"")).unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn a_password_in_the_url_is_never_printed() {
        let config = Config { database_url: "postgres://me:secret@host/db".into(), ..Config::default() };
        assert!(!format!("{config:?}").contains("secret"));
    }
}
