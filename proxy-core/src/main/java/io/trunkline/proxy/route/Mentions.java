package io.trunkline.proxy.route;

import io.trunkline.sql.QualifiedName;
import java.util.List;

/**
 * What a query string names and the catalog knows more about: whether it may run on a standby depends on that.
 *
 * @param tables relations outside of the system's schemas
 * @param functions functions that are not known to be harmless by their name alone
 */
public record Mentions(List<QualifiedName> tables, List<QualifiedName> functions) {
    public static final Mentions NOTHING = new Mentions(List.of(), List.of());

    public boolean isEmpty() {
        return tables.isEmpty() && functions.isEmpty();
    }
}
