"""Samples as Markdown tables, which are also readable as they are."""
from statistics import median

from .figures import GOALS, METRICS


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def number(value, digits):
    return f"{value:,.{digits}f}"


def goals(samples):
    """The table of goals: ratio of minima, median and range of the ratios within a round."""
    rows = [["figure", "against", "goal", "ratio of minima", "paired median [range]", "reached"]]
    for goal in GOALS:
        taken = samples.get(goal.metric, {})
        ours = taken.get(goal.system)
        theirs = taken.get(goal.against) if goal.against else [1.0] * len(ours or [])
        if not ours or not theirs or min(theirs) <= 0:
            continue
        pairs = [one / other for one, other in zip(ours, theirs)]
        best = min(ours) / min(theirs)
        digits = 2 if goal.against else 1
        middle, low, high = (number(f(pairs), digits) for f in (median, min, max))
        reached = "yes" if best <= goal.most and median(pairs) <= goal.most else "no"
        if best <= goal.most < median(pairs) or best > goal.most >= median(pairs):
            reached = "unclear"
        rows.append([goal.title, goal.against or "itself", f"≤ {goal.most}", number(best, digits),
                     f"{middle} [{low}-{high}]", reached])
    return table(rows) if len(rows) > 1 else ""


def figures(samples):
    """Every metric of every system: its best sample, and the median of all."""
    shown = [metric for metric in METRICS if metric in samples]
    everyone = [metric for metric in shown if metric.split(".")[0] not in ("loops", "backends", "slow")]
    parts = []
    names = list(dict.fromkeys(name for metric in everyone for name in samples[metric]))
    if names:
        rows = [["best (median)", *names]]
        for metric in everyone:
            title, unit, digits = METRICS[metric]
            pick = max if metric.endswith("rps") else min
            rows.append([f"{title}, {unit}", *(cell(samples[metric].get(name), digits, pick) for name in names)])
        parts.append(table(rows))
    for figure in ("loops", "backends", "slow"):
        for metric in (metric for metric in shown if metric.startswith(figure + ".")):
            title, unit, digits = METRICS[metric]
            rows = [[f"{title}, {unit}", "best (median)"]]
            rows += [[name, cell(values, digits, min)] for name, values in samples[metric].items()]
            parts.append(table(rows))
    return "\n\n".join(parts)


def cell(values, digits, pick):
    return f"{number(pick(values), digits)} ({number(median(values), digits)})" if values else "-"


def facts(bench):
    return table([["run", ""], *([name, str(value)] for name, value in bench.facts.items())])


def growth(samples):
    parts = []
    for what in ("connections", "backends", "fields", "body"):
        varied = {int(metric.split(".")[2]): taken for metric, taken in samples.items()
                  if metric.startswith(f"growth.{what}.")}
        if varied:
            names = list(dict.fromkeys(name for taken in varied.values() for name in taken))
            head = {"body": "body, KiB", "fields": "header fields"}.get(what, what)
            rows = [[f"{head}; CPU per request, µs", *names]]
            rows += [[str(value), *(cell(taken.get(name), 1, min) for name in names)]
                     for value, taken in sorted(varied.items())]
            parts.append(table(rows))
    return "\n\n".join(parts)


def whole(bench):
    samples = bench.samples
    parts = [facts(bench), goals(samples), figures(samples), growth(samples)]
    parts += ["\n".join(f"- {text}" for text in bench.remarks())]
    return "\n\n".join(part for part in parts if part) + "\n"
