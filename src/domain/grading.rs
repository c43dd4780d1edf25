//! From a mark to what it says to the scheduler and to the mastery filter.
//!
//! Answers are marked by us, not graded by the learner's feeling, and FSRS counts Hard as a success; so a partly right
//! answer is Again, never Hard. Where the learner does judge himself he is believed for the schedule, and never for
//! mastery.

use super::{
    question::{Mark, Question, Response},
    review::Effect,
};
use crate::vocab::grade::Rating;

/// How the answer came about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conduct {
    /// Hints opened.
    pub hints: u8,
    /// From a practice session.
    pub practice: bool,
}

/// What the answer does to the learner's state.
pub fn effect(question: &Question, response: &Response, mark: &Mark, conduct: Conduct) -> Effect {
    let (rating, evidence) = match (response, mark.self_rating) {
        (Response::Seen, _) => return Effect::Seen,
        (Response::Reveal, _) => (Rating::Again, question.body.is_scored().then_some(false)),
        (_, Some(own)) => (own, None),
        (_, None) if !mark.correct => (Rating::Again, Some(false)),
        // Right with help: known well enough to wait, but the help is no evidence of mastery.
        (_, None) if conduct.hints > 0 => (Rating::Hard, None),
        (_, None) => (Rating::Good, Some(true)),
    };
    if conduct.practice && rating != Rating::Again {
        Effect::Practised { evidence }
    } else {
        Effect::Reviewed { rating, evidence }
    }
}

/// What a review does that the learner made and rated elsewhere, where nobody marked it.
pub fn own_rating(rating: Rating) -> Effect {
    Effect::Reviewed { rating, evidence: None }
}

/// Whether the time of a right answer tells how well it was known: not with help, not in practice, not where the
/// learner judges himself, and not if he left the app meanwhile.
pub fn times_tell(question: &Question, conduct: Conduct, left_app: bool) -> bool {
    question.body.is_scored() && conduct == Conduct::default() && !left_app
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::question::mark;

    fn question(body: &str) -> Question {
        let text = format!(
            r#"{{"id":"q","concepts":["c"],"difficulty":1,"stem":"?","explanation":"because",
            "source":{{"kind":"general","reference":"r"}},"body":{body}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn multiple() -> Question {
        let option = |id: &str, correct| format!(r#"{{"id":"{id}","text":"{id}","correct":{correct},"feedback":"f"}}"#);
        let options = [option("a", true), option("b", true), option("c", false)].join(",");
        question(&format!(r#"{{"type":"multiple","scoring":"partial","options":[{options}]}}"#))
    }

    fn of(question: &Question, response: &str, conduct: Conduct) -> Effect {
        let response: Response = serde_json::from_str(response).unwrap();
        let mark = mark(question, &response, &[]).unwrap();
        effect(question, &response, &mark, conduct)
    }

    fn reviewed(rating: Rating, evidence: Option<bool>) -> Effect {
        Effect::Reviewed { rating, evidence }
    }

    #[test]
    fn partly_right_is_again_and_help_is_no_evidence() {
        let (all, half) = (r#"{"kind":"choice","options":["a","b"]}"#, r#"{"kind":"choice","options":["a"]}"#);
        let (plain, hinted) = (Conduct::default(), Conduct { hints: 1, ..Conduct::default() });
        assert_eq!(of(&multiple(), all, plain), reviewed(Rating::Good, Some(true)));
        assert_eq!(of(&multiple(), half, plain), reviewed(Rating::Again, Some(false)));
        assert_eq!(of(&multiple(), all, hinted), reviewed(Rating::Hard, None));
        assert_eq!(of(&multiple(), half, hinted), reviewed(Rating::Again, Some(false)));
        assert_eq!(of(&multiple(), r#"{"kind":"reveal"}"#, plain), reviewed(Rating::Again, Some(false)));
    }

    #[test]
    fn who_judges_himself_is_believed_for_the_schedule_only() {
        let card = question(r#"{"type":"flashcard","back":"b"}"#);
        let own = r#"{"kind":"self_rating","rating":"easy"}"#;
        assert_eq!(of(&card, own, Conduct::default()), reviewed(Rating::Easy, None));
        assert_eq!(of(&card, r#"{"kind":"reveal"}"#, Conduct::default()), reviewed(Rating::Again, None));
        let page = question(r#"{"type":"info","body":"b"}"#);
        assert_eq!(of(&page, r#"{"kind":"seen"}"#, Conduct::default()), Effect::Seen);
    }

    #[test]
    fn practice_moves_the_schedule_only_when_it_goes_wrong() {
        let practice = Conduct { practice: true, ..Conduct::default() };
        let right = r#"{"kind":"choice","options":["a","b"]}"#;
        assert_eq!(of(&multiple(), right, practice), Effect::Practised { evidence: Some(true) });
        let wrong = r#"{"kind":"choice","options":[]}"#;
        assert_eq!(of(&multiple(), wrong, practice), reviewed(Rating::Again, Some(false)));
    }
}
