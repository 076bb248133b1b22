@org.jspecify.annotations.NullMarked
package io.trunkline.proxy.catalog;
