package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Pairs {@code object:dependent}, separated by commas; a backslash keeps a colon or comma in a name. */
final class RelationshipListType implements ValueType<List<ObjectRelationship>> {
    static final RelationshipListType INSTANCE = new RelationshipListType();

    private RelationshipListType() {}

    @Override
    public List<ObjectRelationship> parse(String text) throws InvalidValueException {
        List<ObjectRelationship> pairs = new ArrayList<>();
        for (String item : TextListType.split(text, ',', true)) {
            List<String> sides = TextListType.split(item, ':', true);
            if (sides.size() != 2) {
                throw new InvalidValueException("\"" + item + "\" is not understood; allowed is " + allowed());
            }
            pairs.add(new ObjectRelationship(sides.get(0), sides.get(1)));
        }
        return List.copyOf(pairs);
    }

    @Override
    public String show(List<ObjectRelationship> value) {
        return value.stream()
                .map(pair -> escape(pair.object()) + ":" + escape(pair.dependent()))
                .collect(Collectors.joining(","));
    }

    private static String escape(String name) {
        return name.replace(":", "\\:").replace(",", "\\,");
    }

    @Override
    public String kind() {
        return "pairs";
    }

    @Override
    public String allowed() {
        return "a list of object:dependent pairs, a function written as name()";
    }

    @Override
    public boolean isOff(List<ObjectRelationship> value) {
        return value.isEmpty();
    }
}
