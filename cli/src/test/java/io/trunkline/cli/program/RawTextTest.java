package io.trunkline.cli.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RawTextTest {
    @Test
    void argumentsWithoutOddCharactersAreTakenAsTheyAre() {
        assertThat(RawText.arguments(new String[] {"pg_md5", "", "a b"})).containsExactly("pg_md5", "", "a b");
    }

    @Test
    void argumentsThatJavaHasLostComeFromTheCommandLine() {
        String[] lost = {"pg_md5", "p\ufffdss", ""};
        assertThat(RawText.arguments(lost, "java\0-cp\0x\0pg_md5\0p\u00e4ss\0\0"))
                .containsExactly("pg_md5", "p\u00e4ss", "");
    }

    @Test
    void withoutACommandLineArgumentsAreEncodedAgain() {
        List<String> raw = RawText.arguments(new String[] {"x", "y"}, "");
        assertThat(raw).containsExactly("x", "y");
    }
}
