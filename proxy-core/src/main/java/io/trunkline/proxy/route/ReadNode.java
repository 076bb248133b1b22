package io.trunkline.proxy.route;

/**
 * A node chosen for reads, and why.
 *
 * @param id -1 where no node is in service
 */
public record ReadNode(int id, Rule rule) {
    public static final int NONE = -1;

    /** Where no node is in service. */
    public static final ReadNode NOWHERE = new ReadNode(NONE, Rule.NO_NODE);

    public boolean exists() {
        return id >= 0;
    }
}
