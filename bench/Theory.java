package dev.goaround.balance;

import java.util.function.DoubleUnaryOperator;

/**
 * Waiting times that theory has for exponential service times, in units of the mean service time.
 *
 * @param mean the mean waiting time
 * @param beyond which part of the requests waits longer than a time
 */
record Theory(double mean, DoubleUnaryOperator beyond) {

    /** The waiting time that all but a part of the requests stay below. */
    double quantile(double part) {
        double low = 0;
        double high = 1000;
        if (beyond.applyAsDouble(0) <= 1 - part) {
            return 0;
        }
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (beyond.applyAsDouble(middle) > 1 - part) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** One queue for all backends, M/M/n: Erlang's C formula. */
    static Theory oneQueue(int servers, double load) {
        double offered = load * servers;
        double blocked = 1; // Erlang B, by its recursion.
        for (int i = 1; i <= servers; i++) {
            blocked = offered * blocked / (i + offered * blocked);
        }
        double waits = blocked / (1 - load * (1 - blocked));
        double rate = servers * (1 - load);
        return new Theory(waits / rate, time -> waits * Math.exp(-rate * time));
    }

    /**
     * The shorter of two queues drawn at random, M/M/1 each, as their number goes to infinity (Mitzenmacher 2001): a queue has k
     * or more with probability load^(2^k - 1), and both drawn ones with the square of that. Who finds k waits for k exponential times.
     */
    static Theory twoChoices(double load) {
        double mean = 0;
        for (int k = 1; k < 12; k++) {
            mean += both(load, k);
        }
        return new Theory(mean, time -> {
            double beyond = 0;
            double erlang = 0; // That k exponential times take longer.
            double term = Math.exp(-time);
            for (int k = 1; k < 12; k++) {
                erlang += term;
                term *= time / k;
                beyond += (both(load, k) - both(load, k + 1)) * erlang;
            }
            return beyond;
        });
    }

    private static double both(double load, int k) {
        return Math.pow(load, 2 * (Math.pow(2, k) - 1));
    }
}
