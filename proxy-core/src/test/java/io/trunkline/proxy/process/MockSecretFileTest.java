package io.trunkline.proxy.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The secret from which users who do not exist get their salts. */
class MockSecretFileTest {
    @TempDir
    private Path directory;

    @Test
    void isMadeAtTheFirstStartForTheOwnerAloneAndStays() throws IOException {
        Path file = MockSecretFile.beside(directory.resolve("pgpool.pid"));
        byte[] first = MockSecretFile.load(file).toBytes();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(MockSecretFile.load(file).toBytes()).isEqualTo(first);
        assertThat(directory).isDirectoryNotContaining("glob:**.new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00ff", "no hex at all, but long enough to be taken for something"})
    void isReplacedIfItCannotBeUsed(String broken) throws IOException {
        Path file = directory.resolve("broken.secret");
        Files.writeString(file, broken);
        byte[] fresh = MockSecretFile.load(file).toBytes();

        assertThat(fresh).hasSize(32);
        assertThat(MockSecretFile.load(file).toBytes()).isEqualTo(fresh);
    }

    @Test
    void lastsAsLongAsTheProcessWhereNothingCanBeWritten() {
        Path file = directory.resolve("missing").resolve("pgpool.pid.secret");

        assertThat(MockSecretFile.load(file).toBytes())
                .isNotEqualTo(MockSecretFile.load(file).toBytes());
    }
}
