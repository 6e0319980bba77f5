package dev.goaround.health;

/** What a backend's present health rests on. */
enum Basis {
    /** Its probes, or nothing but the fact that it is new. */
    PROBES,
    /** Its own announcement that it drains, also when it is gone since. */
    ANNOUNCEMENT
}
