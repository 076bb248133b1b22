package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeenShapesTest {
    private final SeenShapes shapes = new SeenShapes();

    @Test
    void aShapeIsNewOnce() {
        assertThat(shapes.isFirst("select ?")).isTrue();
        assertThat(shapes.isFirst("select ?")).isFalse();
        assertThat(shapes.isFirst("select ? + ?")).isTrue();
    }

    @Test
    void theOneThatHasNotComeUpForLongestIsForgotten() {
        for (int i = 0; i < SeenShapes.LIMIT; i++) {
            shapes.isFirst("select f" + i);
        }
        assertThat(shapes.isFirst("select f0")).isFalse();
        shapes.isFirst("one more");
        assertThat(shapes.isFirst("select f0")).isFalse();
        assertThat(shapes.isFirst("select f1")).isTrue();
    }
}
