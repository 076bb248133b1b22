package io.trunkline.it;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The buffers of which Netty has found that nobody released them. */
final class Leaks {
    private static final List<String> FOUND = new CopyOnWriteArrayList<>();

    private Leaks() {}

    /** Has to be called before the first buffer is made. */
    static void listen() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated // the old form has no default
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval, long active) {
                return detector(resource, interval);
            }

            @Override
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval) {
                return detector(resource, interval);
            }
        });
    }

    private static <T> ResourceLeakDetector<T> detector(Class<T> resource, int interval) {
        return new ResourceLeakDetector<>(resource, interval) {
            @Override
            protected void reportTracedLeak(String type, String records) {
                FOUND.add(type + records);
                super.reportTracedLeak(type, records);
            }

            @Override
            protected void reportUntracedLeak(String type) {
                FOUND.add(type);
                super.reportUntracedLeak(type);
            }

            @Override
            protected boolean needReport() {
                return true;
            }
        };
    }

    /** Lets the garbage collector bring to light what has leaked. */
    static List<String> find() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            // detectors look at what was collected when the next buffer is made
            ByteBufAllocator.DEFAULT.buffer(16).release();
            ByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
        return List.copyOf(FOUND);
    }
}
