package io.trunkline.proxy.auth;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * Answers the questions of PAM's modules: with the password where something is asked that must not be seen, since there is
 * nothing else that a client could be asked for; other questions end the conversation.
 */
final class PamConversation implements PamLibrary.Answer {
    private static final int HIDDEN_QUESTION = 1;
    private static final int ERROR_MESSAGE = 3;
    private static final int INFORMATION = 4;

    /** As Linux-PAM bounds it. */
    private static final int MAX_MESSAGES = 32;

    private static final int MAX_COMPLAINTS = 500;

    private final byte[] password;
    private final StringBuilder complaints = new StringBuilder();

    PamConversation(String password) {
        this.password = password.getBytes(StandardCharsets.UTF_8);
    }

    /** What modules have said on the way, to be put behind a log message. */
    String complaints() {
        return complaints.isEmpty() ? "" : " (" + complaints + ")";
    }

    @Override
    public int answer(int count, Pointer messages, Pointer responses, Pointer data) {
        if (count <= 0 || count > MAX_MESSAGES) {
            return PamLibrary.CONVERSATION_ERROR;
        }
        // PAM frees them, so they have to come from malloc(); zeroes are "no answer"
        Pointer array = PamLibrary.C.calloc(count, PamLibrary.RESPONSE_SIZE);
        if (array == null) {
            return PamLibrary.BUFFER_ERROR;
        }
        for (int i = 0; i < count; i++) {
            Pointer message = messages.getPointer((long) i * Native.POINTER_SIZE);
            switch (message.getInt(0)) {
                case HIDDEN_QUESTION -> array.setPointer((long) i * PamLibrary.RESPONSE_SIZE, copy());
                case ERROR_MESSAGE, INFORMATION -> note(message.getPointer(Native.POINTER_SIZE));
                default -> {
                    note(message.getPointer(Native.POINTER_SIZE));
                    free(array, i);
                    return PamLibrary.CONVERSATION_ERROR;
                }
            }
        }
        responses.setPointer(0, array);
        return PamLibrary.SUCCESS;
    }

    private Pointer copy() {
        try (Memory text = new Memory(password.length + 1L)) {
            text.write(0, password, 0, password.length);
            text.setByte(password.length, (byte) 0);
            Pointer copy = PamLibrary.C.strdup(text);
            text.clear();
            return copy;
        }
    }

    private static void free(Pointer array, int count) {
        for (int i = 0; i < count; i++) {
            PamLibrary.C.free(array.getPointer((long) i * PamLibrary.RESPONSE_SIZE));
        }
        PamLibrary.C.free(array);
    }

    private void note(Pointer text) {
        String said = text == null
                ? ""
                : text.getString(0, StandardCharsets.UTF_8.name()).strip();
        if (!said.isEmpty() && complaints.length() + said.length() < MAX_COMPLAINTS) {
            complaints.append(complaints.isEmpty() ? "" : "; ").append(said);
        }
    }
}
