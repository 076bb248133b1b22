package io.trunkline.it;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The rigs that a test breaks: they end with it. */
final class FailoverRigs implements AfterEachCallback {
    private final List<FailoverRig> rigs = new ArrayList<>();

    FailoverRig start(int nodes, String... settings) {
        return add(FailoverRig.start(nodes, settings));
    }

    FailoverRig add(FailoverRig rig) {
        rigs.add(rig);
        return rig;
    }

    /** Ends them before the end of the test's own {@code @AfterEach}. */
    void close() {
        rigs.forEach(FailoverRig::close);
        rigs.clear();
    }

    @Override
    public void afterEach(ExtensionContext test) {
        close();
    }
}
