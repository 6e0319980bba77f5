package dev.goaround;

import dev.goaround.health.BackendVersions;
import dev.goaround.health.HealthChecker;
import dev.goaround.health.OutlierDetector;
import dev.goaround.health.PanicWatch;

/**
 * What looks at the backends' health on a timer.
 *
 * @param checker ticks several times per second
 * @param outliers ticks once per second
 * @param panic ticks several times per second
 * @param versions ticks once per second
 */
record HealthWatch(HealthChecker checker, OutlierDetector outliers, PanicWatch panic, BackendVersions versions) {}
