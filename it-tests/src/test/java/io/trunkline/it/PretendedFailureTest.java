package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose server lives is taken for dead where a test says so (health_check_test). */
class PretendedFailureTest {
    @TempDir
    Path directory;

    @Test
    void nodeThatIsSaidToBeDownIsDetachedOnceAndCanBeAttachedAgain() throws Exception {
        try (FailoverRig rig = FailoverRig.start(2, "health_check_test = on", "work_dir = '" + directory + "'")) {
            Path requests = directory.resolve("backend_down_request");
            Files.writeString(requests, "7\tdown\n1\tdown\nrubbish\n");

            Eventually.holds(() -> assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.DOWN));
            Eventually.holds(() -> assertThat(requests).hasContent("7\tdown\n1\talready_down\nrubbish\n"));
            assertThat(rig.view().node(0).status()).isEqualTo(NodeStatus.UP);
            assertThat(rig.primary()).isZero();
            assertThat(rig.requestAndWait(Kind.NODE_UP, 1).done()).isTrue();

            Eventually.holds(() -> assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.UP));
        }
    }
}
