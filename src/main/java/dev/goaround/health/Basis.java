package dev.goaround.health;

/** What a backend's present health rests on. */
enum Basis {
    /** Its probes, or nothing but the fact that it is new. */
    PROBES,
    /** Live traffic alone. */
    TRAFFIC,
    /** Its probes, which live traffic speaks against without being believed before the next of them. */
    DOUBT,
    /** Its own announcement that it drains, also when it is gone since. */
    ANNOUNCEMENT
}
