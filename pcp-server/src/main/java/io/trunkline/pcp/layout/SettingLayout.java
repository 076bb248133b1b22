package io.trunkline.pcp.layout;

import io.trunkline.config.ShownValue;
import java.util.List;

/** SHOW POOL_STATUS, and PGPOOL SHOW of more than one value; PCP's pool status are the same texts. */
public final class SettingLayout {
    private static final List<String> COLUMNS = List.of("item", "value", "description");

    private SettingLayout() {}

    public static Table show(List<ShownValue> settings) {
        return new Table(
                COLUMNS,
                settings.stream()
                        .map(one -> List.of(one.item(), one.value(), one.description()))
                        .toList());
    }
}
