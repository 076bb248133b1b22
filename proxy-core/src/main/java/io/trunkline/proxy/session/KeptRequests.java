package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/** The {@link KeptRequest}s of a loop that are not in use, so that keeping a request costs no memory. Event loop only. */
final class KeptRequests {
    private static final int FREE = 64;

    private final ArrayDeque<KeptRequest> free = new ArrayDeque<>();

    /** @param length of the whole message */
    KeptRequest query(long number, ByteBuf in, int from, int length) {
        KeptRequest query = take();
        query.beginQuery(number, in, from, length);
        return query;
    }

    KeptRequest batch(long start) {
        KeptRequest batch = take();
        batch.beginBatch(start);
        return batch;
    }

    private KeptRequest take() {
        KeptRequest last = free.pollLast();
        return last == null ? new KeptRequest() : last;
    }

    /** It is in no list any more, and nobody asks it anything. */
    void giveBack(KeptRequest request) {
        if (free.size() < FREE && request.isSmall()) {
            request.clear();
            free.addLast(request);
        }
    }
}
