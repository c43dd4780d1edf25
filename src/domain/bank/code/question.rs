//! Texts for faults of one question: its options, gaps, numbers, categories and source.

use super::{Entry, error, warning};

pub(super) const NOT_ONE_CORRECT: Entry = error(
    "not_one_correct",
    [
        "{0} alternativer er merket som riktige; det skal være nøyaktig ett.",
        "{0} alternativ er merkte som rette; det skal vere nøyaktig eitt.",
        "{0} options are marked correct; there should be exactly one.",
    ],
    [
        "Sett «correct: true» på det ene riktige, eller bruk typen multiple.",
        "Set «correct: true» på det eine rette, eller bruk typen multiple.",
        "Put “correct: true” on the one right option, or use the type multiple.",
    ],
);

pub(super) const NONE_CORRECT: Entry = error(
    "none_correct",
    [
        "Ingen alternativer er merket som riktige.",
        "Ingen alternativ er merkte som rette.",
        "No option is marked correct.",
    ],
    [
        "Sett «correct: true» på de riktige alternativene.",
        "Set «correct: true» på dei rette alternativa.",
        "Put “correct: true” on the right options.",
    ],
);

pub(super) const NONE_WRONG: Entry = error(
    "none_wrong",
    [
        "Alle alternativene er riktige, så det er ingenting å velge mellom.",
        "Alle alternativa er rette, så det er ingenting å velje mellom.",
        "All options are correct, so there is nothing to choose between.",
    ],
    ["Legg til minst ett galt alternativ.", "Legg til minst eitt feil alternativ.", "Add at least one wrong option."],
);

pub(super) const DUPLICATE_OPTION: Entry = error(
    "duplicate_option",
    [
        "Alternativet «{0}» står allerede på linje {1}.",
        "Alternativet «{0}» står alt på linje {1}.",
        "The option “{0}” already stands on line {1}.",
    ],
    [
        "Skriv et annet alternativ. Mellomrom og store bokstaver skiller ikke.",
        "Skriv eit anna alternativ. Mellomrom og store bokstavar skil ikkje.",
        "Write another option. Spaces and capital letters make no difference.",
    ],
);

pub(super) const DUPLICATE_TEXT: Entry = error(
    "duplicate_text",
    ["«{0}» står allerede på linje {1}.", "«{0}» står alt på linje {1}.", "“{0}” already stands on line {1}."],
    [
        "Skriv en annen tekst. Mellomrom og store bokstaver skiller ikke.",
        "Skriv ein annan tekst. Mellomrom og store bokstavar skil ikkje.",
        "Write another text. Spaces and capital letters make no difference.",
    ],
);

pub(super) const GAP_NOT_IN_STEM: Entry = error(
    "gap_not_in_stem",
    [
        "Luke nummer {0} har ingen plass i «stem».",
        "Luke nummer {0} har ingen plass i «stem».",
        "Gap {0} has no place in “stem”.",
    ],
    [
        "Skriv {{{0}}} med doble klammer der den hører hjemme, eller fjern luken.",
        "Skriv {{{0}}} med doble klammer der ho høyrer heime, eller fjern luka.",
        "Write {{{0}}} with double braces where it belongs, or remove the gap.",
    ],
);

pub(super) const MARKER_WITHOUT_GAP: Entry = error(
    "marker_without_gap",
    [
        "Merket «{0}» har ingen luke; spørsmålet har {1}.",
        "Merket «{0}» har inga luke; spørsmålet har {1}.",
        "The marker “{0}” has no gap; the question has {1}.",
    ],
    [
        "Legg til en luke under «gaps», eller rett merket.",
        "Legg til ei luke under «gaps», eller rett merket.",
        "Add a gap under “gaps”, or correct the marker.",
    ],
);

pub(super) const MARKER_REPEATED: Entry = error(
    "marker_repeated",
    [
        "Luke nummer {0} står flere ganger i «stem».",
        "Luke nummer {0} står fleire gonger i «stem».",
        "Gap {0} stands more than once in “stem”.",
    ],
    ["Gi hver luke sitt eget nummer.", "Gi kvar luke sitt eige nummer.", "Give every gap a number of its own."],
);

pub(super) const ACCEPTED_AND_WRONG: Entry = error(
    "accepted_and_wrong",
    [
        "«{0}» er både riktig svar og forventet feil.",
        "«{0}» er både rett svar og venta feil.",
        "“{0}” is both an accepted answer and a foreseen mistake.",
    ],
    ["Fjern det ene.", "Fjern det eine.", "Remove one of them."],
);

pub(super) const NEGATIVE_TOLERANCE: Entry = error(
    "negative_tolerance",
    ["Toleransen {0} er negativ.", "Toleransen {0} er negativ.", "The tolerance {0} is negative."],
    [
        "Skriv 0 for et nøyaktig svar, eller et tall over 0.",
        "Skriv 0 for eit nøyaktig svar, eller eit tal over 0.",
        "Write 0 for an exact answer, or a number above 0.",
    ],
);

pub(super) const TOLERANCE_OF_ZERO: Entry = error(
    "tolerance_of_zero",
    [
        "En toleranse av typen {0} har ingen mening når svaret er 0.",
        "Ein toleranse av typen {0} har inga meining når svaret er 0.",
        "A {0} tolerance has no meaning when the answer is 0.",
    ],
    ["Bruk «tolerance_kind: absolute».", "Bruk «tolerance_kind: absolute».", "Use “tolerance_kind: absolute”."],
);

pub(super) const WIDE_TOLERANCE: Entry = warning(
    "wide_tolerance",
    [
        "Toleransen {0} er minst like stor som svaret selv.",
        "Toleransen {0} er minst like stor som svaret sjølv.",
        "The tolerance {0} is at least as large as the answer itself.",
    ],
    [
        "En relativ toleranse er en brøkdel: skriv 0.05 for 5 prosent.",
        "Ein relativ toleranse er ein brøkdel: skriv 0.05 for 5 prosent.",
        "A relative tolerance is a fraction: write 0.05 for 5 per cent.",
    ],
);

pub(super) const UNKNOWN_CATEGORY: Entry = error(
    "unknown_category",
    [
        "Kategorien «{0}» finnes ikke i «categories».",
        "Kategorien «{0}» finst ikkje i «categories».",
        "The category “{0}” is not in “categories”.",
    ],
    ["Bruk en av: {1}.", "Bruk ein av: {1}.", "Use one of: {1}."],
);

pub(super) const DUPLICATE_CATEGORY: Entry = error(
    "duplicate_category",
    [
        "Kategorien «{0}» står allerede på linje {1}.",
        "Kategorien «{0}» står alt på linje {1}.",
        "The category “{0}” already stands on line {1}.",
    ],
    [
        "Gi hver kategori sin egen id og tekst.",
        "Gi kvar kategori sin eigen id og tekst.",
        "Give every category its own id and label.",
    ],
);

pub(super) const LAW_WITHOUT_REVIEW: Entry = error(
    "law_without_review",
    [
        "Et lovspørsmål må ha datoen da det skal leses på nytt.",
        "Eit lovspørsmål må ha datoen då det skal lesast på nytt.",
        "A law question needs the date when it must be read again.",
    ],
    [
        "Legg til «review_by: 2027-11-01» med riktig dato.",
        "Legg til «review_by: 2027-11-01» med rett dato.",
        "Add “review_by: 2027-11-01” with the right date.",
    ],
);

pub(super) const LAW_WITHOUT_DATE: Entry = warning(
    "law_without_date",
    [
        "Kilden sier ikke hvilken dag loven ble lest.",
        "Kjelda seier ikkje kva dag lova vart lesen.",
        "The source does not say which day the law was read.",
    ],
    [
        "Legg til «as_of: 2026-11-23» i «source» med riktig dato.",
        "Legg til «as_of: 2026-11-23» i «source» med rett dato.",
        "Add “as_of: 2026-11-23” to “source” with the right date.",
    ],
);

pub(super) const BAD_IMAGE_PATH: Entry = error(
    "bad_image_path",
    [
        "«{0}» er ikke en sti inne i kursmappa.",
        "«{0}» er ikkje ein sti inne i kursmappa.",
        "“{0}” is not a path inside the course folder.",
    ],
    [
        "Skriv for eksempel images/hatter.png.",
        "Skriv til dømes images/hattar.png.",
        "Write for example images/hats.png.",
    ],
);
