/** PostgreSQL's lexical rules, and what a router must know of a statement. */
@NullMarked
package io.trunkline.sql;

import org.jspecify.annotations.NullMarked;
