"""boot.py's decision, for every combination of facts."""

from fakes_chip import boot

RUN, REVERT, FALL_BACK, HALT = boot.RUN, boot.REVERT, boot.FALL_BACK, boot.HALT
BOTH = (False, True)
FEW, MANY = (0, 1, 2), (3, 4, 255)
ANY = FEW + MANY
# trial, sound, failed, crashes, fallbacks, other slot good -> what is done
DECISIONS = (
    ((True,), (True,), BOTH, ANY, ANY, BOTH, RUN),
    ((True,), (False,), BOTH, ANY, ANY, BOTH, REVERT),
    ((False,), (True,), (False,), FEW, ANY, BOTH, RUN),
    ((False,), (True,), (False,), MANY, FEW, (True,), FALL_BACK),
    ((False,), (True,), (False,), MANY, MANY, (True,), RUN),
    ((False,), (True,), (False,), MANY, ANY, (False,), RUN),
    ((False,), (True,), (True,), ANY, FEW, (True,), FALL_BACK),
    ((False,), (True,), (True,), ANY, MANY, (True,), RUN),
    ((False,), (True,), (True,), ANY, ANY, (False,), RUN),
    ((False,), (False,), BOTH, ANY, FEW, (True,), FALL_BACK),
    ((False,), (False,), BOTH, ANY, MANY, (True,), HALT),
    ((False,), (False,), BOTH, ANY, ANY, (False,), HALT),
)


def _decision(facts):
    """What the table says: of the one row that has these facts."""
    found = None
    for row in DECISIONS:
        if all(fact in choices for fact, choices in zip(facts, row)):  # noqa: B905
            assert found is None, facts
            found = row[-1]
    assert found is not None, facts
    return found


def test_decision_is_the_one_of_the_table():
    count = 0
    for trial in BOTH:
        for sound in BOTH:
            for failed in BOTH:
                for crashes in ANY:
                    for fallbacks in ANY:
                        for other_good in BOTH:
                            facts = (trial, sound, failed, crashes, fallbacks, other_good)
                            assert boot.decide(*facts) == _decision(facts), facts
                            count += 1
    assert count == 2 * 2 * 2 * 6 * 6 * 2
