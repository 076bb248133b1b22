package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Portals, and statements of PREPARE: they are used where they are, or can be had. */
class SessionPortalTest extends SessionScenario {
    // ---- portals

    private void opensAPortalOnTheStandby() {
        begins("BEGIN");
        client.sends("P(|SELECT 1) B(c|) E(c) S");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) P(|SELECT 1) B(c|) E(c) S");
        standby().sends("C(BEGIN) Z(T) 1 2 D(1) s Z(T)");
        assertThat(client.received()).isEqualTo("1 2 D(1) s Z(T)");
    }

    @Test
    void aPortalIsReadOnWhereItIsThoughTheTransactionWritesElsewhereMeanwhile() {
        opensAPortalOnTheStandby();
        for (String more : List.of("D(2) s", "D(3) C(SELECT 1)")) {
            client.sends("Q(DELETE FROM t)");
            assertThat(primary().received()).endsWith("Q(DELETE FROM t)");
            primary().sends((more.startsWith("D(2)") ? "C(BEGIN) Z(T) " : "") + "C(DELETE 1) Z(T)");
            assertThat(client.received()).isEqualTo("C(DELETE 1) Z(T)");
            client.sends("E(c) S");
            assertThat(standby().received()).isEqualTo("E(c) S");
            standby().sends(more + " Z(T)");
            assertThat(client.received()).isEqualTo(more + " Z(T)");
        }
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aPortalIsFetchedFromByItsNameWhereItIs() {
        opensAPortalOnTheStandby();
        writesOnThePrimary();
        client.sends("Q(MOVE FORWARD 2 FROM c)");
        assertThat(standby().received()).isEqualTo("Q(MOVE FORWARD 2 FROM c)");
        standby().sends("C(MOVE 2) Z(T)");
        assertThat(client.received()).isEqualTo("C(MOVE 2) Z(T)");
        client.sends("Q(FETCH 1 FROM other)");
        assertThat(primary().received()).isEqualTo("Q(FETCH 1 FROM other)");
    }

    @Test
    void aPortalIsClosedWhereItIs() {
        opensAPortalOnTheStandby();
        writesOnThePrimary();
        client.sends("C(Pc) S");
        assertThat(primary().received()).endsWith("C(Pc) S");
        primary().sends("3 Z(T)");
        assertThat(client.received()).isEqualTo("3 Z(T)");
        assertThat(standby().received()).isEqualTo("C(Pc) S");
    }

    @Test
    void portalsOfOneBatchAreReadWhereTheyAreAndReadsBehindAWriteStayOnThePrimary() {
        client.sends("P(|SELECT 1) B(r|) P(|DELETE FROM t) B(w|) E(r) E(w) P(|SELECT 2) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(r|) H");
        standby().sends("1 2");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(w|) H");
        primary().sends("1 2");
        assertThat(standby().received()).isEqualTo("E(r) H");
        standby().sends("D(1) C(SELECT 1)");
        assertThat(primary().received()).isEqualTo("E(w) P(|SELECT 2) B(|) E() S");
        primary().sends("C(DELETE 1) 1 2 D(2) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 1 2 D(1) C(SELECT 1) C(DELETE 1) 1 2 D(2) C(SELECT 1) Z(I)");
        assertThat(standby().received()).isEqualTo("S");
        standby().sends("Z(I)");
    }

    @Test
    void aPortalOfATransactionThatIsOverIsAskedForOnThePrimary() {
        opensAPortalOnTheStandby();
        client.sends("Q(COMMIT)");
        standby().sends("C(COMMIT) Z(I)");
        client.received();
        client.sends("E(c) S");
        assertThat(primary().received()).isEqualTo("E(c) S");
    }

    // ---- PREPARE

    @Test
    void aStatementOfPrepareIsExecutedOnTheStandbyAfterItHasBeenPreparedThere() {
        client.sends("Q(PREPARE p AS SELECT 1)");
        primary().received();
        primary().sends("C(PREPARE) Z(I)");
        client.received();
        client.sends("Q(EXECUTE p)");
        assertThat(standby().received()).isEqualTo("Q(PREPARE p AS SELECT 1) Q(EXECUTE p)");
        standby().sends("C(PREPARE) Z(I) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void aStatementOfPrepareThatWritesIsExecutedOnThePrimary() {
        client.sends("Q(PREPARE p AS DELETE FROM t)");
        primary().sends("C(PREPARE) Z(I)");
        primary().received();
        client.sends("Q(EXECUTE p)");
        assertThat(primary().received()).isEqualTo("Q(EXECUTE p)");
    }
}
