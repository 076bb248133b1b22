package io.trunkline.config;

/** How the nodes relate to each other; {@code backend_clustering_mode}. */
public enum ClusteringMode {
    STREAMING_REPLICATION,
    NATIVE_REPLICATION,
    LOGICAL_REPLICATION,
    RAW,
    SNAPSHOT_ISOLATION;

    /** Whether one node takes the writes and the others replay them: the modes in which reads are spread. */
    public boolean hasStandbys() {
        return this == STREAMING_REPLICATION || this == LOGICAL_REPLICATION;
    }
}
