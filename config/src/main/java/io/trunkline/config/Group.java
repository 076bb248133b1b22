package io.trunkline.config;

/** The chapters of the parameter table, in the order of the generated page. */
public enum Group {
    BACKENDS("Backends"),
    CLUSTERING("Clustering mode"),
    CONNECTIONS("Connections and authentication"),
    POOL("Sessions and connection pool"),
    ROUTING("Routing and load balancing"),
    REPLICATION_CHECK("Replication check"),
    HEALTH_CHECK("Health check"),
    FAILOVER("Failover and failback"),
    RECOVERY("Online recovery"),
    REPLICATION("Native replication"),
    CACHE("Query cache and relation cache"),
    TLS("TLS"),
    WATCHDOG("Watchdog"),
    LOGGING("Logging"),
    FILES("Files"),
    ADMINISTRATION("Administration"),
    METRICS("Metrics and runtime");

    private final String title;

    Group(String title) {
        this.title = title;
    }

    public String title() {
        return title;
    }
}
