"""The parts of bench/run."""


class Problem(Exception):
    """A reason not to go on, as one sentence."""
