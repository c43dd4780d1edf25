//! Texts for faults of form: the file as YAML, and the fields and values in it.

use super::{Entry, Texts, error};

/// «Did you mean»: `{1}` is the nearest known word.
pub(in super::super) const CURE_NEAREST: Texts = ["Mente du «{1}»?", "Meinte du «{1}»?", "Did you mean “{1}”?"];

/// For a field of another question type: `{1}` is the types that have it.
pub(in super::super) const CURE_OTHER_TYPE: Texts = [
    "Feltet hører til typen {1}. Fjern feltet, eller rett «type».",
    "Feltet høyrer til typen {1}. Fjern feltet, eller rett «type».",
    "The field belongs to the type {1}. Remove it, or change “type”.",
];

/// For YAML that breaks on a tab.
pub(in super::super) const CURE_TABS: Texts = [
    "Bruk mellomrom, ikke tabulator, foran og mellom feltene.",
    "Bruk mellomrom, ikkje tabulator, framfor og mellom felta.",
    "Use spaces, not tabs, before and between the fields.",
];

/// For YAML that breaks on a quote.
pub(in super::super) const CURE_QUOTES: Texts = [
    "Avslutt teksten med samme tegn som den begynte med. Skriv \\\" for et anførselstegn inne i \"…\".",
    "Avslutt teksten med same teikn som han byrja med. Skriv \\\" for eit hermeteikn inne i \"…\".",
    "End the text with the quote it began with. Write \\\" for a quote inside \"…\".",
];

/// For YAML that breaks on a bracket or brace.
pub(in super::super) const CURE_BRACKETS: Texts = [
    "Sjekk at hver [ og { har sin ] og }, og at det er komma mellom delene.",
    "Sjekk at kvar [ og { har sin ] og }, og at det er komma mellom delane.",
    "Check that every [ and { has its ] and }, with commas between the parts.",
];

/// For YAML that breaks on a colon in a text.
pub(in super::super) const CURE_COLON: Texts = [
    "Sett teksten mellom anførselstegn hvis den inneholder kolon, og sjekk innrykket.",
    "Set teksten mellom hermeteikn om han inneheld kolon, og sjekk innrykket.",
    "Put the text in quotes if it holds a colon, and check the indentation.",
];

pub(super) const YAML_SYNTAX: Entry = error(
    "yaml_syntax",
    [
        "Her følger ikke fila reglene for YAML: {0}.",
        "Her følgjer ikkje fila reglane for YAML: {0}.",
        "The file is not valid YAML here: {0}.",
    ],
    [
        "Sjekk innrykk, kolon og anførselstegn på denne linja og linja over.",
        "Sjekk innrykk, kolon og hermeteikn på denne linja og linja over.",
        "Check indentation, colons and quotes on this line and the one above.",
    ],
);

pub(super) const TOO_DEEP: Entry = error(
    "too_deep",
    [
        "Lister og felter står for dypt inne i hverandre.",
        "Lister og felt står for djupt inne i kvarandre.",
        "Lists and maps are nested too deeply.",
    ],
    [
        "Følg oppsettet i FORMAT.md; ingen spørsmål trenger så mange nivåer.",
        "Følg oppsettet i FORMAT.md; ingen spørsmål treng så mange nivå.",
        "Follow the layout in FORMAT.md; no question needs so many levels.",
    ],
);

pub(super) const TOO_COMPLEX: Entry = error(
    "too_complex",
    [
        "Fila har flere enn {0} verdier og leses ikke.",
        "Fila har fleire enn {0} verdiar og blir ikkje lesen.",
        "The file has more than {0} values and is not read.",
    ],
    ["Del kurset i flere kapitler.", "Del kurset i fleire kapittel.", "Split the course into more chapters."],
);

pub(super) const FILE_TOO_LARGE: Entry = error(
    "file_too_large",
    [
        "Fila er større enn {0} byte og leses ikke.",
        "Fila er større enn {0} byte og blir ikkje lesen.",
        "The file is larger than {0} bytes and is not read.",
    ],
    ["Del kurset i flere kapitler.", "Del kurset i fleire kapittel.", "Split the course into more chapters."],
);

pub(super) const MULTIPLE_DOCUMENTS: Entry = error(
    "multiple_documents",
    [
        "Fila har flere YAML-dokumenter.",
        "Fila har fleire YAML-dokument.",
        "The file holds more than one YAML document.",
    ],
    [
        "Fjern linja med --- eller del fila i to.",
        "Fjern linja med --- eller del fila i to.",
        "Remove the line with ---, or split the file in two.",
    ],
);

pub(super) const EMPTY_FILE: Entry = error(
    "empty_file",
    ["Fila er tom.", "Fila er tom.", "The file is empty."],
    [
        "Fyll den ut som i FORMAT.md, eller fjern den.",
        "Fyll ho ut som i FORMAT.md, eller fjern ho.",
        "Fill it in as in FORMAT.md, or remove it.",
    ],
);

pub(super) const ANCHOR_NOT_ALLOWED: Entry = error(
    "anchor_not_allowed",
    [
        "Ankre (&) og referanser (*) kan ikke brukes.",
        "Anker (&) og referansar (*) kan ikkje brukast.",
        "Anchors (&) and aliases (*) cannot be used.",
    ],
    [
        "Skriv teksten helt ut, eller sett den mellom anførselstegn.",
        "Skriv teksten heilt ut, eller set han mellom hermeteikn.",
        "Write the text out in full, or put it in quotes.",
    ],
);

pub(super) const TAG_NOT_ALLOWED: Entry = error(
    "tag_not_allowed",
    ["YAML-merker (!) kan ikke brukes.", "YAML-merke (!) kan ikkje brukast.", "YAML tags (!) cannot be used."],
    [
        "Fjern merket, eller sett teksten mellom anførselstegn.",
        "Fjern merket, eller set teksten mellom hermeteikn.",
        "Remove the tag, or put the text in quotes.",
    ],
);

pub(super) const BAD_KEY: Entry = error(
    "bad_key",
    ["Feltnavnet er ikke et ord.", "Feltnamnet er ikkje eit ord.", "The field name is not a word."],
    [
        "Skriv feltnavnet slik det står i FORMAT.md.",
        "Skriv feltnamnet slik det står i FORMAT.md.",
        "Write the field name as in FORMAT.md.",
    ],
);

pub(super) const DUPLICATE_KEY: Entry = error(
    "duplicate_key",
    [
        "Feltet «{0}» står allerede på linje {1}.",
        "Feltet «{0}» står alt på linje {1}.",
        "The field “{0}” already stands on line {1}.",
    ],
    ["Behold ett av dem.", "Behald eitt av dei.", "Keep one of them."],
);

pub(super) const CONTROL_CHARACTER: Entry = error(
    "control_character",
    [
        "Teksten har et usynlig styretegn ({0}).",
        "Teksten har eit usynleg styreteikn ({0}).",
        "The text holds an invisible control character ({0}).",
    ],
    [
        "Slett tegnet og skriv teksten på nytt.",
        "Slett teiknet og skriv teksten på nytt.",
        "Delete it and retype the text.",
    ],
);

pub(super) const MISSING_FIELD: Entry = error(
    "missing_field",
    ["Feltet «{0}» mangler.", "Feltet «{0}» manglar.", "The field “{0}” is missing."],
    ["Legg til «{0}: …» her.", "Legg til «{0}: …» her.", "Add “{0}: …” here."],
);

pub(super) const UNKNOWN_FIELD: Entry = error(
    "unknown_field",
    ["Feltet «{0}» er ukjent her.", "Feltet «{0}» er ukjent her.", "The field “{0}” is unknown here."],
    [
        "Fjern det. Felter som kan stå her: {1}.",
        "Fjern det. Felt som kan stå her: {1}.",
        "Remove it. Fields that can stand here: {1}.",
    ],
);

pub(super) const EXPECTED_TEXT: Entry = error(
    "expected_text",
    ["Her skal det stå en tekst.", "Her skal det stå ein tekst.", "A text should stand here."],
    [
        "Skriv én tekst, uten liste eller underfelter. Sett den mellom \"…\" hvis den begynner med et spesialtegn.",
        "Skriv éin tekst, utan liste eller underfelt. Set han mellom \"…\" om han byrjar med eit spesialteikn.",
        "Write one text, without a list or fields. Put it in \"…\" if it begins with a special character.",
    ],
);

pub(super) const UNQUOTED_TEXT: Entry = error(
    "unquoted_text",
    [
        "{0} kan leses som et tall, en dato eller en sannhetsverdi, men skal være en tekst.",
        "{0} kan lesast som eit tal, ein dato eller ein sanningsverdi, men skal vere ein tekst.",
        "{0} can be read as a number, a date or a boolean, but should be a text.",
    ],
    ["Skriv \"{0}\" med anførselstegn.", "Skriv \"{0}\" med hermeteikn.", "Write \"{0}\" with quotes."],
);

pub(super) const EXPECTED_LIST: Entry = error(
    "expected_list",
    ["Her skal det stå en liste.", "Her skal det stå ei liste.", "A list should stand here."],
    [
        "Skriv [a, b], eller én linje per del med «- » foran.",
        "Skriv [a, b], eller éi linje per del med «- » framfor.",
        "Write [a, b], or one line per part that begins with “- ”.",
    ],
);

pub(super) const EXPECTED_MAP: Entry = error(
    "expected_map",
    [
        "Her skal det stå felter med navn og verdi.",
        "Her skal det stå felt med namn og verdi.",
        "Fields with names and values should stand here.",
    ],
    [
        "Skriv {navn: verdi}, eller én linje per felt med «navn: verdi».",
        "Skriv {namn: verdi}, eller éi linje per felt med «namn: verdi».",
        "Write {name: value}, or one line per field with “name: value”.",
    ],
);

pub(super) const EXPECTED_BOOLEAN: Entry = error(
    "expected_boolean",
    ["«{0}» er ikke true eller false.", "«{0}» er ikkje true eller false.", "“{0}” is not true or false."],
    [
        "Skriv true eller false, uten anførselstegn.",
        "Skriv true eller false, utan hermeteikn.",
        "Write true or false, without quotes.",
    ],
);

pub(super) const EXPECTED_WHOLE_NUMBER: Entry = error(
    "expected_whole_number",
    ["«{0}» er ikke et helt tall.", "«{0}» er ikkje eit heilt tal.", "“{0}” is not a whole number."],
    [
        "Skriv tallet med sifre, uten anførselstegn.",
        "Skriv talet med siffer, utan hermeteikn.",
        "Write it in digits, without quotes.",
    ],
);

pub(super) const EXPECTED_DECIMAL: Entry = error(
    "expected_decimal",
    ["«{0}» er ikke et tall.", "«{0}» er ikkje eit tal.", "“{0}” is not a number."],
    [
        "Skriv sifre med punktum som desimaltegn, uten mellomrom, og høyst 28 sifre: 1234.5.",
        "Skriv siffer med punktum som desimalteikn, utan mellomrom, og høgst 28 siffer: 1234.5.",
        "Write digits with a decimal point, without spaces, at most 28 of them: 1234.5.",
    ],
);

pub(super) const DECIMAL_COMMA: Entry = error(
    "decimal_comma",
    ["«{0}» har desimalkomma.", "«{0}» har desimalkomma.", "“{0}” has a decimal comma."],
    [
        "Skriv {1}. Den som svarer, kan bruke komma likevel.",
        "Skriv {1}. Den som svarar, kan bruke komma likevel.",
        "Write {1}. Learners can still answer with a comma.",
    ],
);

pub(super) const BAD_DATE: Entry = error(
    "bad_date",
    ["«{0}» er ikke en dato.", "«{0}» er ikkje ein dato.", "“{0}” is not a date."],
    ["Skriv år-måned-dag: 2027-11-01.", "Skriv år-månad-dag: 2027-11-01.", "Write year-month-day: 2027-11-01."],
);

pub(super) const EMPTY_TEXT: Entry = error(
    "empty_text",
    ["Teksten er tom.", "Teksten er tom.", "The text is empty."],
    [
        "Skriv teksten, eller fjern feltet.",
        "Skriv teksten, eller fjern feltet.",
        "Write the text, or remove the field.",
    ],
);

pub(super) const TEXT_TOO_LONG: Entry = error(
    "text_too_long",
    [
        "Teksten har {0} tegn; det meste er {1}.",
        "Teksten har {0} teikn; det meste er {1}.",
        "The text has {0} characters; the most is {1}.",
    ],
    ["Kort den ned, eller del den.", "Kort han ned, eller del han.", "Shorten it, or split it."],
);

pub(super) const BAD_SLUG: Entry = error(
    "bad_slug",
    ["«{0}» kan ikke brukes som kortnavn.", "«{0}» kan ikkje brukast som kortnamn.", "“{0}” cannot be used as a slug."],
    [
        "Bruk små bokstaver a–z, tall og bindestrek, høyst 64 tegn: taus-kunnskap.",
        "Bruk små bokstavar a–z, tal og bindestrek, høgst 64 teikn: taus-kunnskap.",
        "Use lower-case a–z, digits and hyphens, at most 64 characters: taus-kunnskap.",
    ],
);

pub(super) const BAD_ID: Entry = error(
    "bad_id",
    ["«{0}» kan ikke brukes som id.", "«{0}» kan ikkje brukast som id.", "“{0}” cannot be used as an id."],
    [
        "Bruk bokstaver A–Z, tall, punktum, bindestrek og understrek, høyst 40 tegn: K1-02.",
        "Bruk bokstavar A–Z, tal, punktum, bindestrek og understrek, høgst 40 teikn: K1-02.",
        "Use letters A–Z, digits, points, hyphens and underscores, at most 40 characters: K1-02.",
    ],
);

pub(super) const BAD_CHOICE: Entry = error(
    "bad_choice",
    ["«{0}» kan ikke stå her.", "«{0}» kan ikkje stå her.", "“{0}” cannot stand here."],
    ["Velg ett av: {1}.", "Vel eitt av: {1}.", "Choose one of: {1}."],
);

pub(super) const OUT_OF_RANGE: Entry = error(
    "out_of_range",
    ["{0} er utenfor området {1} til {2}.", "{0} er utanfor området {1} til {2}.", "{0} is outside {1} to {2}."],
    ["Skriv et tall fra {1} til {2}.", "Skriv eit tal frå {1} til {2}.", "Write a number from {1} to {2}."],
);

pub(super) const TOO_FEW: Entry = error(
    "too_few",
    ["Lista har {0}; det minste er {1}.", "Lista har {0}; det minste er {1}.", "The list has {0}; the fewest is {1}."],
    ["Legg til flere, så det blir minst {1}.", "Legg til fleire, så det blir minst {1}.", "Add more, to at least {1}."],
);

pub(super) const TOO_MANY: Entry = error(
    "too_many",
    ["Lista har {0}; det meste er {1}.", "Lista har {0}; det meste er {1}.", "The list has {0}; the most is {1}."],
    ["Fjern noen, så det blir høyst {1}.", "Fjern nokre, så det blir høgst {1}.", "Remove some, to at most {1}."],
);
