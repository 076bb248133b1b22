package io.trunkline.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list of {@link Redirect}s. The first that matches counts. */
final class RedirectListType extends NameItemListType<Redirect> {
    // The last colon splits: the target has none, the expression may.
    private static final Pattern ITEM =
            Pattern.compile("(.+):\\s*(primary|standby|[0-9]{1,3})\\s*(?:\\(\\s*([0-9.]{1,20})\\s*\\))?");

    static final RedirectListType INSTANCE = new RedirectListType();

    private RedirectListType() {
        super(ITEM);
    }

    @Override
    Redirect item(String source, Matcher parts) throws InvalidValueException {
        Pattern pattern = PosixPattern.compileAnchored(parts.group(1).strip());
        double ratio = 1.0;
        if (parts.group(3) != null) {
            ratio = FloatType.between(0, 1).parse(parts.group(3));
        }
        switch (parts.group(2)) {
            case "primary":
                return new Redirect(source, pattern, Redirect.Target.PRIMARY, null, ratio);
            case "standby":
                return new Redirect(source, pattern, Redirect.Target.STANDBY, null, ratio);
            default:
                int node = Integer.parseInt(parts.group(2));
                if (node >= NodeParameter.MAX_NODES) {
                    throw new InvalidValueException(
                            "there is no node " + node + "; allowed is 0 to " + (NodeParameter.MAX_NODES - 1));
                }
                return new Redirect(source, pattern, Redirect.Target.NODE, node, ratio);
        }
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
