package io.trunkline.it;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the servers themselves logged of the statements of one user who has {@code log_statement = all}: a server writes
 * the line before it runs the statement, so it is there when the answer has come.
 */
final class ServerLogs {
    private static final Pattern ENTRY = Pattern.compile("^\\d{4}-\\d\\d-\\d\\d .*? \\[\\d+] (.*)$");

    private final List<LocalNode> nodes;
    private final Pattern statement;
    private final long[] read;

    ServerLogs(LocalCluster cluster, String user) {
        nodes = cluster.nodes();
        statement = Pattern.compile(
                Pattern.quote(user) + "@\\S* .*?(?:LOG:  (?:statement|execute [^:]*)|STATEMENT): {1,2}(.*)",
                Pattern.DOTALL);
        read = new long[nodes.size()];
        forget();
    }

    /** What has been logged so far counts no more. */
    void forget() {
        for (int i = 0; i < read.length; i++) {
            read[i] = nodes.get(i).log().toFile().length();
        }
    }

    /** The nodes that have begun to run exactly this text since the last call of {@link #forget}. */
    Set<Integer> nodesThatRan(String sql) {
        Set<Integer> ran = new TreeSet<>();
        for (int i = 0; i < read.length; i++) {
            for (String entry : newEntries(i)) {
                Matcher matcher = statement.matcher(entry);
                if (matcher.matches() && matcher.group(1).strip().equals(sql.strip())) {
                    ran.add(nodes.get(i).id());
                }
            }
        }
        return ran;
    }

    /** Each entry in one piece; a server indents the further lines of one by a tab. */
    private List<String> newEntries(int node) {
        List<String> entries = new ArrayList<>();
        StringBuilder entry = new StringBuilder();
        for (String line : newText(node).split("\n")) {
            Matcher start = ENTRY.matcher(line);
            if (start.matches()) {
                entries.add(entry.toString());
                entry = new StringBuilder(start.group(1));
            } else {
                entry.append('\n').append(line.startsWith("\t") ? line.substring(1) : line);
            }
        }
        entries.add(entry.toString());
        return entries;
    }

    private String newText(int node) {
        try (RandomAccessFile log = new RandomAccessFile(nodes.get(node).log().toFile(), "r")) {
            byte[] bytes = new byte[Math.toIntExact(Math.max(0, log.length() - read[node]))];
            log.seek(read[node]);
            log.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
