package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;

/** Writes the distribution's pgpool.conf.sample from the parameter table. */
final class ParameterSample {
    private static final int WIDTH = 100;
    private static final String INTRODUCTION = """
            # Trunkline's pgpool.conf: name = value, with # before a comment. Of two lines with the same name the later counts.
            # Made from the parameter table by `%s`.
            #
            # Every setting stands here with its default, behind a #. Quotes are needed around all but numbers and words.
            # Times take us, ms, s, min, h, d; sizes take B, kB, MB, GB, TB; booleans are on or off. A name that ends in 0
            # is set for node 0; the next node's has 1 in its place.
            # (restart) changes when Trunkline starts, (reload) also with "pgpool reload", (session) also with PGPOOL SET.

            # What every installation decides about
            # -------------------------------------

            # Where clients connect
            #listen_addresses = '*'
            #port = 9999

            # The PostgreSQL servers
            #backend_hostname0 = '10.0.0.1'
            #backend_port0 = 5432
            #backend_weight0 = 1
            #backend_data_directory0 = '/var/lib/postgresql/15/main'
            #backend_application_name0 = 'server0'

            # Clients served at once; the others wait their turn
            #num_init_children = 32

            # Asks the servers which of them is the primary, and how far the standbys are behind
            #sr_check_user = 'pgpool'
            #sr_check_period = 10

            # Finds out that a server has failed, and has a standby promoted
            #health_check_period = 5
            #health_check_user = 'pgpool'
            #failover_command = '/etc/pgpool-II/failover.sh %%d %%h %%p %%D %%m %%H %%M %%P %%r %%R %%N %%S'
            """;

    private ParameterSample() {}

    static String render(String command) {
        StringBuilder text = new StringBuilder(INTRODUCTION.formatted(command));
        List<String> withoutEffect = new ArrayList<>();
        Group group = null;
        for (ParameterDefinition<?> definition : ParameterTable.all()) {
            if (definition.state() == BuildState.NOT_NEEDED) {
                withoutEffect.add(definition.name());
                continue;
            }
            if (definition.group() != group) {
                group = definition.group();
                heading(text, group.title());
            }
            text.append('\n');
            comment(text, meaning(definition));
            text.append(setting(definition)).append('\n');
        }
        heading(text, "Accepted and without effect");
        text.append('\n');
        comment(
                text,
                "They tune a process model that Trunkline does not have: " + String.join(", ", withoutEffect) + ".");
        return text.toString();
    }

    /** The line that sets the default, behind a #. */
    static <T> String setting(ParameterDefinition<T> definition) {
        return "#" + name(definition) + " = " + value(definition.type().show(definition.defaultValue()));
    }

    static String name(ParameterDefinition<?> definition) {
        boolean numbered = definition instanceof NodeParameter && !((NodeParameter<?>) definition).hasBareDefault();
        return definition.name() + (numbered ? "0" : "");
    }

    private static String value(String shown) {
        return shown.matches("-?[0-9]+([.][0-9]+)?|on|off") ? shown : "'" + shown + "'";
    }

    private static String meaning(ParameterDefinition<?> definition) {
        String effect = definition.context() == ReloadContext.STARTUP
                ? "restart"
                : definition.context().toString();
        boolean each = definition instanceof NodeParameter && ((NodeParameter<?>) definition).hasBareDefault();
        return definition.meaning()
                + " (" + effect + (definition.isOwn() ? "; Trunkline's own" : "") + ")"
                + (each ? " With a node's id at its end it is for that node." : "")
                + (definition.state() == BuildState.NOT_BUILT ? " Not built in this version." : "");
    }

    private static void heading(StringBuilder text, String title) {
        text.append("\n\n# ")
                .append(title)
                .append("\n# ")
                .append("-".repeat(title.length()))
                .append('\n');
    }

    /** Lines of at most {@link #WIDTH} characters, except where a word is longer. */
    private static void comment(StringBuilder text, String sentence) {
        StringBuilder line = new StringBuilder("#");
        for (String word : sentence.split(" ")) {
            if (line.length() > 1 && line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append('\n');
                line.setLength(1);
            }
            line.append(' ').append(word);
        }
        text.append(line).append('\n');
    }
}
