package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HbaFilesTest {
    @TempDir
    Path directory;

    private Path write(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text);
    }

    private ConfigCheck.Outcome check(String lines) throws Exception {
        return new ConfigCheck(write("pgpool.conf", Configs.BACKENDS + lines)).run();
    }

    private List<String> messages(ConfigCheck.Outcome outcome) {
        return outcome.diagnostics().stream()
                .filter(d -> !d.location().file().endsWith("pgpool.conf"))
                .map(d -> d.toString().replace(directory + "/", ""))
                .toList();
    }

    @Test
    void whilePoolHbaIsOffItsErrorsAreWarnings() throws Exception {
        write("pool_hba.conf", "hosts\n");
        write("pool_ident.conf", "m\n");
        ConfigCheck.Outcome outcome = check("enable_pool_hba = off\n");
        assertThat(outcome.config()).isPresent();
        assertThat(messages(outcome))
                .containsExactly(
                        "pool_hba.conf:1: warning: \"hosts\" is no connection type; allowed is one of local, host, hostssl,"
                                + " hostnossl, hostgssenc, hostnogssenc (the file is not in use, as enable_pool_hba is off)",
                        "pool_ident.conf:1: warning: there are too few fields; allowed is map system-user database-user"
                                + " (the file is not in use, as enable_pool_hba is off)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# local all all trust\n", "hosts\n"})
    void whilePoolHbaIsOffAFileThatIsNamedRefusesNothingEither(String rules) throws Exception {
        Path named = write("named.conf", rules);
        Path conf = write("pgpool.conf", Configs.BACKENDS + "enable_pool_hba = off\n");
        ConfigCheck.Outcome outcome = new ConfigCheck(conf).poolHba(named).run();
        assertThat(outcome.config()).isPresent();
        assertThat(messages(outcome)).singleElement().asString().startsWith("named.conf:1: warning: ");

        write("pgpool.conf", Configs.BACKENDS + "enable_pool_hba = on\n");
        assertThat(new ConfigCheck(conf).poolHba(named).run().config()).isEmpty();
    }

    @Test
    void whilePoolHbaIsOffAFileThatIsNamedNeedNotExist() throws Exception {
        Path conf = write("pgpool.conf", Configs.BACKENDS + "enable_pool_hba = off\n");
        ConfigCheck.Outcome outcome =
                new ConfigCheck(conf).poolHba(directory.resolve("none")).run();
        assertThat(outcome.config()).isPresent();
        assertThat(messages(outcome)).singleElement().asString().contains("warning: file none does not exist");
    }

    @Test
    void whilePoolHbaIsOnItsErrorsRefuseTheWholeConfiguration() throws Exception {
        write("pool_hba.conf", "local all all trust\nhosts\n");
        ConfigCheck.Outcome outcome = check("enable_pool_hba = on\n");
        assertThat(outcome.config()).isEmpty();
        assertThat(messages(outcome)).singleElement().asString().startsWith("pool_hba.conf:2: error: \"hosts\"");
    }

    @Test
    void whilePoolHbaIsOnAnErrorInTheMapsRefusesTheWholeConfiguration() throws Exception {
        write("pool_hba.conf", "local all all trust\n");
        write("maps", "m /( anna\n");
        ConfigCheck.Outcome outcome = check("enable_pool_hba = on\nident_file = 'maps'\n");
        assertThat(outcome.config()).isEmpty();
        assertThat(messages(outcome)).singleElement().asString().startsWith("maps:1: error: \"(\" is no regular");
    }

    @Test
    void whilePoolHbaIsOnTheFileMustExist() throws Exception {
        assertThat(messages(check("enable_pool_hba = on\n")))
                .containsExactly("pool_hba.conf:1: error: file pool_hba.conf does not exist");
        assertThat(check("enable_pool_hba = off\n").diagnostics()).isEmpty();
    }

    @Test
    void theRulesAndMapsOfAValidConfigurationAreHandedOn() throws Exception {
        write("pool_hba.conf", "local all all peer map=m\n");
        write("pool_ident.conf", "m root postgres\n");
        ConfigCheck.Outcome outcome = check("enable_pool_hba = on\n");
        assertThat(messages(outcome)).isEmpty();
        assertThat(outcome.hba().rules()).hasSize(1);
        assertThat(outcome.identMaps().lines("m")).hasSize(1);
    }

    @Test
    void aRuleThatCanLetNobodyInIsAWarning() throws Exception {
        write("pool_hba.conf", "local all all peer map=m\nhostssl all all all cert\n");
        ConfigCheck.Outcome outcome = check("enable_pool_hba = on\n");
        assertThat(outcome.config()).isPresent();
        assertThat(messages(outcome))
                .containsExactly(
                        "pool_hba.conf:1: warning: there is no map \"m\" in pool_ident.conf, so the rule lets nobody in",
                        "pool_hba.conf:2: warning: the rule is never used, as ssl is off");
    }
}
