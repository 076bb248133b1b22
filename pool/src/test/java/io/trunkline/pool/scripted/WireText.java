package io.trunkline.pool.scripted;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages as readable text, so that a test can be read as a conversation: tags, each with what matters of the message
 * in parentheses, separated by spaces.
 *
 * <pre>
 *   client:  Q(sql)  P(name|sql)  B(portal|statement)  D(Sname)  E(portal)  C(Pname)  S  H  d(data)  c  f(why)  X  p(text)
 *   server:  R(0)  K(pid)  S(name=value)  Z(I)  T(a,b)  D(1,2)  C(SELECT 1)  E(ERROR 42P01 text)  A(channel)  1  2  3  n  t
 * </pre>
 */
public final class WireText {
    /** Who sends: the same tag means different messages. */
    public enum Sender {
        CLIENT,
        SERVER
    }

    /** Messages of a client whose text may be empty. */
    private static final String CLIENT_TEXTS = "QE";

    private WireText() {}

    /** The bytes of a conversation in one direction. */
    public static ByteBuf encode(Sender sender, String text) {
        ByteBuf out = Unpooled.buffer();
        for (String message : split(text)) {
            byte tag = (byte) message.charAt(0);
            String content = message.length() > 1 ? message.substring(2, message.length() - 1) : "";
            int start = out.writeByte(tag).writerIndex();
            out.writeInt(0);
            if (sender == Sender.CLIENT) {
                encodeClient(out, tag, content);
            } else {
                encodeServer(out, tag, content);
            }
            out.setInt(start, out.writerIndex() - start);
        }
        return out;
    }

    /** The whole messages in {@code in} as text; reads them. */
    public static String decode(Sender sender, ByteBuf in) {
        List<String> messages = new ArrayList<>();
        while (in.readableBytes() >= 5 && in.readableBytes() > in.getInt(in.readerIndex() + 1)) {
            byte tag = in.readByte();
            ByteBuf body = in.readSlice(in.readInt() - 4);
            String content = sender == Sender.CLIENT ? decodeClient(tag, body) : decodeServer(tag, body);
            boolean bare = content.isEmpty() && !(sender == Sender.CLIENT && CLIENT_TEXTS.indexOf(tag) >= 0);
            messages.add((char) tag + (bare ? "" : "(" + content + ")"));
        }
        return String.join(" ", messages);
    }

    private static List<String> split(String text) {
        List<String> messages = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            if (text.charAt(at) == ' ') {
                at++;
                continue;
            }
            int end = at + 1;
            if (end < text.length() && text.charAt(end) == '(') {
                int depth = 0;
                do {
                    char c = text.charAt(end++);
                    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                } while (depth > 0);
            }
            messages.add(text.substring(at, end));
            at = end;
        }
        return messages;
    }

    private static void encodeClient(ByteBuf out, byte tag, String content) {
        switch (tag) {
            case 'Q', 'E', 'f', 'D', 'C', 'p' -> {
                string(out, content);
                if (tag == 'E') {
                    out.writeInt(0);
                }
            }
            case 'P' -> {
                pair(out, content, '|');
                out.writeShort(0);
            }
            case 'B' -> {
                pair(out, content, '|');
                out.writeShort(0).writeShort(0).writeShort(0);
            }
            default -> out.writeCharSequence(content, StandardCharsets.UTF_8);
        }
    }

    private static String decodeClient(byte tag, ByteBuf body) {
        return switch (tag) {
            case 'Q', 'E', 'f', 'D', 'C' -> string(body);
            case 'P', 'B' -> string(body) + "|" + string(body);
            case 'p' -> body.toString(StandardCharsets.UTF_8).replace("\0", "");
            default -> body.toString(StandardCharsets.UTF_8);
        };
    }

    private static void encodeServer(ByteBuf out, byte tag, String content) {
        switch (tag) {
            case 'R', 'v' -> {
                int space = content.indexOf(' ');
                out.writeInt(Integer.parseInt(space < 0 ? content : content.substring(0, space)));
                if (space > 0) {
                    out.writeCharSequence(content.substring(space + 1), StandardCharsets.UTF_8);
                }
                if (tag == 'v') {
                    out.writeInt(0);
                }
            }
            case 'K' -> out.writeInt(Integer.parseInt(content)).writeInt(Integer.parseInt(content) * 31);
            case 'S' -> pair(out, content, '=');
            case 'Z' -> out.writeByte(content.charAt(0));
            case 'C' -> string(out, content);
            case 'T' -> {
                String[] columns = content.isEmpty() ? new String[0] : content.split(",", -1);
                out.writeShort(columns.length);
                for (String column : columns) {
                    string(out, column);
                    out.writeInt(0)
                            .writeShort(0)
                            .writeInt(25)
                            .writeShort(-1)
                            .writeInt(-1)
                            .writeShort(0);
                }
            }
            case 'D' -> {
                String[] values = content.split(",", -1);
                out.writeShort(values.length);
                for (String value : values) {
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    if (value.equals("NULL")) {
                        out.writeInt(-1);
                    } else {
                        out.writeInt(bytes.length).writeBytes(bytes);
                    }
                }
            }
            case 'E', 'N' -> {
                String[] parts = content.split(" ", 3);
                out.writeByte('S');
                string(out, parts[0]);
                out.writeByte('V');
                string(out, parts[0]);
                out.writeByte('C');
                string(out, parts[1]);
                out.writeByte('M');
                string(out, parts[2]);
                out.writeByte(0);
            }
            case 'A' -> {
                out.writeInt(1);
                string(out, content);
                string(out, "");
            }
            case 'G', 'H', 'W' -> out.writeByte(0).writeShort(0);
            case 't' -> out.writeShort(0);
            default -> out.writeCharSequence(content, StandardCharsets.UTF_8);
        }
    }

    private static String decodeServer(byte tag, ByteBuf body) {
        return switch (tag) {
            case 'R' -> body.readInt() + (body.isReadable() ? " " + body.toString(StandardCharsets.UTF_8) : "");
            case 'v' -> Integer.toString(body.readInt());
            case 'K' -> Integer.toString(body.readInt());
            case 'S' -> string(body) + "=" + string(body);
            case 'Z' -> Character.toString((char) body.readByte());
            case 'C' -> string(body);
            case 'T' -> {
                List<String> columns = new ArrayList<>();
                for (int left = body.readShort(); left > 0; left--) {
                    columns.add(string(body));
                    body.skipBytes(18);
                }
                yield String.join(",", columns);
            }
            case 'D' -> {
                List<String> values = new ArrayList<>();
                for (int left = body.readShort(); left > 0; left--) {
                    int size = body.readInt();
                    values.add(
                            size < 0
                                    ? "NULL"
                                    : body.readCharSequence(size, StandardCharsets.UTF_8)
                                            .toString());
                }
                yield String.join(",", values);
            }
            case 'E', 'N' -> {
                ServerMessage message = ServerMessage.decode(body);
                yield message.severity() + " " + message.sqlState() + " " + message.message();
            }
            case 'A' -> string(body.skipBytes(4));
            case 'G', 'H', 'W', 't' -> "";
            default -> body.toString(StandardCharsets.UTF_8);
        };
    }

    private static void pair(ByteBuf out, String content, char separator) {
        int bar = content.indexOf(separator);
        string(out, content.substring(0, bar));
        string(out, content.substring(bar + 1));
    }

    private static void string(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        out.writeByte(0);
    }

    private static String string(ByteBuf in) {
        String text = in.readCharSequence(in.bytesBefore((byte) 0), StandardCharsets.UTF_8)
                .toString();
        in.skipBytes(1);
        return text;
    }
}
