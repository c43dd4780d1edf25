"""How many answers a second Anki's own backend takes in process: one transaction each, as its reviewer does it.

Run by the load bench where a Python with `anki` (PyPI) is at hand. Prints the version and the figure as JSON.

    anki_answers.py ANSWERS RUNS
"""

import json
import os
import statistics
import sys
import tempfile
import time
from importlib.metadata import version

from anki.collection import AddNoteRequest, Collection
from anki.scheduler.v3 import CardAnswer

# The most new cards Anki allows in a day.
NOTES = 9_999


def collection(folder):
    """A deck of basic notes with no limit on the day, and FSRS switched on."""
    col = Collection(os.path.join(folder, "bench.anki2"))
    col.set_config("fsrs", True)
    deck = col.decks.id("bench")
    col.decks.select(deck)
    config = col.decks.config_dict_for_deck_id(deck)
    config["new"]["perDay"] = config["rev"]["perDay"] = NOTES
    # One step: a right answer schedules by days, as ours does.
    config["new"]["delays"] = []
    col.decks.update_config(config)
    notetype = col.models.by_name("Basic")
    col.add_notes([AddNoteRequest(note(col, notetype, number), deck) for number in range(NOTES)])
    return col


def note(col, notetype, number):
    note = col.new_note(notetype)
    note["Front"], note["Back"] = f"question {number}", "answer"
    return note


def rate(col, answers):
    """Fetches the next card and answers it Good, so many times."""
    began = time.perf_counter()
    for _ in range(answers):
        queued = col.sched.get_queued_cards(fetch_limit=1).cards
        if not queued:
            raise SystemExit("the deck ran out of cards")
        states = queued[0].states
        card = queued[0].card
        answer = CardAnswer(
            card_id=card.id,
            current_state=states.current,
            new_state=states.good,
            rating=CardAnswer.GOOD,
            answered_at_millis=int(time.time() * 1000),
            milliseconds_taken=4200,
        )
        col.sched.answer_card(answer)
    return answers / (time.perf_counter() - began)


def main():
    answers, runs = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="laerd-bench-anki-") as folder:
        col = collection(folder)
        rates = [rate(col, answers) for _ in range(runs)]
        col.close()
    print(json.dumps({"version": version("anki"), "answers_per_second": statistics.median(rates)}))


main()
