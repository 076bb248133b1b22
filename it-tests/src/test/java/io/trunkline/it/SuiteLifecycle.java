package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Around the whole run: leaks of buffers fail the class after which they are found, and the servers end at the end. */
public final class SuiteLifecycle implements LauncherSessionListener, AfterAllCallback {

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Leaks.listen();
    }

    @Override
    public void launcherSessionClosed(LauncherSession session) {
        Cluster.end();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        assertThat(Leaks.find())
                .as("buffers that nobody released, up to the end of %s", context.getDisplayName())
                .isEmpty();
    }
}
