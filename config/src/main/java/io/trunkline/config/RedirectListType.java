package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A list of {@link Redirect}s, separated by commas. The first that matches counts. */
final class RedirectListType implements ValueType<List<Redirect>> {
    static final RedirectListType INSTANCE = new RedirectListType();

    // The last colon splits: the target has none, the expression may.
    private static final Pattern ITEM =
            Pattern.compile("(.+):\\s*(primary|standby|[0-9]{1,3})\\s*(?:\\(\\s*([0-9.]{1,20})\\s*\\))?");

    private RedirectListType() {}

    @Override
    public List<Redirect> parse(String text) throws InvalidValueException {
        List<Redirect> redirects = new ArrayList<>();
        for (String item : TextListType.split(text, ',', true)) {
            Matcher matcher = ITEM.matcher(item);
            if (!matcher.matches()) {
                throw new InvalidValueException("\"" + item + "\" is not understood; allowed is " + allowed());
            }
            redirects.add(redirect(item, matcher));
        }
        return List.copyOf(redirects);
    }

    private Redirect redirect(String item, Matcher matcher) throws InvalidValueException {
        Pattern pattern = PosixPattern.compileAnchored(matcher.group(1).strip());
        double ratio = 1.0;
        if (matcher.group(3) != null) {
            ratio = FloatType.between(0, 1).parse(matcher.group(3));
        }
        switch (matcher.group(2)) {
            case "primary":
                return new Redirect(item, pattern, Redirect.Target.PRIMARY, null, ratio);
            case "standby":
                return new Redirect(item, pattern, Redirect.Target.STANDBY, null, ratio);
            default:
                int node = Integer.parseInt(matcher.group(2));
                if (node >= NodeParameter.MAX_NODES) {
                    throw new InvalidValueException(
                            "there is no node " + node + "; allowed is 0 to " + (NodeParameter.MAX_NODES - 1));
                }
                return new Redirect(item, pattern, Redirect.Target.NODE, node, ratio);
        }
    }

    @Override
    public String show(List<Redirect> value) {
        return value.stream()
                .map(redirect -> redirect.toString().replace(",", "\\,"))
                .collect(Collectors.joining(","));
    }

    @Override
    public String kind() {
        return "redirects";
    }

    @Override
    public String allowed() {
        return "a list of regex:target or regex:target(ratio), target being primary, standby or a node id, ratio 0 to 1";
    }

    @Override
    public boolean isOff(List<Redirect> value) {
        return value.isEmpty();
    }
}
