package io.trunkline.it;

/** A role of the shared cluster, whose statements all nodes log. */
record LoginRole(String name) {

    static LoginRole create(String name) {
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("CREATE ROLE " + name + " LOGIN; ALTER ROLE " + name + " SET log_statement = 'all'");
        return new LoginRole(name);
    }

    /** For sessions that begin from now on. */
    void set(String parameter, String value) {
        Cluster.shared().node(Cluster.PRIMARY).query("ALTER ROLE " + name + " SET " + parameter + " = " + value);
    }

    void reset(String parameter) {
        Cluster.shared().node(Cluster.PRIMARY).query("ALTER ROLE " + name + " RESET " + parameter);
    }

    /** Nothing may belong to it. */
    void drop() {
        Cluster.shared().node(Cluster.PRIMARY).query(Cluster.USER, "DROP OWNED BY " + name + "; DROP ROLE " + name);
    }
}
