package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * A client that connects, does this and that of all kinds for a while, always with an answer that only it can get, and
 * leaves in one way or another, again and again.
 */
final class ChurningClient implements Callable<Integer> {
    /** A table for its COPY, which is always rolled back. */
    static final String TABLE = "CREATE TABLE IF NOT EXISTS churned (x text)";

    private final int port;
    private final Random random;
    private final long end;

    /** @param end when it stops, by nanoTime */
    ChurningClient(int port, int seed, long end) {
        this.port = port;
        this.random = new Random(seed);
        this.end = end;
    }

    /** @return how many sessions it has had */
    @Override
    public Integer call() throws IOException {
        int sessions = 0;
        while (System.nanoTime() < end) {
            try (RawClient client = new RawClient(port)) {
                client.startUp(Cluster.USER, Cluster.USER);
                for (int i = random.nextInt(20); i >= 0; i--) {
                    step(client);
                }
                sessions++;
                if (random.nextBoolean()) {
                    client.terminate().send();
                } else {
                    client.reset();
                }
            }
        }
        return sessions;
    }

    private void step(RawClient client) throws IOException {
        String mark = Long.toString(random.nextLong());
        switch (random.nextInt(8)) {
            case 0 -> assertThat(client.ask("SELECT '" + mark + "' FROM here")).isEqualTo(mark);
            case 1 ->
                assertThat(client.ask("SELECT '" + mark + "', nextval('counter')"))
                        .isEqualTo(mark);
            case 2 -> {
                client.extended("SELECT $1::text FROM here", mark).sync();
                client.extended("SELECT $1::text, nextval('counter')", mark)
                        .sync()
                        .send();
                assertThat(RawClient.firstValue(client.untilReady())).isEqualTo(mark);
                assertThat(RawClient.firstValue(client.untilReady())).isEqualTo(mark);
            }
            case 3 -> {
                client.run("BEGIN");
                assertThat(client.ask("SELECT '" + mark + "'")).isEqualTo(mark);
                client.run(random.nextBoolean() ? "COMMIT" : "ROLLBACK");
            }
            case 4 ->
                assertThat(RawClient.error(client.run("SELECT 1/0 /* " + mark + " */"))
                                .sqlState())
                        .isEqualTo("22012");
            case 5 -> {
                String rows = "SELECT repeat('x', 1000) FROM generate_series(1, 100)";
                assertThat(RawClient.tags(client.run("COPY (" + rows + ") TO STDOUT")))
                        .isEqualTo("H" + "d".repeat(100) + "cCZ");
            }
            case 6 -> {
                client.run("BEGIN");
                client.query("COPY churned FROM STDIN").send();
                assertThat(client.receive().tag()).isEqualTo('G');
                client.copyData((mark + "\n").repeat(100)).copyDone().send();
                client.untilReady();
                assertThat(client.ask("SELECT count(*) FROM churned WHERE x = '" + mark + "'"))
                        .isEqualTo("100");
                client.run("ROLLBACK");
            }
            default -> {
                client.query("SELECT pg_sleep(0.01), '" + mark + "', txid_current()")
                        .send();
                client.cancel();
                client.untilReady();
            }
        }
    }
}
