package io.trunkline.config;

/** How the nodes relate to each other; {@code backend_clustering_mode}. */
public enum ClusteringMode {
    STREAMING_REPLICATION,
    NATIVE_REPLICATION,
    LOGICAL_REPLICATION,
    RAW,
    SNAPSHOT_ISOLATION
}
