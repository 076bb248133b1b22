package io.trunkline.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** What {@code trunkline --version} prints: this build and the Java that runs it. */
final class VersionProvider implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {
            "trunkline " + version(),
            "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ", "
                    + System.getProperty("java.home") + ")"
        };
    }

    /** The version in the jar's manifest; classes outside a jar have none. */
    private static String version() {
        return Optional.ofNullable(VersionProvider.class.getPackage().getImplementationVersion())
                .orElse("(development)");
    }
}
