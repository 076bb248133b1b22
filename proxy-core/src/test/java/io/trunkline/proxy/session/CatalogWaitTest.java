package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.scripted.ScriptedBackend;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads of a session that does as with an older Pgpool-II, which wait until the catalog has told what they read. */
class CatalogWaitTest extends SessionScenario {
    private static final String TABLE = "T(kind,number,a,b,c,d) D(session,-1,read committed,false,NULL,NULL)"
            + " D(builtin,-1,random,NULL,NULL,NULL) D(table,0,1,0,r,NULL) D(reached,0,NULL,NULL,NULL,0)"
            + " C(SELECT 4) Z(I)";

    @BeforeEach
    void asAnOlderPgpool() {
        proxy.limits.likeOlderPgpool = true;
    }

    @Test
    void aReadWaitsUntilItIsKnownWhatItReads() {
        client.sends("Q(SELECT * FROM t)");
        ScriptedBackend asked = primary();
        assertThat(asked.received()).startsWith("Q(").doesNotContain("SELECT * FROM t");
        assertThat(proxy.nodes.open(1)).isEmpty();
        proxy.pass(50);
        assertThat(proxy.nodes.open(1)).isEmpty();

        asked.sends(TABLE);
        proxy.pass(5);
        assertThat(standby().received()).isEqualTo("Q(SELECT * FROM t)");
    }

    @Test
    void aReadThatHasWaitedForASecondGoesToThePrimary() {
        client.sends("Q(SELECT * FROM t)");
        ScriptedBackend asked = primary();
        asked.received();
        for (int millis = 0; millis < 990; millis += 5) {
            proxy.pass(5);
        }
        assertThat(primary()).isSameAs(asked);

        for (int millis = 0; millis < 20; millis += 5) {
            proxy.pass(5);
        }
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM t)");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void whoeverDoesAsTheNewestPgpoolDoesNotWait() {
        proxy.limits.likeOlderPgpool = false;
        client.sends("Q(SELECT * FROM t)");
        assertThat(proxy.nodes.open(0))
                .anySatisfy(backend -> assertThat(backend.received()).isEqualTo("Q(SELECT * FROM t)"));
    }
}
