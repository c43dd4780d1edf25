//! Texts for faults between the files: chapters, concepts, objectives and what refers to them.

use super::{Entry, error, warning};

pub(super) const MISSING_FILE: Entry = error(
    "missing_file",
    ["Fila {0} mangler.", "Fila {0} manglar.", "The file {0} is missing."],
    [
        "Lag {0} i kursmappa, som vist i FORMAT.md.",
        "Lag {0} i kursmappa, som vist i FORMAT.md.",
        "Make {0} in the course folder, as shown in FORMAT.md.",
    ],
);

pub(super) const UNKNOWN_FILE: Entry = warning(
    "unknown_file",
    [
        "Fila {0} hører ikke til kurset og er ikke lest.",
        "Fila {0} høyrer ikkje til kurset og er ikkje lesen.",
        "The file {0} is not part of the course and was not read.",
    ],
    [
        "Kall den course.yaml, concepts.yaml eller chapter-N.yaml, eller flytt den ut av kursmappa.",
        "Kall ho course.yaml, concepts.yaml eller chapter-N.yaml, eller flytt ho ut av kursmappa.",
        "Name it course.yaml, concepts.yaml or chapter-N.yaml, or move it out of the course folder.",
    ],
);

pub(super) const DUPLICATE_FILE: Entry = error(
    "duplicate_file",
    ["Fila {0} er med to ganger.", "Fila {0} er med to gonger.", "The file {0} was given twice."],
    ["Send den én gang.", "Send ho éin gong.", "Give it once."],
);

pub(super) const UNKNOWN_CHAPTER: Entry = error(
    "unknown_chapter",
    [
        "Kapittel {0} finnes ikke i course.yaml.",
        "Kapittel {0} finst ikkje i course.yaml.",
        "Chapter {0} is not in course.yaml.",
    ],
    [
        "Legg kapittelet til i course.yaml, eller rett tallet.",
        "Legg kapittelet til i course.yaml, eller rett talet.",
        "Add the chapter to course.yaml, or correct the number.",
    ],
);

pub(super) const DUPLICATE_CHAPTER_FILE: Entry = error(
    "duplicate_chapter_file",
    ["Kapittel {0} har allerede fila {1}.", "Kapittel {0} har alt fila {1}.", "Chapter {0} already has the file {1}."],
    [
        "Samle spørsmålene i én fil, eller rett tallet.",
        "Samle spørsmåla i éi fil, eller rett talet.",
        "Gather the questions in one file, or correct the number.",
    ],
);

pub(super) const CHAPTER_MISMATCH: Entry = error(
    "chapter_mismatch",
    [
        "Fila sier kapittel {0}, men navnet sier {1}.",
        "Fila seier kapittel {0}, men namnet seier {1}.",
        "The file says chapter {0}, but its name says {1}.",
    ],
    [
        "Rett «chapter», eller gi fila navnet chapter-{0}.yaml.",
        "Rett «chapter», eller gi fila namnet chapter-{0}.yaml.",
        "Correct “chapter”, or name the file chapter-{0}.yaml.",
    ],
);

pub(super) const DUPLICATE_CHAPTER: Entry = error(
    "duplicate_chapter",
    [
        "Kapittelet «{0}» står allerede på linje {1}.",
        "Kapittelet «{0}» står alt på linje {1}.",
        "The chapter “{0}” already stands on line {1}.",
    ],
    [
        "Gi hvert kapittel sitt eget nummer og kortnavn.",
        "Gi kvart kapittel sitt eige nummer og kortnamn.",
        "Give every chapter its own number and slug.",
    ],
);

pub(super) const DUPLICATE_OBJECTIVE: Entry = error(
    "duplicate_objective",
    [
        "Læringsmålet «{0}» står allerede på linje {1}.",
        "Læringsmålet «{0}» står alt på linje {1}.",
        "The objective “{0}” already stands on line {1}.",
    ],
    ["Gi hvert læringsmål sin egen id.", "Gi kvart læringsmål sin eigen id.", "Give every objective its own id."],
);

pub(super) const DUPLICATE_CONCEPT: Entry = error(
    "duplicate_concept",
    [
        "Begrepet «{0}» står allerede på linje {1}.",
        "Omgrepet «{0}» står alt på linje {1}.",
        "The concept “{0}” already stands on line {1}.",
    ],
    [
        "Slå dem sammen, eller gi det ene et annet kortnavn.",
        "Slå dei saman, eller gi det eine eit anna kortnamn.",
        "Merge them, or give one of them another slug.",
    ],
);

pub(super) const DUPLICATE_QUESTION: Entry = error(
    "duplicate_question",
    ["Id-en «{0}» er allerede brukt i {1}.", "Id-en «{0}» er alt brukt i {1}.", "The id “{0}” is already used in {1}."],
    [
        "Gi det nyeste spørsmålet en ny id; en id brukes aldri om igjen.",
        "Gi det nyaste spørsmålet ein ny id; ein id blir aldri brukt om att.",
        "Give the newer question a new id; an id is never reused.",
    ],
);

pub(super) const UNKNOWN_CONCEPT: Entry = error(
    "unknown_concept",
    [
        "Begrepet «{0}» finnes ikke i concepts.yaml.",
        "Omgrepet «{0}» finst ikkje i concepts.yaml.",
        "The concept “{0}” is not in concepts.yaml.",
    ],
    [
        "Legg begrepet til i concepts.yaml, eller rett skrivemåten.",
        "Legg omgrepet til i concepts.yaml, eller rett skrivemåten.",
        "Add the concept to concepts.yaml, or correct the spelling.",
    ],
);

pub(super) const UNKNOWN_OBJECTIVE: Entry = error(
    "unknown_objective",
    [
        "Læringsmålet «{0}» finnes ikke i course.yaml.",
        "Læringsmålet «{0}» finst ikkje i course.yaml.",
        "The objective “{0}” is not in course.yaml.",
    ],
    [
        "Legg læringsmålet til i course.yaml, eller rett skrivemåten.",
        "Legg læringsmålet til i course.yaml, eller rett skrivemåten.",
        "Add the objective to course.yaml, or correct the spelling.",
    ],
);

pub(super) const UNKNOWN_QUESTION: Entry = error(
    "unknown_question",
    [
        "Spørsmålet «{0}» finnes ikke i kurset.",
        "Spørsmålet «{0}» finst ikkje i kurset.",
        "The question “{0}” is not in the course.",
    ],
    [
        "La det gamle spørsmålet stå med «retired: true», eller rett skrivemåten.",
        "La det gamle spørsmålet stå med «retired: true», eller rett skrivemåten.",
        "Keep the old question with “retired: true”, or correct the spelling.",
    ],
);

pub(super) const DUPLICATE_REFERENCE: Entry = error(
    "duplicate_reference",
    ["«{0}» står to ganger i lista.", "«{0}» står to gonger i lista.", "“{0}” stands twice in the list."],
    ["Fjern det ene.", "Fjern det eine.", "Remove one of them."],
);

pub(super) const PREREQUISITE_CIRCLE: Entry = error(
    "prerequisite_circle",
    ["Forkunnskapene går i ring: {0}.", "Forkunnskapane går i ring: {0}.", "The prerequisites form a circle: {0}."],
    [
        "Fjern én av forkunnskapene i ringen.",
        "Fjern éin av forkunnskapane i ringen.",
        "Remove one of the prerequisites in the circle.",
    ],
);

pub(super) const TOO_MANY_QUESTIONS: Entry = error(
    "too_many_questions",
    [
        "Banken har {0} spørsmål; det meste er {1}.",
        "Banken har {0} spørsmål; det meste er {1}.",
        "The bank has {0} questions; the most is {1}.",
    ],
    ["Del kurset i to.", "Del kurset i to.", "Split the course in two."],
);

pub(super) const TOO_MANY_CONCEPTS: Entry = error(
    "too_many_concepts",
    [
        "Kurset har {0} begreper; det meste er {1}.",
        "Kurset har {0} omgrep; det meste er {1}.",
        "The course has {0} concepts; the most is {1}.",
    ],
    [
        "Slå sammen begreper, eller del kurset i to.",
        "Slå saman omgrep, eller del kurset i to.",
        "Merge concepts, or split the course in two.",
    ],
);

pub(super) const TOO_MANY_PROBLEMS: Entry = error(
    "too_many_problems",
    [
        "Det er flere enn {0} feil; resten vises ikke.",
        "Det er fleire enn {0} feil; resten blir ikkje vist.",
        "There are more than {0} problems; the rest are not shown.",
    ],
    ["Rett disse først, og sjekk igjen.", "Rett desse først, og sjekk igjen.", "Mend these first, and check again."],
);
