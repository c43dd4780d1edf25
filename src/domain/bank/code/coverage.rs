//! Texts for the linter's findings in a bank as a whole: habits of its keys, and what it has too little of.

use super::{Entry, error, warning};

pub(super) const KEY_LONGEST_SHARE: Entry = error(
    "key_longest_share",
    [
        "I {0} av {1} single-spørsmål ({2} %) er det riktige alternativet lengst; det meste er 30 %.",
        "I {0} av {1} single-spørsmål ({2} %) er det rette alternativet lengst; det meste er 30 %.",
        "In {0} of {1} single questions ({2} %) the right option is the longest; the most is 30 %.",
    ],
    [
        "Kort ned riktige alternativer, eller gjør gale like lange, til andelen er under 30 %.",
        "Kort ned rette alternativ, eller gjer gale like lange, til delen er under 30 %.",
        "Shorten right options, or make wrong ones as long, until the share is below 30 %.",
    ],
);

pub(super) const KEY_POSITION_SHARE: Entry = warning(
    "key_position_share",
    [
        "Det riktige alternativet står på plass {0} i {1} % av single-spørsmålene; ventet er rundt {2} %.",
        "Det rette alternativet står på plass {0} i {1} % av single-spørsmåla; venta er rundt {2} %.",
        "The right option is written in place {0} in {1} % of the single questions; about {2} % is expected.",
    ],
    [
        "Flytt riktige alternativer, så plassene brukes omtrent like ofte.",
        "Flytt rette alternativ, så plassane blir brukte omtrent like ofte.",
        "Move right options, so that the places are used about equally often.",
    ],
);

pub(super) const CONCEPT_TOO_FEW_ITEMS: Entry = error(
    "concept_too_few_items",
    [
        "Begrepet «{0}» har {1} spørsmål med poeng; mestring trenger minst {2}.",
        "Omgrepet «{0}» har {1} spørsmål med poeng; meistring treng minst {2}.",
        "The concept “{0}” has {1} scored questions; mastery needs at least {2}.",
    ],
    [
        "Skriv flere spørsmål om begrepet, eller slå det sammen med et annet.",
        "Skriv fleire spørsmål om omgrepet, eller slå det saman med eit anna.",
        "Write more questions about the concept, or merge it with another.",
    ],
);

pub(super) const OBJECTIVE_TOO_FEW_ITEMS: Entry = error(
    "objective_too_few_items",
    [
        "Læringsmålet {0} har {1} spørsmål med poeng; det trenger minst {2}.",
        "Læringsmålet {0} har {1} spørsmål med poeng; det treng minst {2}.",
        "The objective {0} has {1} scored questions; it needs at least {2}.",
    ],
    [
        "Skriv flere spørsmål for målet, eller før det opp under «objectives» i spørsmål som alt prøver det.",
        "Skriv fleire spørsmål for målet, eller før det opp under «objectives» i spørsmål som alt prøver det.",
        "Write more questions for it, or name it under “objectives” of questions that already test it.",
    ],
);

pub(super) const CHAPTER_TYPES: Entry = warning(
    "chapter_types",
    [
        "Kapittel {0} har {1} spørsmålstyper; det bør ha minst {2}.",
        "Kapittel {0} har {1} spørsmålstypar; det bør ha minst {2}.",
        "Chapter {0} has {1} types of question; it should have at least {2}.",
    ],
    ["Skriv spørsmål av flere typer.", "Skriv spørsmål av fleire typar.", "Write questions of more types."],
);

pub(super) const CHAPTER_DIFFICULTY: Entry = warning(
    "chapter_difficulty",
    [
        "Kapittel {0} har ingen spørsmål med vanskegrad {1}.",
        "Kapittel {0} har ingen spørsmål med vanskegrad {1}.",
        "Chapter {0} has no questions of difficulty {1}.",
    ],
    [
        "Skriv noen, eller vurder vanskegradene på nytt.",
        "Skriv nokre, eller vurder vanskegradene på nytt.",
        "Write some, or judge the difficulties again.",
    ],
);
