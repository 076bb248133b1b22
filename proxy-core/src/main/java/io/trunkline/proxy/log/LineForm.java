package io.trunkline.proxy.log;

/** How a message is written. Safe for any thread. */
interface LineForm {
    /** One line, or several that belong together, with the end of the last. */
    String write(LogEntry entry);
}
