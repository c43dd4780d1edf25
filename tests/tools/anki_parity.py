"""Fitted weights equal those of Anki's own optimiser on the same log.

Usage: anki_parity.py EVAL_MEMORY   (the example built by cargo; `make anki-parity` does both)

Writes made-up logs, puts each into a new Anki collection, lets Anki fit it, fits it with ours, and compares to four
decimals. Needs the PyPI package `anki` (requirements-anki.txt); nothing of the product does.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["TZ"] = "UTC"  # Anki's study days turn at 04:00 of the machine's zone, those of the log at 04:00 UTC.
time.tzset()

from anki import buildinfo  # noqa: E402
from anki.collection import Collection  # noqa: E402

LEARN, REVIEW, RELEARN = 0, 1, 2

# Anki returns the weights in use if the fitted ones are no better; these are worse than any fit.
POOR = [90.0] * 4 + [5.0, 1.0, 1.0, 0.1, 1.0, 0.1, 1.0, 1.0, 0.1, 0.1, 1.0, 0.5, 2.0, 0.5, 0.1, 0.1, 0.5]


def entries(log: Path):
    """The rows of Anki's table `revlog`: a card is learnt until its first pass, and relearnt after a lapse."""
    kind_of: dict[str, int] = {}
    for row in csv.DictReader(log.open()):
        card, rating = row["card_id"], int(row["rating"])
        kind = kind_of.get(card, LEARN)
        kind_of[card] = REVIEW if rating > 1 else LEARN if kind == LEARN else RELEARN
        interval = 1 if rating > 1 else -600
        yield (int(row["review_time_ms"]), int(card), -1, rating, interval, interval, 2500, int(row["duration_ms"]), kind)


def fitted_by_anki(log: Path, folder: Path) -> list[float]:
    collection = Collection(str(folder / (log.stem + ".anki2")))
    try:
        collection.db.executemany("insert into revlog values (?,?,?,?,?,?,?,?,?)", entries(log))
        response = collection._backend.compute_fsrs_params(
            search="", current_params=POOR, ignore_revlogs_before_ms=0, num_of_relearning_steps=1, health_check=False
        )
        return list(response.params)
    finally:
        collection.close()


def main() -> int:
    ours_by = sys.argv[1]
    print(f"Anki {buildinfo.version}")
    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in range(1, 6):
            log = folder / f"log-{seed}.csv"
            subprocess.run([ours_by, "--synthetic", str(seed), "--write-log", log], check=True)
            printed = subprocess.run([ours_by, log, "--fit"], check=True, capture_output=True, text=True).stdout
            ours, anki = json.loads(printed), fitted_by_anki(log, folder)
            assert len(ours) == len(anki) == 21, (ours, anki)
            apart = max(abs(one - other) for one, other in zip(ours, anki))
            worst = max(worst, apart)
            reviews = sum(1 for _ in log.open()) - 1
            print(f"log {seed}: {reviews} reviews, weights at most {apart:.6f} apart")
    print("equal to 4 decimals" if worst < 0.00005 else f"NOT equal: {worst:.6f} apart")
    return 0 if worst < 0.00005 else 1


if __name__ == "__main__":
    sys.exit(main())
