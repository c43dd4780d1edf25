//! Text in the languages of the service: bokmål, nynorsk and English.
//!
//! Bokmål is the language every text has; the others fall back to it, so a reader never meets an empty label.

use serde::{Deserialize, Serialize};

/// A language a client can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Norwegian bokmål.
    #[default]
    Nb,
    /// Norwegian nynorsk.
    Nn,
    /// English.
    En,
}

/// One text in up to three languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Localised {
    /// Bokmål; always there.
    pub nb: String,
    /// Nynorsk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nn: Option<String>,
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Localised {
    /// A text that exists in bokmål only.
    pub fn nb(text: impl Into<String>) -> Self {
        Self { nb: text.into(), nn: None, en: None }
    }

    /// A text in all three languages.
    pub fn new(nb: impl Into<String>, nn: impl Into<String>, en: impl Into<String>) -> Self {
        Self { nb: nb.into(), nn: Some(nn.into()), en: Some(en.into()) }
    }

    /// The text in `lang`, or in bokmål where it has not been translated.
    pub fn get(&self, lang: Lang) -> &str {
        let translated = match lang {
            Lang::Nb => None,
            Lang::Nn => self.nn.as_deref(),
            Lang::En => self.en.as_deref(),
        };
        translated.unwrap_or(&self.nb)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_translation_falls_back_to_bokmal() {
        let name = Localised { en: Some("Knowledge".into()), ..Localised::nb("Kunnskap") };
        assert_eq!([Lang::Nb, Lang::Nn, Lang::En].map(|lang| name.get(lang)), ["Kunnskap", "Kunnskap", "Knowledge"]);
    }

    #[test]
    fn a_missing_translation_is_left_out_of_the_map() {
        assert_eq!(serde_json::to_string(&Localised::nb("Kunnskap")).unwrap(), r#"{"nb":"Kunnskap"}"#);
        let all = Localised::new("a", "b", "c");
        assert_eq!(serde_json::from_str::<Localised>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
    }
}
