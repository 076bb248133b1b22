package io.trunkline.proxy.session;

/** Answers the SQL commands that are Trunkline's own. Called on event loops: must not block. */
public interface LocalCommands {
    /**
     * @param command its name in lower case, such as {@code pool_nodes}
     * @param readNode the node that the asking session reads from; -1 while not chosen
     */
    LocalResult answer(String command, int readNode);
}
