package io.trunkline.proxy.auth;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.PointerByReference;
import org.jspecify.annotations.Nullable;

/**
 * Of libpam what is needed here, with its own names; pam(3). The ready-made binding for Java (libpam4j) cannot pass the
 * client's address on, and takes only users that the operating system has too.
 */
interface PamLibrary extends Library {
    int SUCCESS = 0;
    int OPEN_ERROR = 1;
    int SYMBOL_ERROR = 2;
    int SERVICE_ERROR = 3;
    int BUFFER_ERROR = 5;
    int AUTHENTICATION_INFORMATION_UNAVAILABLE = 9;
    int CONVERSATION_ERROR = 19;
    int MODULE_UNKNOWN = 28;

    /** The item PAM_RHOST. */
    int REMOTE_HOST = 4;

    /** Of a {@code struct pam_response}: a pointer and an int, padded. */
    long RESPONSE_SIZE = 2L * Native.POINTER_SIZE;

    CLibrary C = Native.load("c", CLibrary.class);

    /** Memory as PAM wants it. */
    interface CLibrary extends Library {
        @Nullable
        Pointer calloc(long count, long size);

        Pointer strdup(Pointer text);

        void free(@Nullable Pointer memory);
    }

    /** The function of a {@code struct pam_conv}. */
    interface Answer extends Callback {
        /**
         * @param messages an array of pointers to {@code struct pam_message}: an int and a pointer
         * @param responses where to put the pointer to an array of {@code struct pam_response}
         * @return {@link #SUCCESS} or an error
         */
        int answer(int count, Pointer messages, Pointer responses, Pointer data);
    }

    /** {@code struct pam_conv}. */
    @FieldOrder({"answer", "data"})
    class Conversation extends Structure {
        public @Nullable Answer answer;
        public @Nullable Pointer data;

        /** As parameters want it. */
        static final class ByReference extends Conversation implements Structure.ByReference {}
    }

    /** @throws LinkageError if there is no PAM on this machine */
    static PamLibrary instance() {
        return Loaded.LIBRARY;
    }

    /** Loads it when it is first asked for. */
    final class Loaded {
        private static final PamLibrary LIBRARY = load();

        private Loaded() {}

        private static PamLibrary load() {
            try {
                // without the number behind it, only where PAM's development files are installed
                return Native.load("libpam.so.0", PamLibrary.class);
            } catch (UnsatisfiedLinkError otherSystem) {
                return Native.load("pam", PamLibrary.class);
            }
        }
    }

    int pam_start(String service, String user, Conversation.ByReference conversation, PointerByReference handle);

    int pam_set_item(Pointer handle, int item, String value);

    int pam_authenticate(Pointer handle, int flags);

    int pam_acct_mgmt(Pointer handle, int flags);

    int pam_end(Pointer handle, int status);

    String pam_strerror(Pointer handle, int status);
}
