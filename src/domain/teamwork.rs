//! What teams do together, and what a member agrees to.

use crate::vocab::text::Localised;

/// What a team did: the activities of the course, and whatever else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// A change judged through one of the hats at a time.
    ThinkingHats,
    /// What is good leadership? Alone first, then together.
    GoodLeadership,
    /// The elements of the good job, scored without names.
    GoodJob,
    /// A colleague teaches what he knows for a quarter of an hour.
    ShareKnowledge,
    Other,
}

impl ActivityKind {
    pub const ALL: [Self; 5] =
        [Self::ThinkingHats, Self::GoodLeadership, Self::GoodJob, Self::ShareKnowledge, Self::Other];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ThinkingHats => "thinking_hats",
            Self::GoodLeadership => "good_leadership",
            Self::GoodJob => "good_job",
            Self::ShareKnowledge => "share_knowledge",
            Self::Other => "other",
        }
    }

    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Other)
    }
}

/// Names the text below. A change of its meaning makes a new version, and new members agree to that one.
pub const CONSENT_VERSION: &str = "2026-11";

/// What being a member of a team means, as shown before one joins and at any time after.
pub fn consent() -> Localised {
    Localised::new(
        "Når du er med i et team, teller det du kan, med i teamets oversikt.\n\n\
         **Dette ser lederen og administratoren:** at du er medlem, og siden når. For hvert begrep ser de om ingen \
         eller én, to, eller tre eller flere kan det godt. Tallene gjelder grupper på minst fem og lages på nytt \
         én gang i uka.\n\n\
         **Dette ser ingen andre enn du:** svarene dine, feilene dine, nivåene dine og om du er blant dem som kan noe \
         godt. Feil er private, og de er lov.\n\n\
         Oversikten skal vise hvor flere kan lære. Den skal ikke brukes til lønn, vurdering eller rangering.\n\n\
         Det er frivillig. Du kan gå ut når du vil, uten å si hvorfor. Fra neste oppdatering er du ute av alle tall, \
         også de eldre. Du kan fortsette å øve som før.",
        "Når du er med i eit team, tel det du kan, med i oversikta til teamet.\n\n\
         **Dette ser leiaren og administratoren:** at du er medlem, og sidan når. For kvart omgrep ser dei om ingen \
         eller éin, to, eller tre eller fleire kan det godt. Tala gjeld grupper på minst fem og blir laga på nytt éin \
         gong i veka.\n\n\
         **Dette ser ingen andre enn du:** svara dine, feila dine, nivåa dine og om du er mellom dei som kan noko \
         godt. Feil er private, og dei er lov.\n\n\
         Oversikta skal vise kvar fleire kan lære. Ho skal ikkje brukast til løn, vurdering eller rangering.\n\n\
         Det er frivillig. Du kan gå ut når du vil, utan å seie kvifor. Frå neste oppdatering er du ute av alle tal, \
         også dei eldre. Du kan halde fram med å øve som før.",
        "When you are in a team, what you know counts in the team's overview.\n\n\
         **Your lead and the administrator see:** that you are a member, and since when. For each concept they see \
         whether none or one, two, or three or more know it well. The figures are of groups of at least five and are \
         made anew once a week.\n\n\
         **Nobody but you sees:** your answers, your mistakes, your levels, and whether you are among those who know \
         something well. Mistakes are private, and they are fine.\n\n\
         The overview is there to show where more can learn. It is not for pay, appraisal or ranking.\n\n\
         It is voluntary. You can leave whenever you like without saying why. From the next update on you are in no \
         figure, older ones included. You can go on studying as before.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_reads_back_as_it_was_stored() {
        assert!(ActivityKind::ALL.iter().all(|kind| ActivityKind::parse(kind.as_str()) == *kind));
    }
}
