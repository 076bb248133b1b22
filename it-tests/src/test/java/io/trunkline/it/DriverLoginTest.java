package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other people's drivers log in with SCRAM, as users whom only auth_query knows. */
class DriverLoginTest {
    private static final String PYTHON = "/usr/bin/python3";
    private static final Path NODE_MODULES =
            Path.of("target", "node", "node_modules").toAbsolutePath();

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start("auth_query_user = '" + Cluster.shared().superuser() + "'");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "psycopg2 | import os, psycopg2; c = psycopg2.connect(os.environ['DSN']).cursor(); c.execute('SELECT current_user'); print(c.fetchone()[0])",
                "psycopg | import os, psycopg; print(psycopg.connect(os.environ['DSN']).execute('SELECT current_user').fetchone()[0])",
                "asyncpg | import os, asyncio, asyncpg; exec('async def f():\\n c = await asyncpg.connect(os.environ[\"URL\"], ssl=False)\\n print(await c.fetchval(\"SELECT current_user\"))'); asyncio.run(f())"
            })
    void python(String module, String script) {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of(PYTHON))
                        && External.run(Map.of(), "", List.of(PYTHON, "-c", "import " + module))
                                        .exit()
                                == 0,
                module + " is not installed");
        logsIn(List.of(PYTHON, "-c", script));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value =
                    "const { Client } = require('pg'); (async () => { const c = new Client(process.env.URL); await c.connect();"
                            + " console.log((await c.query('SELECT current_user')).rows[0].current_user); await c.end(); })()"
                            + ".catch(e => { console.error(e.message); process.exit(1); })")
    void node(String script) {
        String named = System.getenv("TRUNKLINE_NODE_MODULES");
        Path modules = named == null ? NODE_MODULES : Path.of(named);
        Assumptions.assumeTrue(
                Files.isDirectory(modules.resolve("pg")), "pg is not there; NodePostgresTest fetches it");
        logsIn(List.of("/usr/bin/env", "NODE_PATH=" + modules, "node", "-e", script));
    }

    private static void logsIn(List<String> command) {
        assertThat(run(command, Cluster.PASSWORD).succeeded().out()).isEqualTo(Cluster.SCRAM_USER + "\n");
        External.Ended wrong = run(command, "wrong");
        assertThat(wrong.exit()).isNotZero();
        assertThat(wrong.err()).contains("password authentication failed for user \"" + Cluster.SCRAM_USER + "\"");
    }

    private static External.Ended run(List<String> command, String password) {
        String to = "127.0.0.1:" + proxy.port();
        return External.run(
                Map.of(
                        "DSN",
                        "host=127.0.0.1 port=" + proxy.port() + " user=" + Cluster.SCRAM_USER + " dbname="
                                + Cluster.USER + " password='" + password + "'",
                        "URL",
                        "postgresql://" + Cluster.SCRAM_USER + ":" + password.replace(" ", "%20") + "@" + to + "/"
                                + Cluster.USER),
                "",
                command);
    }
}
