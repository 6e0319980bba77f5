package dev.goaround.balance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws lines over a logarithmic axis as SVG, panels side by side. */
final class PolicyPlot {

    private static final int WIDTH = 400;
    private static final int HEIGHT = 300;
    private static final int LEFT = 60;
    private static final int TOP = 40;
    private static final double LEAST = 1;
    private static final double MOST = 400;
    private static final List<String> COLOURS = List.of(
            "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999", "#56b4e9", "#e69f00", "#000000", "#000000");

    private PolicyPlot() {}

    /** One diagram: milliseconds over a number, both logarithmic. */
    static final class Panel {
        private final String title;
        private final String axis;
        private final int[] numbers;
        private final Map<String, double[]> lines = new LinkedHashMap<>();

        Panel(String title, String axis, int[] numbers) {
            this.title = title;
            this.axis = axis;
            this.numbers = numbers;
        }

        void line(String name, double[] milliseconds) {
            lines.put(name, milliseconds);
        }

        private double x(int index) {
            double span = Math.log((double) numbers[numbers.length - 1] / numbers[0]);
            return LEFT + WIDTH * Math.log((double) numbers[index] / numbers[0]) / span;
        }
    }

    static String svg(List<Panel> panels) {
        StringBuilder svg = new StringBuilder();
        int step = WIDTH + LEFT + 30;
        int legend = 200;
        svg.append(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n",
                step * panels.size() + legend, TOP + HEIGHT + 50));
        for (int i = 0; i < panels.size(); i++) {
            svg.append(String.format("<g transform=\"translate(%d 0)\">%n", i * step));
            panel(svg, panels.get(i));
            svg.append("</g>\n");
        }
        int row = 0;
        for (String name : panels.get(0).lines.keySet()) {
            int y = TOP + 10 + 20 * row;
            int x = step * panels.size() + 10;
            svg.append(String.format(
                    "<path d=\"M%d %dh30\" %s/><text x=\"%d\" y=\"%d\">%s</text>%n", x, y, stroke(row), x + 36, y + 4, name));
            row++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void panel(StringBuilder svg, Panel panel) {
        svg.append(String.format("<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>%n", LEFT, panel.title));
        for (int value : new int[] {1, 3, 10, 30, 100, 300}) {
            svg.append(String.format(
                    "<path d=\"M%d %.1fh%d\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d ms</text>%n",
                    LEFT, y(value), WIDTH, LEFT - 6, y(value) + 4, value));
        }
        for (int i = 0; i < panel.numbers.length; i++) {
            svg.append(String.format(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,d</text>%n",
                    panel.x(i), TOP + HEIGHT + 18, panel.numbers[i]));
        }
        svg.append(String.format(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                LEFT + WIDTH / 2, TOP + HEIGHT + 38, panel.axis));
        int row = 0;
        for (double[] line : panel.lines.values()) {
            StringBuilder path = new StringBuilder();
            for (int i = 0; i < line.length; i++) {
                path.append(String.format("%s%.1f %.1f", i == 0 ? "M" : "L", panel.x(i), y(line[i])));
            }
            svg.append(String.format("<path d=\"%s\" %s/>%n", path, stroke(row++)));
        }
    }

    private static String stroke(int row) {
        String dashes = row < 7 ? "" : row == 7 ? " stroke-dasharray=\"6 4\"" : " stroke-dasharray=\"2 3\"";
        return "fill=\"none\" stroke=\"" + COLOURS.get(row) + "\" stroke-width=\"2\"" + dashes;
    }

    private static double y(double milliseconds) {
        double inside = Math.min(MOST, Math.max(LEAST, milliseconds));
        return TOP + HEIGHT * (1 - Math.log(inside / LEAST) / Math.log(MOST / LEAST));
    }
}
