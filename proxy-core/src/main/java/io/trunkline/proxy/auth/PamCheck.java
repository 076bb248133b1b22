package io.trunkline.proxy.auth;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import io.trunkline.proxy.auth.PasswordCheck.Verdict;
import java.lang.ref.Reference;
import java.net.InetAddress;

/**
 * The method pam, as PostgreSQL has it (manual, section 21.12): the modules of a service check the password, and then
 * whether the account may be used. JNA is loaded with the first check. Blocks, as long as the modules do.
 */
final class PamCheck implements PasswordChecks.BlockingCheck {
    private final String service;
    private final boolean useHostName;

    PamCheck(String service, boolean useHostName) {
        this.service = service;
        this.useHostName = useHostName;
    }

    @Override
    public Verdict check(PasswordCheck.Claim claim) {
        PamLibrary pam;
        try {
            pam = PamLibrary.instance();
        } catch (LinkageError e) {
            return Verdict.unavailable("PAM cannot be used on this machine: " + e.getMessage());
        }
        PamConversation conversation = new PamConversation(claim.password());
        PamLibrary.Conversation.ByReference how = new PamLibrary.Conversation.ByReference();
        how.answer = conversation;
        PointerByReference opened = new PointerByReference();
        int status = pam.pam_start(service, claim.user(), how, opened);
        if (status != PamLibrary.SUCCESS) {
            return Verdict.unavailable("PAM service \"" + service + "\" cannot be started: error " + status);
        }
        Pointer handle = opened.getValue();
        try {
            if (claim.address().isPresent()) {
                InetAddress address = claim.address().get();
                status = pam.pam_set_item(
                        handle,
                        PamLibrary.REMOTE_HOST,
                        useHostName ? address.getCanonicalHostName() : address.getHostAddress());
            }
            if (status == PamLibrary.SUCCESS) {
                status = pam.pam_authenticate(handle, 0);
            }
            String step = "authentication";
            if (status == PamLibrary.SUCCESS) {
                step = "account check";
                status = pam.pam_acct_mgmt(handle, 0);
            }
            return verdict(status, step + " by PAM service \"" + service + "\" failed: ", pam, handle, conversation);
        } finally {
            pam.pam_end(handle, status);
            // PAM holds only the addresses of both
            Reference.reachabilityFence(how);
            Reference.reachabilityFence(conversation);
        }
    }

    private static Verdict verdict(
            int status, String what, PamLibrary pam, Pointer handle, PamConversation conversation) {
        String detail = what + pam.pam_strerror(handle, status) + conversation.complaints();
        return switch (status) {
            case PamLibrary.SUCCESS -> Verdict.right();
            case PamLibrary.OPEN_ERROR,
                    PamLibrary.SYMBOL_ERROR,
                    PamLibrary.SERVICE_ERROR,
                    PamLibrary.MODULE_UNKNOWN,
                    PamLibrary.BUFFER_ERROR,
                    PamLibrary.AUTHENTICATION_INFORMATION_UNAVAILABLE -> Verdict.unavailable(detail);
            default -> Verdict.wrong(detail);
        };
    }
}
