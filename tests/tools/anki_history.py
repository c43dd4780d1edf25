"""What Anki exports is read: notes, reviews and resets, in every wrapping Anki has.

Usage: anki_history.py LAERD   (the program; `make anki-history` does both)

Makes a collection with Anki itself: notes of the course by their stems and by tags, some that are not of it, answers
through Anki's scheduler beside an older log, a card moved by hand and one made new again. Exports it four ways, imports
each for a learner of his own and compares the counts. Needs the PyPI package `anki` (requirements-anki.txt).
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from anki import buildinfo
from anki.collection import Collection, ExportAnkiPackageOptions

COURSE = Path(__file__).resolve().parents[2] / "questions" / "medarbeiderskap"
DAY_MS = 86_400_000


def stems() -> list[tuple[str, str]]:
    """Ids and stems of the questions whose stem stands on one line."""
    found = []
    for chapter in sorted(COURSE.glob("chapter-*.yaml")):
        found += re.findall(r'- id: (\S+)\n(?:    .*\n)*?    stem: "([^"\\\n]+)"', chapter.read_text("utf-8"))
    return found


def fill(collection: Collection) -> dict[str, int]:
    """Fills the collection; how much of it is to be imported."""
    questions = stems()
    deck = collection.decks.id("Medarbeiderskap")
    cards = []

    def add(kind: str, front: str, tags: tuple[str, ...] = ()) -> None:
        note = collection.new_note(collection.models.by_name(kind))
        note.fields[0], note.fields[1], note.tags = front, "Bak", list(tags)
        collection.add_note(note, deck)
        cards.extend(note.cards())

    for _, stem in questions[:20]:
        add("Basic", f"<div>{stem}</div>")
    for name, _ in questions[20:25]:
        add("Basic", f"Med egne ord om {name} i vår enhet", (f"laerd::{name}", "eksamen"))
    add("Basic (and reversed card)", questions[25][1])
    add("Basic", "Hva heter hovedstaden i Bolivia?")
    add("Basic", "Tja?")
    *of_course, front, reverse, other, unseen = cards
    of_course.append(front)

    now = int(time.time() * 1000)
    rows = []
    for place, card in enumerate([*of_course, reverse, other]):
        for turn, ease in enumerate([3, 1, 2, 4]):
            at = now - (200 - 30 * turn) * DAY_MS + place * 1_000
            rows.append((at, card.id, -1, ease, 5, 3, 2500, 4_000 + place, 1))
    collection.db.executemany("insert into revlog values (?,?,?,?,?,?,?,?,?)", rows)
    # Made new again: its four reviews no longer count.
    collection.sched.schedule_cards_as_new([of_course[0].id])
    collection.sched.set_due_date([of_course[1].id], "3")
    collection.decks.select(deck)
    answered = []
    while len(answered) < 10 and (card := collection.sched.getCard()):
        if card.id in {reverse.id, other.id, unseen.id}:
            collection.sched.bury_cards([card.id])
            continue
        collection.sched.answerCard(card, 3)
        answered.append(card.id)
        time.sleep(0.01)  # Anki names a review by its millisecond.
    return {
        "imported": 4 * (len(of_course) - 1) + len(answered),
        "questions": len(of_course) - (of_course[0].id not in answered), "reset": 4, "other_card": 4,
        "unmatched": 4,
    }


def export(collection: Collection, folder: Path) -> list[Path]:
    paths = []
    for legacy in (True, False):
        paths.append(folder / f"deck-{legacy}.apkg")
        options = ExportAnkiPackageOptions(with_scheduling=True, with_deck_configs=False, with_media=False, legacy=legacy)
        collection.export_anki_package(out_path=str(paths[-1]), options=options, limit=None)
    for legacy in (True, False):
        paths.append(folder / f"all-{legacy}.colpkg")
        collection.export_collection_package(str(paths[-1]), include_media=False, legacy=legacy)
        collection.reopen()
    return paths


def laerd(program: str, folder: Path, *arguments: str) -> str:
    database = f"sqlite:{folder / 'quiz.db'}"
    environment = {**os.environ, "LAERD_PASSWORD": "tre grønne hatter", "LAERD_DATABASE_URL": database}
    run = subprocess.run([program, *arguments], env=environment, cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{arguments}: {run.stdout}{run.stderr}")
    return run.stdout


def count(report: str, pattern: str) -> int:
    found = re.search(pattern, report)
    return int(found.group(1)) if found else 0


def main() -> int:
    program = str(Path(sys.argv[1]).resolve())
    print(f"Anki {buildinfo.version}")
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        laerd(program, folder, "bank", "load", str(COURSE))
        collection = Collection(str(folder / "collection.anki2"))
        expected = fill(collection)
        packages = export(collection, folder)
        collection.close()
        for place, package in enumerate(packages):
            laerd(program, folder, "account", "add", f"learner{place}")
            options = ("--learner", f"learner{place}", "--course", "medarbeiderskap")
            report = laerd(program, folder, "history", "import", str(package), *options)
            told = {
                "imported": count(report, r"^(\d+) reviews of"), "questions": count(report, r"reviews of (\d+)"),
                "reset": count(report, r"left out: (\d+) reviews from before"),
                "other_card": count(report, r"left out: (\d+) reviews of further"),
                "unmatched": count(report, r"left out: (\d+) reviews of notes"),
            }
            again = count(laerd(program, folder, "history", "import", str(package), *options), r"(\d+) known already")
            fits = told == expected and again == expected["imported"]
            wrong += not fits
            print(f"{package.name:18} {'as expected' if fits else f'expected {expected}'}: {told}, again {again} known")
        verified = laerd(program, folder, "verify").strip().splitlines()
        print(verified[-1])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
