package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whether something may have been committed by requests whose answers will not come. */
class UnansweredCommitTest {
    private final ReplyQueue queue = new ReplyQueue();

    private void commits(Request request) {
        queue.sent(request);
        queue.lastMayCommit();
    }

    private void received(String tags) {
        for (char tag : tags.toCharArray()) {
            queue.received((byte) tag);
        }
    }

    @Test
    void aRequestThatMayCommitIsInDoubtUntilItIsAnswered() {
        queue.sent(Request.QUERY);
        commits(Request.QUERY);
        received("CZ");
        assertThat(queue.mayHaveCommitted(false)).isTrue();
        received("C");
        assertThat(queue.mayHaveCommitted(false)).isTrue();
        received("Z");
        assertThat(queue.mayHaveCommitted(false)).isFalse();
    }

    @Test
    void otherRequestsAreInNoDoubt() {
        queue.sent(Request.QUERY);
        queue.sent(Request.EXECUTE);
        assertThat(queue.mayHaveCommitted(false)).isFalse();
    }

    @Test
    void anErrorIsAnAnswer() {
        commits(Request.QUERY);
        received("E");
        assertThat(queue.mayHaveCommitted(false)).isFalse();
        assertThat(queue.mayHaveCommitted(true)).isTrue();
    }

    @Test
    void anErrorInABatchAnswersItsSyncToo() {
        queue.sent(Request.PARSE);
        commits(Request.EXECUTE);
        commits(Request.SYNC);
        commits(Request.QUERY);
        received("E");
        assertThat(queue.mayHaveCommitted(false)).isTrue();
        received("Z");
        queue.abandonFirst();
        assertThat(queue.mayHaveCommitted(false)).isFalse();
    }

    @Test
    void anErrorThatIsNoAnswerLeavesInDoubtWhatItHasDropped() {
        queue.sent(Request.PARSE);
        commits(Request.EXECUTE);
        received("E");
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.mayHaveCommitted(false)).isFalse();
        assertThat(queue.mayHaveCommitted(true)).isTrue();
    }

    @Test
    void theMarkGoesWithItsRequestWhenTheQueueGrowsAndDisturbsNoOther() {
        for (int i = 0; i < 20; i++) {
            queue.sent(Request.SYNC);
        }
        commits(Request.SYNC);
        for (int i = 0; i < 20; i++) {
            assertThat(queue.mayHaveCommitted(false)).isTrue();
            assertThat(queue.first()).isEqualTo(Request.SYNC);
            received("Z");
        }
        received("Z");
        assertThat(queue.mayHaveCommitted(false)).isFalse();
    }

    @Test
    void whatIsSwallowedIsNotTheClientsDoubt() {
        commits(Request.QUERY);
        queue.disown();
        assertThat(queue.mayHaveCommitted(false)).isFalse();
        assertThat(queue.owes(ReplyQueue.Mode.FORWARD)).isFalse();
        assertThat(queue.owes(ReplyQueue.Mode.SWALLOW)).isTrue();
    }

    @Test
    void aCopyIsUnfinishedUntilTheClientEndsIt() {
        commits(Request.QUERY);
        received("G");
        assertThat(queue.isCopyUnfinished()).isTrue();
        received("E");
        assertThat(queue.isCopyIn()).isFalse();
        assertThat(queue.isCopyUnfinished()).isTrue();
        received("Z");
        commits(Request.QUERY);
        received("G");
        queue.copyEnded();
        assertThat(queue.isCopyUnfinished()).isFalse();
    }
}
