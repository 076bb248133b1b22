package io.trunkline.localcluster;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a cluster is to be like.
 *
 * @param nodes how many servers, 1 or more
 * @param ports one for each node; empty for free ones
 * @param lines added to every node's postgresql.conf
 * @param nodeLines added to one node's, after {@code lines}
 * @param hbaLines put into pg_hba.conf before its trust for the loopback address
 * @param superuser made by initdb
 * @param user an ordinary user to create
 * @param database a database to create, owned by {@code user} where there is one
 */
record ClusterSettings(
        int nodes,
        List<Integer> ports,
        List<String> lines,
        Map<Integer, List<String>> nodeLines,
        List<String> hbaLines,
        String superuser,
        Optional<String> user,
        Optional<String> database) {}
