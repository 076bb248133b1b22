package io.trunkline.protocol;

import static io.trunkline.protocol.ReplyQueue.Mode.FORWARD;
import static io.trunkline.protocol.ReplyQueue.Mode.FORWARD_ERROR;
import static io.trunkline.protocol.ReplyQueue.Mode.SWALLOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which reply ends which request. */
class ReplyQueueTest {
    private final ReplyQueue queue = new ReplyQueue();
    private final List<String> ended = new ArrayList<>();

    /** Requests, replies so far, the next reply -> what is left of the requests; "!" = a violation. */
    @ParameterizedTest(name = "{0}: {1} then {2} leaves {3}")
    @CsvSource(delimiter = '|', textBlock = """
            Q     |       | T | Q
            Q     | T     | D | Q
            Q     | TD    | C | Q
            Q     | TDC   | Z | ''
            Q     | TDC   | T | Q
            Q     |       | I | Q
            Q     |       | E | Q
            Q     | E     | Z | ''
            Q     |       | H | Q
            Q     | H     | d | Q
            Q     | Hd    | c | Q
            Q     |       | G | Q
            Q     |       | W | Q
            Q     |       | n | !
            Q     |       | 1 | !
            Q     |       | t | !
            Q     |       | s | !
            Q     |       | V | !
            F     |       | V | F
            F     | V     | Z | ''
            F     |       | E | F
            F     |       | D | !
            F     |       | C | !
            P     |       | 1 | ''
            PS    |       | 1 | S
            PS    |       | Z | !
            PS    |       | 2 | !
            PBDES | 1     | 2 | DES
            PBDES | 12    | T | ES
            PBDES | 12    | n | ES
            PBDES | 12    | t | DES
            PBDES | 12t   | T | ES
            PBDES | 12T   | D | ES
            PBDES | 12TD  | C | S
            PBDES | 12TD  | s | S
            PBDES | 12TD  | I | S
            PBDES | 12TDC | Z | ''
            PBDES |       | E | S
            PBDES | 12T   | E | S
            PBDES | 12TDC | E | S
            PBDES | E     | Z | ''
            PBE   | 1     | E | ''
            PBES  | 12    | T | !
            CS    |       | 3 | S
            CS    |       | C | !
            S     |       | E | S
            S     | E     | Z | ''
            PQS   |       | E | S
            PFS   |       | E | S
            PSPS  |       | E | SPS
            PSPS  | EZ    | 1 | S
            ES    |       | G | E
            ESS   |       | G | E
            ESP   |       | G | EP
            QS    |       | G | Q
            ''    |       | D | !
            ''    |       | Z | !
            ''    |       | E | ''
            Q     |       | x | !
            """)
    void aReplyMovesTheQueue(String requests, String before, String reply, String left) {
        requests.chars().forEach(tag -> queue.sent(request((char) tag)));
        if (before != null) {
            before.chars().forEach(tag -> queue.received((byte) tag));
        }
        if (left.equals("!")) {
            assertThatThrownBy(() -> queue.received((byte) reply.charAt(0))).isInstanceOf(ProtocolViolation.class);
        } else {
            queue.received((byte) reply.charAt(0));
            assertThat(outstanding()).isEqualTo(left);
        }
    }

    @Test
    void eachReplyIsJudgedByTheModeOfItsOwnRequest() {
        queue.sent(Request.PARSE, FORWARD_ERROR, null);
        queue.sent(Request.BIND);
        queue.sent(Request.CLOSE, SWALLOW, null);
        queue.sent(Request.SYNC);
        assertThat(queue.received(BackendTag.PARSE_COMPLETE)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.BIND_COMPLETE)).isEqualTo(FORWARD);
        assertThat(queue.received(BackendTag.CLOSE_COMPLETE)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD);
        assertThat(queue.firstMode()).isEqualTo(FORWARD);
    }

    @Test
    void theErrorOfAQueryOfOursStandsForTheAnswerToTheRequestBehindIt() {
        queue.sent(Request.QUERY, FORWARD_ERROR, null);
        queue.sent(Request.QUERY, FORWARD, noting("query"));
        queue.sent(Request.QUERY);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD);
        assertThat(ended).containsExactly("query failed");
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(FORWARD);
    }

    @Test
    void soItDoesWithOthersOfOursInBetween() {
        queue.sent(Request.QUERY, FORWARD_ERROR, null);
        queue.sent(Request.QUERY, SWALLOW, null);
        queue.sent(Request.QUERY, FORWARD_ERROR, null);
        queue.sent(Request.QUERY);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(FORWARD_ERROR);
        queue.received(BackendTag.READY_FOR_QUERY);
        queue.received(BackendTag.COMMAND_COMPLETE);
        queue.received(BackendTag.READY_FOR_QUERY);
        queue.received(BackendTag.COMMAND_COMPLETE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD);
    }

    @Test
    void theSuccessOfAQueryOfOursStandsForNothing() {
        queue.sent(Request.PARSE, FORWARD_ERROR, null);
        queue.sent(Request.SYNC, FORWARD_ERROR, null);
        queue.sent(Request.QUERY);
        assertThat(queue.received(BackendTag.PARSE_COMPLETE)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(FORWARD);
    }

    @Test
    void theErrorOfABatchOfOursStandsForTheAnswerToAQuery() {
        queue.sent(Request.PARSE, FORWARD_ERROR, null);
        queue.sent(Request.SYNC, FORWARD_ERROR, null);
        queue.sent(Request.QUERY);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD_ERROR);
        assertThat(queue.received(BackendTag.ROW_DESCRIPTION)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD);
    }

    @Test
    void anErrorTellsTheObserversOfAllThatTheServerSkips() {
        queue.sent(Request.PARSE, FORWARD, noting("parse"));
        queue.sent(Request.BIND, FORWARD, noting("bind"));
        queue.sent(Request.EXECUTE, FORWARD, noting("execute"));
        queue.sent(Request.SYNC, FORWARD, noting("sync"));
        queue.received(BackendTag.PARSE_COMPLETE);
        queue.received(BackendTag.ERROR_RESPONSE);
        assertThat(ended).containsExactly("parse ok", "bind failed", "execute failed");
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(ended).last().isEqualTo("sync ok");
    }

    @Test
    void afterAnErrorRequestsAreSkippedUntilTheSync() {
        queue.sent(Request.PARSE);
        queue.received(BackendTag.ERROR_RESPONSE);
        assertThat(queue.skipsToSync()).isTrue();
        queue.sent(Request.BIND, FORWARD, noting("bind"));
        queue.sent(Request.QUERY, FORWARD, noting("query"));
        assertThat(ended).containsExactly("bind failed", "query failed");
        assertThat(queue.isEmpty()).isTrue();
        queue.sent(Request.SYNC);
        assertThat(queue.skipsToSync()).isFalse();
        queue.received(BackendTag.READY_FOR_QUERY);
        queue.sent(Request.PARSE, FORWARD, noting("parse"));
        queue.received(BackendTag.PARSE_COMPLETE);
        assertThat(ended).last().isEqualTo("parse ok");
    }

    @Test
    void aFatalErrorWhileSkippingDoesNotEndTheSkipping() {
        queue.sent(Request.PARSE);
        queue.received(BackendTag.ERROR_RESPONSE);
        assertThat(queue.received(BackendTag.ERROR_RESPONSE)).isEqualTo(FORWARD);
        assertThat(queue.skipsToSync()).isTrue();
    }

    @Test
    void anErrorAtTheSyncItselfFailsIt() {
        queue.sent(Request.SYNC, FORWARD, noting("sync"));
        queue.received(BackendTag.ERROR_RESPONSE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(ended).containsExactly("sync failed");
    }

    @Test
    void theFailureOfOneQueryIsNotThatOfTheNext() {
        queue.sent(Request.QUERY, FORWARD, noting("first"));
        queue.sent(Request.QUERY, FORWARD, noting("second"));
        queue.received(BackendTag.ERROR_RESPONSE);
        queue.received(BackendTag.READY_FOR_QUERY);
        queue.received(BackendTag.COMMAND_COMPLETE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(ended).containsExactly("first failed", "second ok");
    }

    @Test
    void copyInLastsFromTheResponseToTheClientsEnd() {
        queue.sent(Request.QUERY);
        assertThat(queue.isCopyIn()).isFalse();
        queue.received(BackendTag.COPY_IN_RESPONSE);
        assertThat(queue.isCopyIn()).isTrue();
        queue.copyEnded();
        assertThat(queue.isCopyIn()).isFalse();
        queue.received(BackendTag.COMMAND_COMPLETE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.isDoubtful()).isFalse();
    }

    @Test
    void anErrorEndsCopyIn() {
        queue.sent(Request.QUERY);
        queue.received(BackendTag.COPY_IN_RESPONSE);
        queue.received(BackendTag.ERROR_RESPONSE);
        assertThat(queue.isCopyIn()).isFalse();
    }

    @Test
    void aSyncInCopyInIsNotExpectedToBeAnsweredAndLeavesADoubt() {
        queue.sent(Request.EXECUTE);
        queue.received(BackendTag.COPY_IN_RESPONSE);
        queue.sent(Request.SYNC);
        assertThat(queue.size()).isOne();
        assertThat(queue.isCopyIn()).isTrue();
        assertThat(queue.isDoubtful()).isTrue();
    }

    @Test
    void aSyncThatWasAnsweredAfterAllInCopyInEndsTheSkipping() {
        queue.sent(Request.EXECUTE);
        queue.received(BackendTag.COPY_IN_RESPONSE);
        queue.sent(Request.SYNC);
        // the server had given the COPY up before it read the Sync
        queue.received(BackendTag.ERROR_RESPONSE);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD);
        queue.sent(Request.PARSE);
        assertThat(outstanding()).isEqualTo("P");
    }

    @Test
    void anotherRequestInCopyInBreaksTheCopy() {
        queue.sent(Request.QUERY);
        queue.received(BackendTag.COPY_IN_RESPONSE);
        queue.sent(Request.QUERY);
        assertThat(queue.isCopyIn()).isFalse();
        assertThat(queue.isDoubtful()).isTrue();
        queue.received(BackendTag.ERROR_RESPONSE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void droppingIgnoredSyncsKeepsTheObserverOfTheExecute() {
        queue.sent(Request.EXECUTE, FORWARD, noting("execute"));
        queue.sent(Request.SYNC, FORWARD, noting("sync"));
        queue.received(BackendTag.COPY_IN_RESPONSE);
        queue.copyEnded();
        queue.sent(Request.SYNC, FORWARD, noting("real sync"));
        queue.received(BackendTag.COMMAND_COMPLETE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(ended).containsExactly("execute ok", "real sync ok");
    }

    @Test
    void whatIsRefusedHasNotBeenLookedAt() {
        queue.sent(Request.BIND, FORWARD, ok -> ended.add("bind " + ok + " " + queue.isSkipping()));
        queue.sent(Request.EXECUTE, FORWARD, ok -> ended.add("execute " + ok + " " + queue.isSkipping()));
        queue.sent(Request.SYNC);
        queue.refused();
        queue.received(BackendTag.READY_FOR_QUERY);
        queue.sent(Request.BIND, FORWARD, ok -> ended.add("next " + ok + " " + queue.isSkipping()));
        queue.received(BackendTag.ERROR_RESPONSE);
        assertThat(ended).containsExactly("bind false true", "execute false true", "next false false");
    }

    @Test
    void aRequestThatIsAbandonedHasFailed() {
        queue.sent(Request.QUERY, FORWARD, noting("query"));
        queue.abandonFirst();
        queue.abandonFirst();
        assertThat(ended).containsExactly("query failed");
    }

    @Test
    void itTellsRowsAndCommandEndsFromWhatComesBefore() {
        queue.sent(Request.QUERY);
        queue.received(BackendTag.ROW_DESCRIPTION);
        assertThat(queue.isDescribed()).isTrue();
        assertThat(queue.hasResult()).isFalse();
        queue.received(BackendTag.DATA_ROW);
        assertThat(queue.hasResult()).isTrue();
        queue.received(BackendTag.COMMAND_COMPLETE);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(queue.isDescribed()).isFalse();
        assertThat(queue.hasResult()).isFalse();
    }

    @Test
    void itCountsTheAnswersOfABatchThatHaveBeenPassedOn() {
        queue.sent(Request.PARSE, SWALLOW, null);
        queue.sent(Request.BIND);
        queue.sent(Request.DESCRIBE);
        queue.sent(Request.SYNC);
        queue.received(BackendTag.PARSE_COMPLETE);
        queue.received(BackendTag.BIND_COMPLETE);
        queue.received(BackendTag.PARAMETER_DESCRIPTION);
        assertThat(queue.isDescribed()).isTrue();
        assertThat(queue.passedOnCount()).isOne();
        queue.received(BackendTag.NO_DATA);
        assertThat(queue.isDescribed()).isFalse();
        assertThat(queue.passedOnCount()).isEqualTo(2);
        assertThat(queue.answeredCount()).isEqualTo(3);
        assertThat(queue.sentCount()).isEqualTo(4);
        queue.received(BackendTag.READY_FOR_QUERY);
        assertThat(queue.passedOnCount()).isZero();
    }

    @Test
    void aQueryThatHasBeenDescribedAlreadyIsNotDescribedAgain() {
        queue.sent(Request.QUERY);
        queue.describedAlready();
        assertThat(queue.firstMode()).isEqualTo(FORWARD);
        assertThat(queue.received(BackendTag.ROW_DESCRIPTION)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.DATA_ROW)).isEqualTo(FORWARD);
        assertThat(queue.received(BackendTag.COMMAND_COMPLETE)).isEqualTo(FORWARD);
        assertThat(queue.received(BackendTag.ROW_DESCRIPTION)).isEqualTo(FORWARD);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(FORWARD);
    }

    @Test
    void whatIsDisownedIsSwallowedAndItsObserversHearNothing() {
        queue.sent(Request.PARSE, FORWARD, noting("parse"));
        queue.sent(Request.CLOSE, SWALLOW, noting("ours"));
        queue.sent(Request.SYNC);
        queue.disown();
        queue.sent(Request.QUERY);
        assertThat(queue.received(BackendTag.PARSE_COMPLETE)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.CLOSE_COMPLETE)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.READY_FOR_QUERY)).isEqualTo(SWALLOW);
        assertThat(queue.received(BackendTag.COMMAND_COMPLETE)).isEqualTo(FORWARD);
        assertThat(ended).containsExactly("ours ok");
    }

    @Test
    void itGrowsWithoutLosingOrderModesOrObservers() {
        // move the head first, so that the ring wraps
        for (int i = 0; i < 5; i++) {
            queue.sent(Request.PARSE);
            queue.received(BackendTag.PARSE_COMPLETE);
        }
        for (int i = 0; i < ReplyQueue.CAPACITY; i++) {
            assertThat(queue.isFull()).isFalse();
            queue.sent(Request.BIND, i % 2 == 0 ? FORWARD : SWALLOW, noting("bind " + i));
        }
        assertThat(queue.isFull()).isTrue();
        for (int i = 0; i < ReplyQueue.CAPACITY; i++) {
            assertThat(queue.received(BackendTag.BIND_COMPLETE)).isEqualTo(i % 2 == 0 ? FORWARD : SWALLOW);
            assertThat(ended).last().isEqualTo("bind " + i + " ok");
        }
        assertThat(queue.isEmpty()).isTrue();
    }

    private ReplyQueue.Observer noting(String name) {
        return ok -> ended.add(name + (ok ? " ok" : " failed"));
    }

    private String outstanding() {
        StringBuilder tags = new StringBuilder();
        for (Request first = queue.first(); first != null; first = queue.first()) {
            tags.append("QFPBDECS".charAt(first.ordinal()));
            queue.abandonFirst();
        }
        return tags.toString();
    }

    private static Request request(char tag) {
        return Request.of("QFPBDECS".indexOf(tag));
    }
}
