package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TlsFiles;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.auth.AccessRules;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** One server in a container, for where Docker is at hand and no PostgreSQL is. */
class TestcontainersTest {

    @Test
    void serverInAContainerIsReached() throws Exception {
        Assumptions.assumeTrue(DockerClientFactory.instance().isDockerAvailable(), "Docker is not available");
        int port = FreePorts.find(1).get(0);
        try (PostgreSQLContainer container = new PostgreSQLContainer("postgres:17-alpine")) {
            container.start();
            String text = String.join(
                    "\n",
                    "listen_addresses = '127.0.0.1'",
                    "port = " + port,
                    "backend_hostname0 = '" + container.getHost() + "'",
                    "backend_port0 = " + container.getMappedPort(5432));
            ProxyServer server = ProxyServer.start(
                    TestProxy.config(text), TestProxy.credentials(List.of()), AccessRules.none(), TlsFiles.NONE);
            try (Connection connection = DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + port + "/" + container.getDatabaseName(),
                            container.getUsername(),
                            container.getPassword());
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT 42")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(42);
            } finally {
                server.close();
            }
        }
    }
}
