package dev.goaround.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A name server on loopback, over UDP and TCP, that knows what a test tells it and keeps what it is asked. */
public final class DnsServer implements AutoCloseable {

    public static final int A = 1;
    public static final int CNAME = 5;
    public static final int AAAA = 28;
    public static final int SRV = 33;

    /** What fits into an answer over UDP here. */
    private static final int MOST = 1232;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Map<String, List<Entry>> known = new ConcurrentHashMap<>();
    private final Map<String, Integer> codes = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Set<String> ignored = ConcurrentHashMap.newKeySet();
    private volatile boolean silent;
    private volatile Edns edns = Edns.TAKEN;

    /** What becomes of questions with EDNS (RFC 6891). */
    public enum Edns {
        TAKEN,
        FORMERR,
        NOTIMP,
        /** Its version is too new. */
        BADVERS,
        DROPPED
    }

    /** A record, as it goes out. */
    public record Entry(String owner, int type, int ttl, List<Byte> content) {}

    private DnsServer(DatagramSocket udp, ServerSocket tcp) {
        this.udp = udp;
        this.tcp = tcp;
        daemon(this::serveUdp);
        daemon(this::serveTcp);
    }

    /** Starts one on a port that is free over UDP and TCP alike. */
    public static DnsServer start() throws IOException {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        while (true) {
            ServerSocket tcp = new ServerSocket(0, 10, loopback);
            try {
                return new DnsServer(new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort())), tcp);
            } catch (BindException taken) {
                // Somebody has it over UDP.
                tcp.close();
            }
        }
    }

    /** Its place, as {@code goaround.dns.servers} has it. */
    public String address() {
        return "127.0.0.1:" + udp.getLocalPort();
    }

    /** Answers this question with these records from now on. */
    public void answer(String name, int type, Entry... records) {
        known.put(key(name, type), List.of(records));
    }

    /** Answers every question for this name with this code, 0 to 15, from now on. */
    public void code(String name, int code) {
        codes.put(name, code);
    }

    /** Answers questions for this name and type with this code from now on. */
    public void code(String name, int type, int code) {
        codes.put(key(name, type), code);
    }

    /** Answers no question for this name and type from now on. */
    public void ignore(String name, int type) {
        ignored.add(key(name, type));
    }

    /** Does this to questions with EDNS from now on. */
    public void edns(Edns now) {
        edns = now;
    }

    /** Answers nothing from now on, or again. */
    public void silent(boolean now) {
        silent = now;
    }

    /** What was asked: {@code udp 1 app}. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    public static Entry address(String owner, int ttl, String address) {
        try {
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return new Entry(owner, bytes.length == 4 ? A : AAAA, ttl, boxed(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Entry alias(String owner, int ttl, String target) {
        return new Entry(owner, CNAME, ttl, boxed(name(target)));
    }

    public static Entry service(String owner, int ttl, int priority, int weight, int port, String target) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int number : new int[] {priority, weight, port}) {
            bytes.write(number >> 8);
            bytes.write(number);
        }
        bytes.writeBytes(name(target));
        return new Entry(owner, SRV, ttl, boxed(bytes.toByteArray()));
    }

    private void serveUdp() throws IOException {
        byte[] buffer = new byte[4096];
        while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            udp.receive(packet);
            byte[] answer = answer("udp", Arrays.copyOf(buffer, packet.getLength()), MOST);
            if (!silent && answer.length > 0) {
                udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        }
    }

    private void serveTcp() throws IOException {
        while (true) {
            try (Socket client = tcp.accept()) {
                DataInputStream in = new DataInputStream(client.getInputStream());
                byte[] question = new byte[in.readUnsignedShort()];
                in.readFully(question);
                byte[] answer = answer("tcp", question, 65_535);
                DataOutputStream out = new DataOutputStream(client.getOutputStream());
                out.writeShort(answer.length);
                out.write(answer);
            }
        }
    }

    /** An answer with these records, or with none and the mark of truncation if they are too many. */
    private byte[] answer(String over, byte[] query, int most) {
        int end = 12;
        List<String> labels = new ArrayList<>();
        while (query[end] != 0) {
            labels.add(new String(query, end + 1, query[end], StandardCharsets.US_ASCII));
            end += query[end] + 1;
        }
        String name = String.join(".", labels).toLowerCase(Locale.ROOT);
        int type = ((query[end + 1] & 0xff) << 8) | (query[end + 2] & 0xff);
        boolean refused = edns != Edns.TAKEN && query[11] > 0;
        asked.add(over + " " + type + " " + name + (refused ? " edns" : ""));
        if ((refused && edns == Edns.DROPPED) || ignored.contains(key(name, type))) {
            return new byte[0];
        }
        if (refused) {
            return refusal(query, Arrays.copyOfRange(query, 12, end + 5));
        }
        List<Entry> records = known.getOrDefault(key(name, type), List.of());
        byte[] question = Arrays.copyOfRange(query, 12, end + 5);
        byte[] whole = message(
                query, question, records, codes.getOrDefault(key(name, type), codes.getOrDefault(name, 0)), false);
        return whole.length <= most ? whole : message(query, question, List.of(), 0, true);
    }

    private byte[] refusal(byte[] query, byte[] question) {
        int code = edns == Edns.FORMERR ? 1 : edns == Edns.NOTIMP ? 4 : 0;
        byte[] whole = message(query, question, List.of(), code, false);
        if (edns != Edns.BADVERS) {
            return whole;
        }
        // An OPT record whose upper part of the code makes it 16.
        byte[] opt = {0, 0, 41, 4, (byte) 0xd0, 1, 0, 0, 0, 0, 0};
        byte[] with = Arrays.copyOf(whole, whole.length + opt.length);
        System.arraycopy(opt, 0, with, whole.length, opt.length);
        with[11] = 1;
        return with;
    }

    private static byte[] message(byte[] query, byte[] question, List<Entry> records, int code, boolean truncated) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.write(query, 0, 2);
            out.writeShort(0x8180 | (truncated ? 0x200 : 0) | code);
            out.writeShort(1);
            out.writeShort(records.size());
            out.writeInt(0);
            out.write(question);
            for (Entry record : records) {
                out.write(name(record.owner()));
                out.writeShort(record.type());
                out.writeShort(1);
                out.writeInt(record.ttl());
                out.writeShort(record.content().size());
                for (byte each : record.content()) {
                    out.write(each);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static String key(String name, int type) {
        return type + " " + name.toLowerCase(Locale.ROOT);
    }

    private static byte[] name(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String label : name.split("\\.", -1)) {
            if (!label.isEmpty()) {
                bytes.write(label.length());
                bytes.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
            }
        }
        bytes.write(0);
        return bytes.toByteArray();
    }

    private static List<Byte> boxed(byte[] bytes) {
        List<Byte> boxed = new ArrayList<>();
        for (byte each : bytes) {
            boxed.add(each);
        }
        return boxed;
    }

    private interface Loop {
        void run() throws IOException;
    }

    private static void daemon(Loop loop) {
        Thread thread = new Thread(
                () -> {
                    try {
                        loop.run();
                    } catch (IOException e) {
                        // Closed.
                    }
                },
                "dns-server");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
