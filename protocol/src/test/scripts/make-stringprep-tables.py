#!/usr/bin/python3
"""Writes the tables of RFC 3454 that SASLprep (RFC 4013) needs as a Java class.

Usage: make-stringprep-tables.py > ../../main/java/io/trunkline/protocol/auth/StringprepTables.java
       (from protocol/src/test/scripts; then run spotless)

The source of the tables is Python's own module stringprep, which has them for Unicode 3.2 as the RFC demands.
"""

import stringprep

TABLES = [
    ("NON_ASCII_SPACE", "C.1.2: become a space", stringprep.in_table_c12),
    ("MAPPED_TO_NOTHING", "B.1: vanish", stringprep.in_table_b1),
    (
        "PROHIBITED",
        "C.1.2 and C.2.1 to C.9: may not occur",
        lambda c: any(
            table(c)
            for table in (
                stringprep.in_table_c12,
                stringprep.in_table_c21_c22,
                stringprep.in_table_c3,
                stringprep.in_table_c4,
                stringprep.in_table_c5,
                stringprep.in_table_c6,
                stringprep.in_table_c7,
                stringprep.in_table_c8,
                stringprep.in_table_c9,
            )
        ),
    ),
    ("UNASSIGNED", "A.1: not assigned in Unicode 3.2", stringprep.in_table_a1),
    ("RIGHT_TO_LEFT", "D.1: bidirectional property R or AL", stringprep.in_table_d1),
    ("LEFT_TO_RIGHT", "D.2: bidirectional property L", stringprep.in_table_d2),
]

HEAD = """package io.trunkline.protocol.auth;

import java.util.Arrays;

/** Tables of RFC 3454 for SASLprep, made by make-stringprep-tables.py. Hex code points and inclusive ranges of them. */
final class StringprepTables {"""

TAIL = """
    private StringprepTables() {}

    /** A set of code points, as sorted ranges. */
    static final class CodePoints {
        private final int[] first;
        private final int[] last;

        private CodePoints(String ranges) {
            String[] words = ranges.trim().split("\\\\s+", -1);
            first = new int[words.length];
            last = new int[words.length];
            for (int i = 0; i < words.length; i++) {
                String[] ends = words[i].split("-", 2);
                first[i] = Integer.parseInt(ends[0], 16);
                last[i] = Integer.parseInt(ends[ends.length - 1], 16);
            }
        }

        boolean contains(int codePoint) {
            int found = Arrays.binarySearch(first, codePoint);
            int range = found >= 0 ? found : -found - 2;
            return range >= 0 && codePoint <= last[range];
        }
    }
}"""


def ranges(contains):
    start = None
    for code in range(0x110001):
        inside = code < 0x110000 and contains(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield f"{start:X}" if start == code - 1 else f"{start:X}-{code - 1:X}"
            start = None


def lines(words, width=105):
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ""
        line = f"{line} {word}" if line else word
    yield line


print(HEAD)
for name, comment, contains in TABLES:
    print(f"    /** {comment}. */")
    print(f'    static final CodePoints {name} = new CodePoints("""')
    for line in lines(ranges(contains)):
        print(f"            {line}")
    print('            """);\n')
print(TAIL.lstrip("\n"))
