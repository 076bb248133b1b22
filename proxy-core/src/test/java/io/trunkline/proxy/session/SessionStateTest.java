package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.UnrestorableState;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.StatementGroup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The small parts that a session remembers itself by. */
class SessionStateTest {
    private final SessionSettings settings = new SessionSettings();
    private final PreparedStatements statements = new PreparedStatements();

    // ---- settings

    @Test
    void settingsCountOnceTheyAreCommittedAndInTheirOrder() {
        make("a", "SET a TO 1");
        assertThat(since(0)).isEmpty();
        assertThat(settings.hasPending()).isTrue();
        make("b", "SET b TO 1");
        assertThat(settings.committed()).isTrue();
        assertThat(settings.hasPending()).isFalse();
        assertThat(since(0)).containsExactly("SET a TO 1", "SET b TO 1");
        assertThat(settings.last()).isEqualTo(2);
    }

    @Test
    void settingsThatAreRolledBackNeverWere() {
        make("a", "SET a TO 1");
        settings.rolledBack();
        assertThat(settings.committed()).isTrue();
        assertThat(since(0)).isEmpty();
        assertThat(settings.last()).isZero();
    }

    @Test
    void aLaterSettingReplacesTheEarlierAndComesLast() {
        commit("a", "SET a TO 1");
        commit("b", "SET b TO 1");
        commit("a", "SET a TO 2");
        assertThat(since(0)).containsExactly("SET b TO 1", "SET a TO 2");
        assertThat(since(2)).containsExactly("SET a TO 2");
        assertThat(since(3)).isEmpty();
    }

    @Test
    void resetAllTakesThePlaceOfWhatWasBefore() {
        commit("a", "SET a TO 1");
        settings.resetAll();
        assertThat(settings.committed()).isTrue();
        commit("b", "SET b TO 1");
        assertThat(since(0)).containsExactly("RESET ALL", "SET b TO 1");
        assertThat(since(1)).containsExactly("RESET ALL", "SET b TO 1");
    }

    @Test
    void resetAllLeavesWhatIsLoadedAndTheNamesOfOtherSettings() {
        commit("load LOAD 'x'", "LOAD 'x'");
        commit("a.b", "SET a.b TO 1");
        settings.resetAll();
        assertThat(settings.committed()).isTrue();
        assertThat(since(0)).containsExactly("LOAD 'x'", "RESET a.b", "RESET ALL");
    }

    @Test
    void resetAllLeavesTheRoleAsTheServerDoes() {
        commit("session_authorization", "SET SESSION AUTHORIZATION x");
        commit("role", "SET ROLE y");
        commit("a", "SET a TO 1");
        settings.resetAll();
        assertThat(settings.committed()).isTrue();
        assertThat(since(0)).containsExactly("SET SESSION AUTHORIZATION x", "SET ROLE y", "RESET ALL");
    }

    @Test
    void discardAllForgetsAll() {
        commit("a", "SET a TO 1");
        make("b", "SET b TO 1");
        settings.discardAll();
        assertThat(settings.hasPending()).isFalse();
        assertThat(since(0)).isEmpty();
    }

    @Test
    void tooManyNamesOrTooMuchTextAreTold() {
        for (int i = 0; i < SessionSettings.LIMIT; i++) {
            assertThat(commit("n" + i, "SET n" + i + " TO 1")).isTrue();
        }
        assertThat(commit("one more", "SET x TO 1")).isFalse();
        settings.discardAll();
        assertThat(commit("a", "SET a TO '" + "x".repeat(60_000) + "'")).isTrue();
        assertThat(commit("a", "SET a TO '" + "x".repeat(60_000) + "'"))
                .as("replaced")
                .isTrue();
        assertThat(commit("b", "SET b TO '" + "x".repeat(60_000) + "'")).isFalse();
    }

    private void make(String name, String text) {
        settings.made(name, text);
    }

    private boolean commit(String name, String text) {
        make(name, text);
        return settings.committed();
    }

    private List<String> since(int number) {
        List<String> texts = new ArrayList<>();
        settings.since(number, texts::add);
        return texts;
    }

    // ---- prepared statements

    @Test
    void statementsAreFoundByNameAndTheUnnamedOneApart() {
        PreparedStatement named = statement("s", 10);
        PreparedStatement unnamed = statement("", 10);
        statements.add(named);
        statements.add(unnamed);
        assertThat(statements.get("s")).isSameAs(named);
        assertThat(statements.get("")).isSameAs(unnamed);
        assertThat(statements.get("t")).isNull();
        statements.clear();
        assertThat(statements.get("s")).isNull();
        assertThat(statements.get("")).isNull();
    }

    @Test
    void aStatementWhoseNameHasBeenTakenIsNotRemovedByIt() {
        PreparedStatement old = statement("s", 10);
        PreparedStatement young = statement("s", 10);
        statements.add(old);
        statements.add(young);
        statements.remove(old);
        assertThat(statements.get("s")).isSameAs(young);
        statements.remove(young);
        assertThat(statements.get("s")).isNull();
    }

    @Test
    void theRoomForTextsIsBoundedAndComesFreeAgain() {
        PreparedStatement large = statement("s", PreparedStatements.TEXT_LIMIT - 10);
        statements.add(large);
        assertThat(statements.hasRoomFor(10)).isTrue();
        assertThat(statements.hasRoomFor(11)).isFalse();
        statements.add(statement("s", 5));
        assertThat(statements.hasRoomFor(PreparedStatements.TEXT_LIMIT - 5)).isTrue();
        statements.clear();
        assertThat(statements.hasRoomFor(PreparedStatements.TEXT_LIMIT)).isTrue();
    }

    private static PreparedStatement statement(String name, int length) {
        return new PreparedStatement(name, Plan.READ, StatementGroup.SELECT, new byte[length]);
    }

    // ---- dialect

    @Test
    void theDialectFollowsWhatTheServerReports() {
        SessionState state = new SessionState(new LoopMetrics(1));
        assertThat(state.hasStandardStrings()).isTrue();
        assertThat(state.hasSafeEncoding()).isTrue();
        state.reported("standard_conforming_strings", "off");
        state.reported("client_encoding", "SJIS");
        state.reported("TimeZone", "UTC");
        assertThat(state.hasStandardStrings()).isFalse();
        assertThat(state.hasSafeEncoding()).isFalse();
        state.reported("client_encoding", "UTF8");
        assertThat(state.hasSafeEncoding()).isTrue();
    }

    @Test
    void theFirstReasonToStayOnANodeHolds() {
        SessionState state = new SessionState(new LoopMetrics(1));
        state.pin(1, UnrestorableState.UNKNOWN, "first");
        state.pin(0, UnrestorableState.UNKNOWN, "second");
        assertThat(state.pinnedTo()).isOne();
        assertThat(state.pinReason()).isEqualTo("first");
    }

    // ---- cancel keys

    @Test
    void aCancelNeedsTheNumberAndTheKey() {
        CancelKeys keys = new CancelKeys();
        List<String> cancelled = new ArrayList<>();
        ClientIdentity identity = new ClientIdentity(7, new byte[] {1, 2, 3, 4}, "u", "d", "somewhere");
        keys.register(identity, ended -> cancelled.add("7"));
        assertThat(keys.cancel(7, new byte[] {1, 2, 3}, () -> {})).isFalse();
        assertThat(keys.cancel(7, new byte[] {1, 2, 3, 5}, () -> {})).isFalse();
        assertThat(keys.cancel(8, new byte[] {1, 2, 3, 4}, () -> {})).isFalse();
        assertThat(cancelled).isEmpty();
        assertThat(keys.cancel(7, new byte[] {1, 2, 3, 4}, () -> {})).isTrue();
        keys.forget(identity);
        assertThat(keys.cancel(7, new byte[] {1, 2, 3, 4}, () -> {})).isFalse();
        assertThat(cancelled).containsExactly("7");
        assertThat(identity.toString()).isEqualTo("[7 u@d somewhere]");
    }

    @Test
    void numbersArePositiveAndNotThoseOfOpenSessions() {
        CancelKeys keys = new CancelKeys();
        keys.register(new ClientIdentity(2, new byte[4], "", "", ""), ended -> {});
        assertThat(List.of(keys.nextNumber(), keys.nextNumber(), keys.nextNumber()))
                .containsExactly(1, 3, 4);
        assertThat(ClientIdentity.newCancelKey(32)).hasSize(32).isNotEqualTo(ClientIdentity.newCancelKey(32));
    }

    // ---- places

    @Test
    void whoWaitsIsServedInOrderAndWhoGivesUpIsPassedOver() {
        SessionSlots slots = new SessionSlots(1, 0);
        List<Integer> served = new ArrayList<>();
        List<SessionSlots.Ticket> tickets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            SessionSlots.Ticket ticket = slots.take(Runnable::run, () -> served.add(number));
            assertThat(ticket).isNotNull();
            if (ticket != null) {
                tickets.add(ticket);
            }
        }
        assertThat(tickets).extracting(SessionSlots.Ticket::isServedAtOnce).containsExactly(true, false, false, false);
        tickets.get(1).release();
        assertThat(slots.waiting()).isEqualTo(2);
        tickets.get(0).release();
        tickets.get(0).release();
        assertThat(served).containsExactly(2);
        assertThat(slots.taken()).isOne();
        tickets.get(2).release();
        assertThat(served).containsExactly(2, 3);
        tickets.get(3).release();
        assertThat(slots.taken()).isZero();
        assertThat(slots.waiting()).isZero();
    }
}
