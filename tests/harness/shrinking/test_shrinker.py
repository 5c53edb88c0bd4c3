"""The shrinker finds the smallest document, counts its runs, and keeps its limits."""

from streamproof.harness.shrinking.shrinker import Shown, Shrinker

STEPS = [{"content": f"text {number}"} for number in range(20)]
DOCUMENT = {"name": "it", "title": "It", "steps": [*STEPS, {"content": "a bug: ß!"}, *STEPS, "end"]}


def texts(values):
    return [step["content"] for step in values["steps"] if isinstance(step, dict)]


def is_valid(values):
    steps = values.get("steps")
    return isinstance(steps, list) and all(
        step == "end" or (isinstance(step, dict) and isinstance(step.get("content"), str))
        for step in steps
    )


async def shows_a_sharp_s(values):
    if not is_valid(values):
        return Shown.INVALID
    return Shown.BAD if any("ß" in text for text in texts(values)) else Shown.GOOD


async def test_only_what_shows_the_failure_is_left():
    shrinker = Shrinker(DOCUMENT, shows_a_sharp_s, most_runs=200)
    assert await shrinker.shrink() == {"name": "it", "title": "It", "steps": [{"content": "ß"}]}
    assert shrinker.is_complete
    assert shrinker.runs < 60


async def test_two_parts_that_are_both_needed_stay():
    async def needs_both(values):
        found = "".join(texts(values)) if is_valid(values) else ""
        return Shown.BAD if "text 3" in found and "text 17" in found else Shown.GOOD

    shrinker = Shrinker(DOCUMENT, needs_both, most_runs=2_000)
    best = await shrinker.shrink()
    assert sorted(texts(best)) == ["text 17", "text 3"]


async def test_it_ends_after_the_last_run_and_keeps_the_best():
    seen = []
    shrinker = Shrinker(
        DOCUMENT, shows_a_sharp_s, most_runs=5, on_smaller=lambda one: seen.append(one.best)
    )
    best = await shrinker.shrink()
    assert (shrinker.runs, shrinker.is_complete) == (5, False)
    assert best == seen[-1]
    assert "a bug: ß!" in texts(best)


async def test_it_ends_when_it_is_late():
    shrinker = Shrinker(DOCUMENT, shows_a_sharp_s, most_runs=99, is_late=lambda: True)
    assert await shrinker.shrink() == DOCUMENT
    assert shrinker.runs == 0


async def test_a_document_that_is_not_valid_is_not_a_run_and_no_document_runs_twice():
    ran = []

    async def count(values):
        shown = await shows_a_sharp_s(values)
        if shown is not Shown.INVALID:
            ran.append(repr(values))
        return shown

    shrinker = Shrinker(DOCUMENT, count, most_runs=200)
    await shrinker.shrink()
    assert len(ran) == len(set(ran)) == shrinker.runs


async def test_runs_that_cannot_be_judged_are_counted_and_keep_the_document():
    async def unjudged(_):
        return Shown.UNJUDGED

    shrinker = Shrinker(DOCUMENT, unjudged, most_runs=10)
    assert await shrinker.shrink() == DOCUMENT
    assert shrinker.unjudged == shrinker.runs == 10
