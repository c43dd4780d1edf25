//! Texts for the linter's findings in one question: what tells the key, confuses the reader or goes stale.

use super::{Entry, warning};

pub(super) const KEY_UNIQUELY_LONGEST: Entry = warning(
    "key_uniquely_longest",
    [
        "Det riktige alternativet har {0} tegn, de gale {1} i snitt. Det lengste ser riktigst ut.",
        "Det rette alternativet har {0} teikn, dei gale {1} i snitt. Det lengste ser rettast ut.",
        "The right option has {0} characters, the wrong ones {1} on average. The longest looks the most right.",
    ],
    [
        "Kort det ned, og flytt begrunnelsen til «feedback», eller gi de gale like mange detaljer.",
        "Kort det ned, og flytt grunngivinga til «feedback», eller gi dei gale like mange detaljar.",
        "Shorten it and move the reasons to “feedback”, or give the wrong ones as much detail.",
    ],
);

pub(super) const LENGTH_SPREAD: Entry = warning(
    "length_spread",
    [
        "Alternativene er fra {0} til {1} tegn lange.",
        "Alternativa er frå {0} til {1} teikn lange.",
        "The options are from {0} to {1} characters long.",
    ],
    ["Gjør dem omtrent like lange.", "Gjer dei omtrent like lange.", "Make them about as long as each other."],
);

pub(super) const KEY_REPEATS_STEM: Entry = warning(
    "key_repeats_stem",
    [
        "Bare det riktige alternativet gjentar ord fra spørsmålet: {0}.",
        "Berre det rette alternativet tek opp att ord frå spørsmålet: {0}.",
        "Only the right option repeats words of the stem: {0}.",
    ],
    [
        "Bruk andre ord i det riktige alternativet, eller de samme ordene i et galt.",
        "Bruk andre ord i det rette alternativet, eller dei same orda i eit gale.",
        "Use other words in the right option, or the same words in a wrong one.",
    ],
);

pub(super) const ALL_OR_NONE_OPTION: Entry = warning(
    "all_or_none_option",
    [
        "Alternativet «{0}» viser til de andre alternativene.",
        "Alternativet «{0}» viser til dei andre alternativa.",
        "The option “{0}” refers to the other options.",
    ],
    [
        "Skriv et alternativ med eget innhold, eller bruk typen multiple.",
        "Skriv eit alternativ med eige innhald, eller bruk typen multiple.",
        "Write an option with content of its own, or use the type multiple.",
    ],
);

pub(super) const SIMILAR_OPTION: Entry = warning(
    "similar_option",
    [
        "Alternativene «{0}» og «{1}» er samme ord.",
        "Alternativa «{0}» og «{1}» er same ord.",
        "The options “{0}” and “{1}” are the same words.",
    ],
    [
        "Skriv et annet alternativ. Tegnsetting skiller ikke.",
        "Skriv eit anna alternativ. Teiknsetjing skil ikkje.",
        "Write another option. Punctuation makes no difference.",
    ],
);

pub(super) const OPTION_CONTAINS_OPTION: Entry = warning(
    "option_contains_option",
    [
        "Alternativet «{1}» inneholder hele alternativet «{0}».",
        "Alternativet «{1}» inneheld heile alternativet «{0}».",
        "The option “{1}” contains all of the option “{0}”.",
    ],
    [
        "Gjør dem uavhengige: er det ene riktig, må ikke det andre følge med.",
        "Gjer dei uavhengige: er det eine rett, må ikkje det andre følgje med.",
        "Make them independent: if one is right, the other must not follow.",
    ],
);

pub(super) const ABSOLUTES_IN_DISTRACTORS: Entry = warning(
    "absolutes_in_distractors",
    [
        "Bare gale alternativer har slike ord: {0}. De avslører at alternativene er gale.",
        "Berre gale alternativ har slike ord: {0}. Dei avslører at alternativa er gale.",
        "Only wrong options have words like these: {0}. They show that the options are wrong.",
    ],
    [
        "Skriv de gale alternativene uten slike ord.",
        "Skriv dei gale alternativa utan slike ord.",
        "Write the wrong options without such words.",
    ],
);

pub(super) const OPTION_COUNT: Entry = warning(
    "option_count",
    ["Spørsmålet har {0} alternativer.", "Spørsmålet har {0} alternativ.", "The question has {0} options."],
    [
        "Bruk tre til fem; tre gode er bedre enn fire med fyll.",
        "Bruk tre til fem; tre gode er betre enn fire med fyll.",
        "Use three to five; three good ones are better than four with a filler.",
    ],
);

pub(super) const UNSORTED_NUMBERS: Entry = warning(
    "unsorted_numbers",
    [
        "Alternativene er tall i fast rekkefølge, men ikke sortert.",
        "Alternativa er tal i fast rekkjefølgje, men ikkje sorterte.",
        "The options are numbers in a fixed order, but not sorted.",
    ],
    [
        "Skriv dem fra minst til størst.",
        "Skriv dei frå minst til størst.",
        "Write them from the least to the greatest.",
    ],
);

pub(super) const ARTICLE_CUE: Entry = warning(
    "article_cue",
    [
        "Spørsmålet slutter med «{0}», og kjønnet peker ut alternativet.",
        "Spørsmålet sluttar med «{0}», og kjønnet peikar ut alternativet.",
        "The stem ends in “{0}”, and the gender gives the option away.",
    ],
    [
        "Skriv et helt spørsmål, eller flytt artikkelen inn i alternativene.",
        "Skriv eit heilt spørsmål, eller flytt artikkelen inn i alternativa.",
        "Write a full question, or move the article into the options.",
    ],
);

pub(super) const ALT_HOLDS_KEY: Entry = warning(
    "alt_holds_key",
    [
        "Bildets «alt» inneholder svaret «{0}».",
        "«alt» for biletet inneheld svaret «{0}».",
        "The image's “alt” holds the answer “{0}”.",
    ],
    [
        "Beskriv bildet uten å nevne svaret.",
        "Beskriv biletet utan å nemne svaret.",
        "Describe the image without naming the answer.",
    ],
);

pub(super) const NEGATIVE_STEM: Entry = warning(
    "negative_stem",
    [
        "Spørsmålet er nektende («{0}»), og ordet er ikke uthevet.",
        "Spørsmålet er nektande («{0}»), og ordet er ikkje utheva.",
        "The question is negative (“{0}”), and the word is not emphasised.",
    ],
    [
        "Spør etter det som stemmer, eller skriv **{0}**.",
        "Spør etter det som stemmer, eller skriv **{0}**.",
        "Ask for what is true, or write **{0}**.",
    ],
);

pub(super) const LONG_SENTENCE: Entry = warning(
    "long_sentence",
    ["En setning har {0} ord: «{1}»", "Ei setning har {0} ord: «{1}»", "A sentence has {0} words: “{1}”"],
    [
        "Del den i to; 25 ord er det meste.",
        "Del ho i to; 25 ord er det meste.",
        "Split it in two; 25 words is the most.",
    ],
);

pub(super) const REVIEW_OVERDUE: Entry = warning(
    "review_overdue",
    [
        "Spørsmålet skulle vært lest på nytt innen {0}.",
        "Spørsmålet skulle vore lese på nytt innan {0}.",
        "The question should have been read again by {0}.",
    ],
    [
        "Les kilden, rett spørsmålet, og sett en ny «review_by».",
        "Les kjelda, rett spørsmålet, og set ein ny «review_by».",
        "Read the source, correct the question and set a new “review_by”.",
    ],
);

pub(super) const NEAR_DUPLICATE_STEM: Entry = warning(
    "near_duplicate_stem",
    [
        "Spørsmålet er nesten likt {0} ({1}).",
        "Spørsmålet er nesten likt {0} ({1}).",
        "The stem is nearly the same as that of {0} ({1}).",
    ],
    [
        "Slå dem sammen, eller spør om et nytt tilfelle.",
        "Slå dei saman, eller spør om eit nytt tilfelle.",
        "Merge them, or ask about a new case.",
    ],
);

pub(super) const UNKNOWN_LINT: Entry = warning(
    "unknown_lint",
    [
        "Linteren har ingen kode «{0}» som kan godtas.",
        "Lintaren har ingen kode «{0}» som kan godtakast.",
        "The linter has no code “{0}” that can be accepted.",
    ],
    [
        "Skriv koden slik den står i meldingen, eller fjern linjen.",
        "Skriv koden slik han står i meldinga, eller fjern linja.",
        "Write the code as it stands in the message, or remove the line.",
    ],
);

pub(super) const NEEDLESS_LINT: Entry = warning(
    "needless_lint",
    [
        "Spørsmålet godtar «{0}», men linteren finner ikke det her.",
        "Spørsmålet godtek «{0}», men lintaren finn ikkje det her.",
        "The question accepts “{0}”, but the linter does not find it here.",
    ],
    ["Fjern linjen fra «lint».", "Fjern linja frå «lint».", "Remove the line from “lint”."],
);

pub(super) const SHORT_LINT_REASON: Entry = warning(
    "short_lint_reason",
    [
        "Begrunnelsen for å godta «{0}» er kortere enn {1} tegn.",
        "Grunngivinga for å godta «{0}» er kortare enn {1} teikn.",
        "The reason for accepting “{0}” is shorter than {1} characters.",
    ],
    [
        "Skriv hvorfor funnet ikke er en feil her.",
        "Skriv kvifor funnet ikkje er ein feil her.",
        "Write why the finding is not a fault here.",
    ],
);
