package io.trunkline.pcp;

/** What an administrator may have done with a node. */
public enum NodeAction {
    /** Puts it into service. */
    ATTACH,
    /** Takes it out of service at once; if it is the primary, another becomes it. */
    DETACH,
    /** The same, and lets sessions finish the transactions that they have there. */
    DETACH_GRACEFULLY,
    /** Takes it for the primary, which somebody has made it. */
    PROMOTE,
    /** Makes it the primary, in an orderly way: the present one hands over. */
    SWITCHOVER,
    /** Makes it a standby of the primary by online recovery, and puts it into service. */
    RECOVER
}
