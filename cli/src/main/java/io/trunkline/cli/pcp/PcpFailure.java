package io.trunkline.cli.pcp;

/** A program cannot do what it was asked to; the message is what standard error gets. */
final class PcpFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean successForPgpool;

    private PcpFailure(String message, boolean successForPgpool) {
        super(message);
        this.successForPgpool = successForPgpool;
    }

    static PcpFailure of(String message) {
        return new PcpFailure(message, false);
    }

    /** One after which the programs of Pgpool-II end with status 0 all the same. */
    static PcpFailure withoutStatus(String message) {
        return new PcpFailure(message, true);
    }

    /** The server has sent what the program cannot understand. */
    static PcpFailure badReply() {
        return withoutStatus("command failed. invalid response");
    }

    boolean successForPgpool() {
        return successForPgpool;
    }
}
