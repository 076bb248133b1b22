package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.configuration2.io.FileHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PgpoolConfFileTest {
    @TempDir
    Path directory;

    @Test
    void aConfigurationIsLoadedAndSavedByTheFileHandlerOfCommonsConfiguration() throws Exception {
        Path file =
                Files.writeString(directory.resolve("pgpool.conf"), "port = 1 # one\nlisten_addresses '*'\nport = 2\n");
        PgpoolConfFile conf = new PgpoolConfFile(file);
        FileHandler handler = new FileHandler(conf);
        handler.load(file.toFile());
        assertThat(conf.getKeys()).toIterable().containsExactly("port", "listen_addresses");
        assertThat(conf.settings()).extracting(Setting::value).containsExactly("1", "*", "2");

        handler.save(directory.resolve("copy.conf").toFile());
        assertThat(directory.resolve("copy.conf")).hasContent("port = '1'\nlisten_addresses = '*'\nport = '2'\n");
    }

    @Test
    void nothingOfAValueIsInterpolated() {
        PgpoolConfFile conf = PgpoolConfFile.parse(Path.of("x"), "failover_command = '${sys:user.home} $_IP_$, %h'\n");
        assertThat(conf.settings()).extracting(Setting::value).containsExactly("${sys:user.home} $_IP_$, %h");
    }

    @Test
    void aSettingDoesNotPrintItsValue() {
        PgpoolConfFile conf = PgpoolConfFile.parse(Path.of("x"), "\nsr_check_password = 'geheim'\n");
        assertThat(conf.settings()).singleElement().hasToString("x:2: sr_check_password");
    }
}
