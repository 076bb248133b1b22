package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The settings of two sessions that take turns on a backend. */
class SharedSettingsTest extends SharedBackendScenario {
    private void sets(ProxyFixture.Client who, String statement) {
        who.sends("Q(" + statement + ")");
        assertThat(standby().received()).endsWith("Q(" + statement + ")");
        standby().sends("C(SET) Z(I)");
        assertThat(who.received()).isEqualTo("C(SET) Z(I)");
    }

    @Test
    void eachOfTheCharacteristicsIsASettingOfItsOwn() {
        sets(client, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, DEFERRABLE");
        sets(client, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        sets(client, "SET default_transaction_deferrable = off");
        writesAfter(
                client,
                "Q(SET default_transaction_read_only = 'on') Q(SET default_transaction_isolation = 'repeatable read')"
                        + " Q(SET default_transaction_deferrable = off)",
                "C(SET) Z(I) C(SET) Z(I) C(SET) Z(I)");
    }

    @Test
    void aDateStyleIsRestoredWithBothOfItsParts() {
        client.sends("Q(SET DateStyle TO iso)");
        assertThat(standby().received()).endsWith("Q(SET DateStyle TO iso)");
        standby().sends("S(DateStyle=ISO, MDY) C(SET) Z(I)");
        client.sends("Q(SET DateStyle TO ymd)");
        assertThat(standby().received()).isEqualTo("Q(SET DateStyle TO ymd)");
        standby().sends("S(DateStyle=ISO, YMD) C(SET) Z(I)");
        assertThat(client.received()).endsWith("S(DateStyle=ISO, YMD) C(SET) Z(I)");
        writesAfter(client, "Q(SET datestyle TO 'ISO, YMD')", "C(SET) Z(I)");
    }

    @Test
    void aDateStyleOfATransactionIsNotTakenForThatOfTheSession() {
        client.sends("Q(BEGIN)");
        client.received();
        client.sends("Q(SET DateStyle TO dmy)");
        standby().sends("C(BEGIN) Z(T) C(SET) S(DateStyle=ISO, DMY) Z(T)");
        client.sends("Q(SET LOCAL DateStyle TO postgres)");
        standby().sends("C(SET) S(DateStyle=Postgres, DMY) Z(T)");
        client.sends("Q(COMMIT)");
        standby().sends("C(COMMIT) S(DateStyle=ISO, DMY) Z(I)");
        assertThat(client.received()).endsWith("C(COMMIT) S(DateStyle=ISO, DMY) Z(I)");
        writesAfter(client, "Q(SET datestyle TO 'ISO, DMY')", "C(SET) Z(I)");
    }

    @Test
    void whatIsLoadedIsLoadedElsewhere() {
        does(client, "Q(LOAD 'auto_explain')", "Q(LOAD 'auto_explain')", "C(LOAD) Z(I)", "C(LOAD) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(LOAD 'auto_explain')");
        standby().sends("C(LOAD) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSettingThatNoServerKnowsIsEmptyOnceItHasBeenReset() {
        sets(client, "SET my.own = 'x'");
        sets(client, "RESET my.own");
        writesAfter(client, "Q(RESET my.own)", "C(RESET) Z(I)");
    }

    @Test
    void theCharacteristicsOfAnotherSessionAreReset() {
        does(
                client,
                "P(|SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY) B(|) E() P(|INSERT a) B(|) E() S",
                "P(|SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY) B(|) E() P(|INSERT a) B(|) E() S",
                "1 2 C(SET) 1 2 C(INSERT 1) Z(I)",
                "1 2 C(SET) 1 2 C(INSERT 1) Z(I)");
        sets(other, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        writesAfter(
                other,
                "Q(RESET ALL) Q(SET default_transaction_isolation = 'repeatable read')",
                "C(RESET) Z(I) C(SET) Z(I)");
    }

    @Test
    void aRoleEndsWithItsSessionAuthorization() {
        sets(client, "SET ROLE a");
        sets(client, "SET SESSION AUTHORIZATION b");
        sets(client, "RESET SESSION AUTHORIZATION");
        does(client, "Q(DELETE FROM t)", "Q(DELETE FROM t)", "C(DELETE 1) Z(I)", "C(DELETE 1) Z(I)");
    }

    @Test
    void whatIsSetBeforeARoleIsNotSetByIt() {
        sets(client, "SET log_statement = 'all'");
        sets(client, "SET ROLE a");
        writesAfter(client, "Q(SET log_statement = 'all') Q(SET ROLE a)", "C(SET) Z(I) C(SET) Z(I)");
        other.sends("Q(SET log_statement = 'ddl')");
        assertThat(standby().received()).isEqualTo("Q(RESET ROLE) Q(RESET ALL)");
        standby().sends("C(RESET) Z(I) C(RESET) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(SET log_statement = 'ddl')");
        standby().sends("C(SET) Z(I)");
        assertThat(other.received()).isEqualTo("C(SET) Z(I)");
        sets(other, "SET ROLE a");
        writesAfter(
                other,
                "Q(RESET ROLE) Q(RESET ALL) Q(SET log_statement = 'ddl') Q(SET ROLE a)",
                "C(RESET) Z(I) C(RESET) Z(I) C(SET) Z(I) C(SET) Z(I)");
    }

    @Test
    void whatIsParsedBehindASettingThatIsNotAnsweredIsNobodyElses() {
        does(
                client,
                "P(|SET timezone = 'x') B(|) E() P(s|INSERT a) B(|s) E() S",
                "P(|SET timezone = 'x') B(|) E() C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S",
                "1 2 C(SET) 3 1 2 C(INSERT 1) Z(I)",
                "1 2 C(SET) 1 2 C(INSERT 1) Z(I)");
        other.sends("P(s|INSERT a) B(|s) E() S");
        assertThat(primary().received()).isEqualTo("Q(RESET ALL)");
        primary().sends("C(RESET) Z(I)");
        assertThat(primary().received()).isEqualTo("C(Strunkline_1) P(trunkline_1|INSERT a) B(|trunkline_1) E() S");
    }

    @Test
    void aSettingMadeToItsDefaultNeedNotBeMadeElsewhere() {
        sets(client, "SET work_mem = '1MB'");
        sets(client, "SET work_mem TO DEFAULT");
        does(client, "Q(DELETE FROM t)", "Q(DELETE FROM t)", "C(DELETE 1) Z(I)", "C(DELETE 1) Z(I)");
    }

    @Test
    void aResetTellsTheClientItsOwnName() {
        reads(client);
        ProxyFixture.Client named = proxy.start("application_name", "mine");
        named.received();
        named.sends("Q(RESET application_name)");
        assertThat(standby().received()).isEqualTo("Q(SET application_name TO E'mine') Q(RESET application_name)");
        standby().sends("S(application_name=mine) C(SET) Z(I) C(RESET) S(application_name=app) Z(I)");
        assertThat(named.received()).isEqualTo("C(RESET) S(application_name=mine) Z(I)");
        named.sends("Q(DISCARD ALL)");
        assertThat(standby().received()).isEqualTo("Q(SET application_name TO E'mine') Q(DISCARD ALL)");
        standby().sends("S(application_name=mine) C(SET) Z(I) C(DISCARD ALL) S(application_name=app) Z(I)");
        assertThat(named.received()).isEqualTo("C(DISCARD ALL) S(application_name=mine) Z(I)");
        named.sends("Q(SET application_name TO 'app')");
        assertThat(standby().received()).endsWith("Q(SET application_name TO 'app')");
        standby().sends("S(application_name=mine) C(SET) Z(I) C(SET) S(application_name=app) Z(I)");
        assertThat(named.received()).isEqualTo("C(SET) S(application_name=app) Z(I)");
    }

    @Test
    void whatTheServerRefusesIsTold() {
        sets(client, "SET ROLE gone");
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(SET ROLE gone)");
        primary().sends("E(ERROR 22023 no gone) Z(I)");
        assertThat(new String(client.receivedBytes(), StandardCharsets.UTF_8))
                .contains("could not be made on")
                .contains("no gone");
    }

    @Test
    void resetAllAmongSeveralStatementsIsFollowed() {
        sets(client, "SET work_mem = '1MB'");
        String resets = "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;";
        client.sends("Q(" + resets + ")");
        assertThat(primary().received()).isEqualTo("Q(SET work_mem = '1MB')");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(" + resets + ")");
        primary().sends("C(SELECT 1) C(CLOSE CURSOR ALL) C(UNLISTEN) C(RESET) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) C(CLOSE CURSOR ALL) C(UNLISTEN) C(RESET) Z(I)");
        does(other, "Q(DELETE FROM t)", "Q(DELETE FROM t)", "C(DELETE 1) Z(I)", "C(DELETE 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(RESET ALL)");
    }

    @Test
    void whoseSettingsAreNotKnownSharesNoStatements() {
        does(other, "P(s|INSERT a) S", "C(Strunkline_0) P(trunkline_0|INSERT a) S", "3 1 Z(I)", "1 Z(I)");
        does(client, "Q(DO 'x')", "Q(DO 'x')", "C(DO) Z(I)", "C(DO) Z(I)");
        does(client, "P(s|INSERT a) S", "C(Strunkline_1) P(trunkline_1|INSERT a) S", "3 1 Z(I)", "1 Z(I)");
    }
}
