package io.trunkline.proxy.session;

import io.trunkline.pcp.SessionFacts;
import java.util.List;

/**
 * What one event loop has at one moment.
 *
 * @param idle the connections to servers that no session has
 */
public record LoopReport(List<SessionFacts> sessions, List<SessionFacts.BackendFacts> idle) {}
