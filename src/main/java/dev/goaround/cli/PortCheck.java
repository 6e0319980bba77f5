package dev.goaround.cli;

import dev.goaround.config.PortSettings;
import dev.goaround.config.PortSettings.Place;
import dev.goaround.settings.Mistake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tries the ports before anything else is started, so that a taken one costs neither a second nor a half-started process. */
final class PortCheck {

    private PortCheck() {}

    /** What is wrong with the ports to listen on. */
    static List<Mistake> mistakes(PortSettings ports) {
        List<Mistake> mistakes = new ArrayList<>();
        for (Place place : ports.places()) {
            String obstacle = obstacle(place);
            if (obstacle != null) {
                mistakes.add(new Mistake(place.key(), Integer.toString(place.port()), obstacle));
            }
        }
        return mistakes;
    }

    private static @Nullable String obstacle(Place place) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(
                    place.address() == null
                            ? new InetSocketAddress(place.port())
                            : new InetSocketAddress(place.address(), place.port()));
            return null;
        } catch (IOException e) {
            return sentence(String.valueOf(e.getMessage()), place);
        }
    }

    /** Returns what the operating system's message means to the user. */
    static String sentence(String message, Place place) {
        String lower = message.toLowerCase(Locale.ROOT);
        String address = place.address() == null ? "" : " on " + place.address().getHostAddress();
        if (lower.contains("in use")) {
            return "port in use" + address + ", stop what listens there or choose another";
        }
        if (lower.contains("permission denied")) {
            return "permission denied, ports below 1024 are for privileged users";
        }
        if (lower.contains("assign")) {
            return "cannot listen" + address + ", not an address of this machine";
        }
        return "cannot listen" + address + ", " + message;
    }
}
